// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What smtp_load sends: envelope commands and messages, made beforehand; only numbers are patched
// in.
//
// Threads: one. No allocation after construction.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signpost::bench {

/// Text with at most one place for a number, written like `user%03d@zone.example`.
class number_template {
 public:
  /// `malformed` if a percent sign does not begin `%d` or `%0Nd` (N up to 18), or if there are two.
  static result<number_template> parse(std::string_view text);

  /// Appends the text with `number` in its place, padded with zeros, cut to its width from the
  /// left.
  void append_to(std::string& out, std::uint64_t number) const;
  [[nodiscard]] bool has_number() const { return has_number_; }

 private:
  std::string before_;
  std::string after_;
  unsigned width_ = 1;
  bool has_number_ = false;
};

/// The header of one message: the same text for all, with the id and the time patched in.
class message_header {
 public:
  /// `run` names the load's run in the id; `lead` are fields (whole, with CRLF) above the others.
  explicit message_header(std::string_view run, std::string_view lead = {});

  void patch(std::uint64_t number, std::int64_t time_us);
  [[nodiscard]] std::string_view text() const { return text_; }

  static constexpr unsigned number_digits = 10;
  static constexpr unsigned time_digits = 18;

 private:
  std::string text_;
  std::vector<std::size_t> number_at_;
  std::size_t time_at_ = 0;
};

/// The rest of a message so that header and body have `size` octets (at least a line), with the
/// empty line before it and the final dot after it.
std::string make_body(std::size_t size, std::size_t header_size);

}  // namespace signpost::bench
