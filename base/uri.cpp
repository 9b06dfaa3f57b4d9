// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/uri.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace signpost {
namespace {

// RFC 3986 §2.2, §2.3, and the percent sign of §2.1.
bool is_uri_character(char c) {
  constexpr std::string_view marks = "-._~:/?#[]@!$&'()*+,;=%";
  return is_alnum(c) || marks.find(c) != std::string_view::npos;
}

bool is_hex(char c) {
  const char lower = ascii_lower(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'f');
}

// RFC 3986 §3.1: scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || c == '+' || c == '-' || c == '.';
  });
}

}  // namespace

bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  if (!is_scheme(text.substr(0, colon)) || !std::ranges::all_of(text, is_uri_character)) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
  }
  return true;
}

}  // namespace signpost
