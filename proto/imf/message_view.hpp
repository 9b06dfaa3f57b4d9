// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A parsed view of the unchanged bytes of a message (RFC 5322, with the obsolete forms of §4 and
// the UTF-8 header fields of RFC 6532).
//
//     imf::message_view view(body->octets());
//     if (const auto* subject = view.find("Subject")) use(imf::unfold(subject->value));
//
// Any bytes make a view: nothing here fails, because a message is forwarded unchanged even if it is
// broken. The first line that cannot be read as a header field ends the header section.
//
// Threads: values; a view and everything it hands out points into the octets it was made from.
// Limits: `limits::header_octets_max` octets and `header_fields_max` fields; the first field that
// does not fit completely, and everything after it, count as body. One pass, linear time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::imf {

/// How many fields of a header section are read. Bounds the memory of a view; real mail stays under
/// 300.
inline constexpr std::size_t header_fields_max = 8192;

/// One header field. `whole` = `name` + optional blanks + `:` + `value` + the line end, unchanged.
struct header_field {
  std::string_view name;
  std::string_view value;  ///< what follows the colon, with its folding, without the last line end
  std::string_view whole;
};

/// What ends a line. Mail on the wire only has CRLF (RFC 5322 §2.3); files may have the others.
enum class line_ends : std::uint8_t {
  lf,  ///< CRLF or a lone LF; a lone CR is text
  cr,  ///< CR, which no system has written since 2001, but which old mail has
};

/// `cr` if the first line end in the first `limits::header_octets_max` octets is a lone CR and
/// there is no LF among them; `lf` for everything else.
[[nodiscard]] line_ends detect_line_ends(std::string_view octets);

/// The first line of `text`: `content` without its end, `whole` with it.
struct text_line {
  std::string_view content;
  std::string_view whole;
};
[[nodiscard]] text_line first_line(std::string_view text, line_ends ends = line_ends::lf);

class message_view {
 public:
  message_view() = default;
  explicit message_view(std::string_view octets) : message_view(octets, detect_line_ends(octets)) {}
  message_view(std::string_view octets, line_ends ends);

  [[nodiscard]] std::string_view octets() const { return octets_; }
  /// All fields in order. A field name has no white space, control character or colon; it may be
  /// empty or, against the standard, not ASCII.
  [[nodiscard]] const std::vector<header_field>& fields() const { return fields_; }
  /// The octets before the blank line (and before the body, if there is no blank line).
  [[nodiscard]] std::string_view header_section() const { return octets_.substr(0, header_end_); }
  /// Where the body begins: after the blank line, or at the first line that is not a header field.
  [[nodiscard]] std::size_t body_offset() const { return body_offset_; }
  [[nodiscard]] std::string_view body() const { return octets_.substr(body_offset_); }
  /// True if a blank line separates header section and body, as RFC 5322 §2.1 requires.
  [[nodiscard]] bool has_separator() const { return body_offset_ != header_end_; }
  [[nodiscard]] line_ends ends() const { return ends_; }

  /// The first field of that name in any case, or nullptr. Valid as long as the view.
  [[nodiscard]] const header_field* find(std::string_view name) const;
  /// All fields of that name, from the top.
  [[nodiscard]] std::vector<header_field> find_all(std::string_view name) const;
  /// The unfolded value of the first field of that name; empty if there is none.
  [[nodiscard]] std::string text(std::string_view name) const;

 private:
  bool add_field(std::string_view rest);

  std::string_view octets_;
  std::vector<header_field> fields_;
  std::size_t header_end_ = 0;
  std::size_t body_offset_ = 0;
  line_ends ends_ = line_ends::lf;
};

}  // namespace signpost::imf
