// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Small functions for ASCII text and bytes. All of them ignore the process's locale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signpost {

[[nodiscard]] constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
/// True if no octet of `text` has its high bit set.
[[nodiscard]] bool is_ascii(std::string_view text);
/// True if `text` is well-formed UTF-8 (RFC 3629): no overlong forms, surrogates or truncation.
[[nodiscard]] bool is_utf8(std::string_view text);

[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::string to_upper(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

/// Without leading and trailing space, tab, CR and LF.
[[nodiscard]] std::string_view trim(std::string_view text);
/// The parts between separators; always at least one; `split("a,,b", ',')` has three.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// A whole decimal number without sign; nothing if it has other characters or overflows.
[[nodiscard]] std::optional<std::uint64_t> parse_uint(std::string_view text);

[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Standard base64 with padding (RFC 4648 §4).
[[nodiscard]] std::string to_base64(std::span<const std::byte> bytes);
/// Nothing if a character is outside the alphabet or the padding is wrong; white space is skipped
/// when `allow_white_space`, as header fields need.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text,
                                                     bool allow_white_space = false);
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);

/// How many single-character edits lead from `a` to `b`; used to name the nearest known key.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// `text` with every octet outside printable ASCII written as `\xHH`, safe for a log line or a
/// terminal; anything beyond `size_max` octets is replaced by `...`. A stranger's bytes must pass
/// through here before they are shown.
[[nodiscard]] std::string printable(std::string_view text, std::size_t size_max = 500);

}  // namespace signpost
