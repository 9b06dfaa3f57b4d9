// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The header section as the most lenient reader may see it. `message_view` stops at the first line
// that is not a field, and knows names as RFC 5322 writes them; other programs may continue to the
// first empty line, and skip invisible characters. Code that must not miss a field (a second From,
// a result in our name) uses this:
//
//     for (lenient_header header(octets); header.next();)
//       if (may_be_named(header.field(), "from")) look(lenient_value(header.field()));
//
// Threads: values that point into the octets. Limits: none of its own, linear time; a caller that
// bounds the header section calls `lenient_header_octets` first.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "proto/imf/message_view.hpp"

namespace signpost::imf {

/// The characters of UTF-8 text as people and lenient programs see them, one at a time: full-width
/// forms of ASCII are ASCII; white space, controls and characters without width are skipped.
class seen_characters {
 public:
  explicit seen_characters(std::string_view text) : rest_(text) {}
  /// The next one in lower case; 0x80 for any non-ASCII one; 0 at the end.
  char next();
  /// The part not read yet.
  [[nodiscard]] std::string_view rest() const { return rest_; }
  /// True if something was skipped before the last one.
  [[nodiscard]] bool left_out() const { return left_out_; }

 private:
  std::string_view rest_;
  bool left_out_ = false;
};

/// The fields before the first empty line, each with its continuation lines, whatever they look
/// like. A line of blanks is not an empty one: readers interpret it differently.
class lenient_header {
 public:
  explicit lenient_header(std::string_view octets) : octets_(octets) {}
  /// False at the end of the header section.
  bool next();
  [[nodiscard]] std::string_view field() const { return octets_.substr(begin_, end_ - begin_); }
  /// The octets up to the end of `field()`.
  [[nodiscard]] std::size_t octets() const { return end_; }

 private:
  std::string_view octets_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// The octets before the first empty line; all of them if there is none.
[[nodiscard]] std::size_t lenient_header_octets(std::string_view octets);

/// False if the header is larger than what a view reads, for any reader: over
/// `limits::header_octets_max` octets before the first empty line, or more than `header_fields_max`
/// fields. Unread text cannot be judged.
[[nodiscard]] bool is_read_whole(const message_view& view);

/// True if some reader may take `field` for one of that name (lower case), with a colon after the
/// name, possibly with invisible characters in between.
[[nodiscard]] bool may_be_named(std::string_view field, std::string_view name);
/// True if its name may begin with `prefix` (lower case).
[[nodiscard]] bool name_may_begin(std::string_view field, std::string_view prefix);
/// What follows the colon of such a field, without the last line end.
[[nodiscard]] std::string_view lenient_value(std::string_view field);
/// The values of all fields that may have that name, from the top.
[[nodiscard]] std::vector<std::string_view> lenient_values(std::string_view octets,
                                                           std::string_view name);

}  // namespace signpost::imf
