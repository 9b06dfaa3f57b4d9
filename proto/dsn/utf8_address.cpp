// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dsn/utf8_address.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace signpost::dsn {

namespace {

/// Octets of the UTF-8 sequence that begins with `lead`.
std::size_t sequence_octets(char lead) {
  const auto octet = static_cast<unsigned char>(lead);
  return octet < 0x80 ? 1 : octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : 4;
}

std::uint32_t code_point(std::string_view sequence) {
  auto value = static_cast<std::uint32_t>(static_cast<unsigned char>(sequence[0]));
  if (sequence.size() > 1) value &= 0x7fU >> sequence.size();
  for (const char c : sequence.substr(1)) {
    value = value << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  }
  return value;
}

std::string to_utf8(std::uint32_t c) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xc0 | c >> 6), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xe0 | c >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | c >> 18), tail(12), tail(6), tail(0)};
}

/// RFC 6533 §3: QCHAR = %x21-2a / %x2c-3c / %x3e-5b / %x5d-7e.
bool is_qchar(char c) {
  return c > ' ' && c < 0x7f && c != '+' && c != '=' && c != '\\';
}

std::string escaped(std::string_view address, bool keep_utf8) {
  SP_ASSERT(is_utf8(address));
  std::string out;
  while (!address.empty()) {
    const auto sequence = address.substr(0, sequence_octets(address[0]));
    if (is_qchar(address[0]) || (keep_utf8 && sequence.size() > 1)) {
      out.append(sequence);
    } else {
      out += fmt::format("\\x{{{:02X}}}", code_point(sequence));
    }
    address.remove_prefix(sequence.size());
  }
  return out;
}

/// The scalar value in the hexadecimal digits; otherwise nothing.
std::optional<std::uint32_t> scalar_value(std::string_view digits) {
  if (digits.empty() || digits.size() > 6) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : digits) {
    const char lower = ascii_lower(c);
    const bool letter = lower >= 'a' && lower <= 'f';
    if (!is_digit(c) && !letter) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(letter ? lower - 'a' + 10 : c - '0');
  }
  if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return std::nullopt;
  return value;
}

}  // namespace

std::string to_xtext(std::string_view address) {
  return escaped(address, false);
}
std::string to_unitext(std::string_view address) {
  return escaped(address, true);
}

std::string from_xtext(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto close = text.substr(0, 10).find('}');
    if (text.starts_with("\\x{") && close != std::string_view::npos) {
      if (const auto value = scalar_value(text.substr(3, close - 3))) {
        out += to_utf8(*value);
        text.remove_prefix(close + 1);
        continue;
      }
    }
    out.push_back(text[0]);
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace signpost::dsn
