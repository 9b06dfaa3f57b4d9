// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/tag_writer.hpp"

#include "base/text.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::dkim {
namespace {

constexpr std::string_view fold_text = "\r\n ";

}  // namespace

tag_writer::tag_writer(std::string_view field_name, std::size_t signature_columns)
    : text_(std::string(field_name) + ":"),
      name_size_(field_name.size()),
      signature_columns_(signature_columns),
      column_(text_.size()) {}

void tag_writer::fold() {
  text_ += fold_text;
  column_ = 1;
}

// The separator from the previous tag, then a blank or, if `size` octets and a semicolon do not fit
// into the line, a fold.
void tag_writer::begin_tag(std::size_t size) {
  if (!first_) {
    text_ += ';';
    ++column_;
  }
  if (column_ + 1 + size + 1 > imf::fold_columns && !first_) {
    fold();
  } else {
    text_ += ' ';
    ++column_;
  }
  first_ = false;
}

void tag_writer::add(std::string_view name, std::string_view value) {
  begin_tag(name.size() + 1 + value.size());
  text_.append(name).append("=").append(value);
  column_ += name.size() + 1 + value.size();
}

void tag_writer::add_list(std::string_view name, std::span<const std::string> items) {
  std::size_t size = name.size() + 1;
  for (const auto& item : items) size += item.size() + 1;
  begin_tag(size);
  text_.append(name).append("=");
  column_ += name.size() + 1;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (column_ + items[i].size() + 1 > imf::fold_columns) fold();
    text_ += items[i];
    column_ += items[i].size();
    if (i + 1 == items.size()) break;
    text_ += ':';
    ++column_;
  }
}

void tag_writer::add_signature_place() {
  begin_tag(2 + signature_columns_);
  text_ += "b=";
  signature_at_ = text_.size();
  column_ = imf::fold_columns;  // what follows the signature begins on a new line
}

std::string tag_writer::unsigned_canonical(canonicalization c) const {
  if (c == canonicalization::simple) return text_;
  const std::string_view text = text_;
  return relaxed_field(text.substr(0, name_size_), text.substr(name_size_ + 1));
}

std::string tag_writer::signed_with(std::string_view octets) const {
  const auto base64 = to_base64(as_bytes(octets));
  std::string out = text_.substr(0, signature_at_);
  for (std::size_t at = 0; at < base64.size(); at += signature_columns_) {
    if (at > 0) out += fold_text;
    out.append(base64, at, signature_columns_);
  }
  return out.append(text_, signature_at_).append("\r\n");
}

}  // namespace signpost::dkim
