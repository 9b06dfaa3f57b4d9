// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes a header field that is a tag list with a signature in it, folded to 78 columns.
//
//     tag_writer field("DKIM-Signature");
//     field.add("v", "1");
//     field.add_signature_place();
//     const auto hash = hash_of(field.unsigned_canonical(canonicalization::relaxed));
//     const std::string whole = field.signed_with(octets);     // "DKIM-Signature: v=1; b=…\r\n"
//
// Threads: one at a time. The caller is responsible for the values: nothing in them is escaped.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "proto/dkim/canonicalization.hpp"

namespace signpost::dkim {

class tag_writer {
 public:
  /// `signature_columns`: characters of the signature on one line; the rest is folded.
  explicit tag_writer(std::string_view field_name, std::size_t signature_columns = 72);

  void add(std::string_view name, std::string_view value);
  /// `name=a:b:c`, which may be folded after colons.
  void add_list(std::string_view name, std::span<const std::string> items);
  /// `b=`, filled by `signed_with`.
  void add_signature_place();

  /// The field in the form in which it is hashed: with an empty `b=` and without CRLF.
  [[nodiscard]] std::string unsigned_canonical(canonicalization c) const;
  /// The field with the signature in base64 in its place and CRLF at its end.
  [[nodiscard]] std::string signed_with(std::string_view octets) const;

 private:
  void begin_tag(std::size_t size);
  void fold();

  std::string text_;
  std::size_t name_size_;
  std::size_t signature_columns_;
  std::size_t column_;
  std::size_t signature_at_ = 0;
  bool first_ = true;
};

}  // namespace signpost::dkim
