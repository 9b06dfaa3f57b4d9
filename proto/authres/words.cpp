// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/authres/words.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "proto/authres/authentication_results.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::authres {
namespace {

// One line, cut between characters: UTF-8 stays UTF-8 (RFC 8616 §5).
std::string safe(std::string_view text) {
  auto octets = std::min(text.size(), value_octets_max);
  while (octets < text.size() && octets > 0
         && (static_cast<unsigned char>(text[octets]) & 0xc0U) == 0x80U) {
    --octets;
  }
  return imf::one_line(text.substr(0, octets), true);
}

bool is_atext_or_utf8(char c) {
  return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80
         || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_atom(std::string_view text) {
  return std::ranges::all_of(split(text, '.'), [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, is_atext_or_utf8);
  });
}

bool is_domain(std::string_view text) {
  return std::ranges::all_of(split(text, '.'), [](std::string_view label) {
    return !label.empty() && std::ranges::all_of(label, [](char c) {
      return is_alnum(c) || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    });
  });
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_character);
}

}  // namespace

bool is_token_character(char c) {
  constexpr std::string_view specials = "()<>@,;:\\\"/[]?=";
  return c > ' ' && c < 0x7f && specials.find(c) == std::string_view::npos;
}

std::string quoted_value(std::string_view text) {
  const auto clean = safe(text);
  return is_token(clean) ? clean : quoted(clean);
}

// RFC 8601 §2.2: pvalue = [CFWS] ( ( value / [ [ local-part ] "@" ] domain-name ) ) [CFWS]
std::string property_value(std::string_view text) {
  const auto clean = safe(text);
  if (is_token(clean) || is_domain(clean)) return clean;
  const auto at = clean.rfind('@');
  if (at == std::string::npos || !is_domain(std::string_view(clean).substr(at + 1))) {
    return quoted(clean);
  }
  const auto local = std::string_view(clean).substr(0, at);
  return local.empty() || is_dot_atom(local) ? clean : quoted(clean);
}

std::string commented(std::string_view text) {
  std::string out = "(";
  for (const char c : safe(text)) {
    if (c == '(' || c == ')' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + ")";
}

}  // namespace signpost::authres
