// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/lenient_header.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace signpost::imf {
namespace {

struct character {
  char32_t code = 0;
  std::size_t octets = 1;
};

std::size_t octets_of(unsigned char lead) {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc2 ? 2 : 1;
}

// What is not UTF-8 is read as Latin-1, which old mail uses.
character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const auto size = octets_of(lead);
  if (size == 1 || size > text.size()) return {lead, 1};
  char32_t code = lead & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80U) return {lead, 1};
    code = code << 6U | (next & 0x3fU);
  }
  return {code, size};
}

// White space, controls, soft hyphen, marks without width, byte order mark.
bool is_unseen(char32_t c) {
  return c <= 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad || c == 0x34f || c == 0x61c
         || c == 0x115f || c == 0x1160 || c == 0x1680 || (c >= 0x17b4 && c <= 0x17b5)
         || (c >= 0x180b && c <= 0x180f) || (c >= 0x2000 && c <= 0x200f)
         || (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x3000
         || c == 0x3164 || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || c == 0xffa0
         || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

char as_seen(char32_t c) {
  // U+FF01 to U+FF5E are the full-width forms of ! to ~; U+3002 and U+FF61 are full stops, which
  // names accept too (UTS #46); U+FE55 and U+FE6B are a small colon and at sign.
  if (c >= 0xff01 && c <= 0xff5e) c -= 0xfee0;
  if (c == 0x3002 || c == 0xff61 || c == 0xfe52) return '.';
  if (c == 0xfe55) return ':';
  if (c == 0xfe6b) return '@';
  return c < 0x80 ? ascii_lower(static_cast<char>(c)) : '\x80';
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::size_t line_end(std::string_view octets, std::size_t at) {
  const auto end = octets.find('\n', at);
  return end == std::string_view::npos ? octets.size() : end + 1;
}

bool is_empty_line(std::string_view line) {
  return line == "\r\n" || line == "\n";
}

// True if the characters of `name` come first.
bool begins_with(seen_characters& field, std::string_view name) {
  return std::ranges::all_of(name, [&](char wanted) { return field.next() == wanted; });
}

}  // namespace

char seen_characters::next() {
  left_out_ = false;
  while (!rest_.empty()) {
    const auto c = first_character(rest_);
    rest_.remove_prefix(c.octets);
    if (!is_unseen(c.code)) return as_seen(c.code);
    left_out_ = true;
  }
  return '\0';
}

bool lenient_header::next() {
  begin_ = end_;
  if (begin_ == octets_.size()) return false;
  end_ = line_end(octets_, begin_);
  if (is_empty_line(field())) {
    end_ = begin_;
    return false;
  }
  while (end_ < octets_.size() && is_blank(octets_[end_])) end_ = line_end(octets_, end_);
  return true;
}

std::size_t lenient_header_octets(std::string_view octets) {
  lenient_header header(octets);
  while (header.next()) {
  }
  return header.octets();
}

bool is_read_whole(const message_view& view) {
  const bool all_fields = view.fields().size() < header_fields_max || view.has_separator();
  return all_fields && lenient_header_octets(view.octets()) <= limits::header_octets_max;
}

bool may_be_named(std::string_view field, std::string_view name) {
  seen_characters characters(field);
  return begins_with(characters, name) && characters.next() == ':';
}

bool name_may_begin(std::string_view field, std::string_view prefix) {
  seen_characters characters(field);
  return begins_with(characters, prefix);
}

std::string_view lenient_value(std::string_view field) {
  seen_characters characters(field);
  for (auto c = characters.next(); c != '\0' && c != ':';) c = characters.next();
  auto value = characters.rest();
  if (value.ends_with('\n')) value.remove_suffix(1);
  if (value.ends_with('\r')) value.remove_suffix(1);
  return value;
}

std::vector<std::string_view> lenient_values(std::string_view octets, std::string_view name) {
  std::vector<std::string_view> values;
  for (lenient_header header(octets); header.next();) {
    if (may_be_named(header.field(), name)) values.push_back(lenient_value(header.field()));
  }
  return values;
}

}  // namespace signpost::imf
