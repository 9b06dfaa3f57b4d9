// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/capabilities.hpp"

#include "base/text.hpp"

namespace signpost::smtp {
namespace {

/// A number of RFC 9422 §4 ("1*6DIGIT"), or 0.
std::uint32_t parse_limit(std::string_view text) {
  const auto n = parse_uint(text);
  return n && text.size() <= 6 ? static_cast<std::uint32_t>(*n) : 0;
}

void take_limits(const std::vector<std::string_view>& words, capabilities& offered) {
  for (const auto word : words) {
    if (starts_with_ignoring_case(word, "RCPTMAX=")) {
      offered.recipients_max = parse_limit(word.substr(8));
    } else if (starts_with_ignoring_case(word, "MAILMAX=")) {
      offered.transactions_max = parse_limit(word.substr(8));
    }
  }
}

void take_keyword(std::string_view line, capabilities& offered) {
  const auto words = split(trim(line), ' ');
  const auto is = [&](std::string_view keyword) {
    return equals_ignoring_case(words.front(), keyword);
  };
  if (is("PIPELINING")) offered.pipelining = true;
  if (is("8BITMIME")) offered.eight_bit_mime = true;
  if (is("SMTPUTF8")) offered.smtputf8 = true;
  if (is("STARTTLS")) offered.starttls = true;
  if (is("ENHANCEDSTATUSCODES")) offered.enhanced_status_codes = true;
  if (is("CHUNKING")) offered.chunking = true;
  if (is("SIZE")) {
    offered.size = true;
    if (words.size() > 1) offered.size_max = parse_uint(words[1]).value_or(0);
  }
  if (is("LIMITS")) take_limits(words, offered);
}

}  // namespace

capabilities parse_capabilities(const reply& ehlo) {
  capabilities offered;
  for (std::size_t i = 0; i < ehlo.lines.size(); ++i) {
    const std::string_view line = ehlo.lines[i];
    if (i == 0) {
      offered.greeting_name = std::string(line.substr(0, line.find(' ')));
    } else {
      take_keyword(line, offered);
    }
  }
  return offered;
}

}  // namespace signpost::smtp
