// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/reply.hpp"

#include <optional>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/smtp/replies.hpp"

namespace signpost::smtp {
namespace {

// RFC 3463 §2: subject and detail are "1*3digit".
std::optional<std::uint16_t> parse_number(std::string_view text) {
  if (text.size() > 3) return {};
  const auto n = parse_uint(text);
  return n ? std::optional(static_cast<std::uint16_t>(*n)) : std::nullopt;
}

}  // namespace

result<enhanced_status> enhanced_status::parse(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 3) return fail(errc::malformed, "not three numbers");
  const auto klass = parse_number(parts[0]);
  const auto subject = parse_number(parts[1]);
  const auto detail = parse_number(parts[2]);
  if (!klass || !subject || !detail || parts[0].size() != 1) {
    return fail(errc::malformed, "not three numbers");
  }
  if (*klass != 2 && *klass != 4 && *klass != 5) return fail(errc::malformed, "unknown class");
  return enhanced_status{*klass, *subject, *detail};
}

std::string enhanced_status::to_string() const {
  return std::to_string(klass) + "." + std::to_string(subject) + "." + std::to_string(detail);
}

std::string reply::to_string() const {
  std::string text;
  const auto add = [&text](std::string_view word) {
    if (!text.empty() && !word.empty()) text += ' ';
    text += word;
  };
  if (code != 0) add(std::to_string(code));
  if (status.present()) add(status.to_string());
  for (const auto& line : lines) add(printable(line));
  return text;
}

std::string reply::to_wire() const {
  std::string wire;
  const auto number = std::to_string(code);
  const auto enhanced = status.present() ? status.to_string() + " " : std::string();
  // "250-" + status + text (and three dots if cut) + CRLF within RFC 5321 §4.5.3.1.5.
  const auto text_max = limits::reply_line_octets - number.size() - 1 - enhanced.size() - 2;
  const std::size_t count = lines.empty() ? 1 : lines.size();
  for (std::size_t i = 0; i < count; ++i) {
    wire += number;
    wire += i + 1 < count ? '-' : ' ';
    wire += enhanced;
    if (i < lines.size()) wire += printable(lines[i], text_max - 3);
    wire += "\r\n";
  }
  return wire;
}

refusal::refusal(smtp::reply r) : reply_(std::move(r)) {
  SP_ASSERT(reply_.transient() || reply_.permanent());
}

final_reply::final_reply(const commit_receipt& receipt)
    : reply_(make_reply(say::queued, receipt.queue_id())) {}

final_reply::final_reply(refusal r) : reply_(r.reply()) {}

}  // namespace signpost::smtp
