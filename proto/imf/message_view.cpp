// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/message_view.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::imf {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// The octets of the field name at the start of `line`, npos if the line is not a header field.
std::size_t name_octets(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return colon;
  // RFC 5322 §4.5: blanks before the colon are obsolete, not wrong.
  const auto last = line.substr(0, colon).find_last_not_of(" \t");
  const auto size = last == std::string_view::npos ? 0 : last + 1;
  if (size == 0 && colon > 0) return std::string_view::npos;
  // RFC 5322 §3.6.8: ftext is %d33-57 and %d59-126. An octet over 127 makes the name unknown, but
  // does not start the body: the next reader of the message will see the fields after it, too.
  const auto name = line.substr(0, size);
  return std::ranges::all_of(
             name, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; })
             ? size
             : std::string_view::npos;
}

/// The line that a mailbox file puts before a message; never part of the mail itself. `From :` is a
/// field with the blank of RFC 5322 §4.5.
bool is_mailbox_file_line(std::string_view line) {
  return (line.starts_with("From ") || line.starts_with(">From "))
         && name_octets(line) == std::string_view::npos;
}

}  // namespace

line_ends detect_line_ends(std::string_view octets) {
  const auto looked_at = octets.substr(0, limits::header_octets_max);
  const auto first = looked_at.find_first_of("\r\n");
  if (first == std::string_view::npos || looked_at[first] == '\n') return line_ends::lf;
  return looked_at.find('\n', first) == std::string_view::npos && first + 1 < octets.size()
             ? line_ends::cr
             : line_ends::lf;
}

text_line first_line(std::string_view text, line_ends ends) {
  const auto end = text.find(ends == line_ends::cr ? '\r' : '\n');
  if (end == std::string_view::npos) return {text, text};
  auto content = text.substr(0, end);
  if (ends == line_ends::lf && content.ends_with('\r')) content.remove_suffix(1);
  return {content, text.substr(0, end + 1)};
}

message_view::message_view(std::string_view octets, line_ends ends) : octets_(octets), ends_(ends) {
  auto looked_at = octets.substr(0, limits::header_octets_max);
  const auto first = first_line(looked_at, ends);
  if (is_mailbox_file_line(first.content)) header_end_ = first.whole.size();
  while (fields_.size() < header_fields_max && add_field(looked_at.substr(header_end_))) {
  }
  body_offset_ = header_end_;
  const auto line = first_line(looked_at.substr(header_end_), ends);
  if (line.content.empty()) body_offset_ += line.whole.size();
}

bool message_view::add_field(std::string_view rest) {
  const auto start = first_line(rest, ends_);
  const auto size = name_octets(start.content);
  if (size == std::string_view::npos) return false;
  auto octets = start.whole.size();
  auto content_end = start.content.size();
  // RFC 5322 §2.2.3: a line that begins with white space continues the field.
  while (octets < rest.size() && is_blank(rest[octets])) {
    const auto line = first_line(rest.substr(octets), ends_);
    content_end = octets + line.content.size();
    octets += line.whole.size();
  }
  const bool reaches_the_limit = octets == rest.size() && header_end_ + octets < octets_.size();
  if (reaches_the_limit) return false;
  const auto colon = rest.find(':', size);
  fields_.push_back({rest.substr(0, size), rest.substr(colon + 1, content_end - colon - 1),
                     rest.substr(0, octets)});
  header_end_ += octets;
  return true;
}

const header_field* message_view::find(std::string_view name) const {
  const auto at = std::ranges::find_if(
      fields_, [&](const header_field& f) { return equals_ignoring_case(f.name, name); });
  return at == fields_.end() ? nullptr : &*at;
}

std::vector<header_field> message_view::find_all(std::string_view name) const {
  std::vector<header_field> found;
  std::ranges::copy_if(fields_, std::back_inserter(found),
                       [&](const header_field& f) { return equals_ignoring_case(f.name, name); });
  return found;
}

std::string message_view::text(std::string_view name) const {
  const auto* field = find(name);
  return field == nullptr ? std::string() : unfold(field->value);
}

}  // namespace signpost::imf
