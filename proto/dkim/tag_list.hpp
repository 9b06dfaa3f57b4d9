// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Lists of `name=value` between semicolons: DKIM-Signature, ARC-Seal, key records (RFC 6376 §3.2).
//
// Threads: pure functions. Limits: `tags_max`. Linear time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signpost::dkim {

/// How many tags one list may have; the standards define fewer than twenty.
inline constexpr std::size_t tags_max = 64;

struct tag {
  std::string_view name;
  std::string_view value;  ///< without white space at its ends; inner folding stays
  std::string_view raw;    ///< all between `=` and the next semicolon or the end
};

class tag_list {
 public:
  /// The tags of `text`, which the list points into. errc::malformed if a tag has no name or no
  /// `=`, occurs twice (RFC 6376 §3.2: "Tags with duplicate names MUST NOT occur"), or has an octet
  /// that is neither printable ASCII nor white space nor part of UTF-8 (RFC 8616 §5); also for
  /// white space after the last semicolon. errc::limit_exceeded for over `tags_max` tags.
  static result<tag_list> parse(std::string_view text);

  /// The tag of that name (which is case-sensitive), or nullptr.
  [[nodiscard]] const tag* find(std::string_view name) const;
  /// Its value; nothing if the tag does not exist.
  [[nodiscard]] std::optional<std::string_view> value(std::string_view name) const;
  [[nodiscard]] const std::vector<tag>& tags() const { return tags_; }

 private:
  result<void> add(std::string_view spec);

  std::vector<tag> tags_;
};

/// The parts of a value between colons, each without white space around it.
[[nodiscard]] std::vector<std::string_view> split_colons(std::string_view value);

/// `value` without any white space (RFC 6376 §3.2 FWS).
[[nodiscard]] std::string without_white_space(std::string_view value);

/// Base64 with white space anywhere and with or without padding (RFC 6376 §2.10
/// `base64string`). errc::malformed if it is invalid or empty; `what` names it.
result<std::string> decode_base64(std::string_view value, std::string_view what);

/// dkim-quoted-printable (RFC 6376 §2.11): `=XX` decoded, white space removed. errc::malformed for
/// a `=` without two hexadecimal digits.
result<std::string> decode_quoted_printable(std::string_view value);

/// A domain or selector as used in DNS queries: lower case, A-labels (RFC 8616 §5), labels of
/// letters, digits, `-` and `_` (not allowed in host names, but used in selectors).
/// errc::malformed if it is invalid.
result<std::string> to_dns_name(std::string_view text);

}  // namespace signpost::dkim
