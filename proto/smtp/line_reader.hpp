// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Splits what a client sent into command lines (RFC 5321 §2.3.8: lines end with CR LF and nothing
// else).
//
// Threads: one at a time. Limits: a line longer than limits::command_line_octets_max is discarded
// while it arrives; linear time, however the bytes are cut.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signpost::smtp {

class line_reader {
 public:
  enum class fault { none, too_long, bare_newline };
  struct line {
    std::string_view text;  ///< without CR LF; valid until the next call that is not const
    fault wrong = fault::none;
  };

  void append(std::string_view bytes);
  /// The next complete line, or nothing yet. A bare LF gives a line with fault::bare_newline
  /// immediately, and everything up to the next CR LF is skipped: nothing after a false line end is
  /// acted upon.
  std::optional<line> next();

  /// The unused octets, for a reader of data.
  [[nodiscard]] std::string_view unread() const { return std::string_view(bytes_).substr(at_); }
  void consume(std::size_t octets);
  /// Forgets everything.
  void clear();
  /// Gives back unneeded memory; invalidates views.
  void tidy();
  [[nodiscard]] std::size_t held() const { return bytes_.capacity(); }

 private:
  enum class mode {
    line,      ///< at or within a line
    too_long,  ///< within a line that is too long
    passing,   ///< after a bare LF that was answered
  };

  std::optional<line> end_of_line(std::string_view text, bool crlf);
  void drop_partial_line();

  std::string bytes_;
  std::size_t at_ = 0;       ///< the first octet not used
  std::size_t scanned_ = 0;  ///< octets after at_ known not to contain an LF
  mode mode_ = mode::line;
  bool dropped_cr_ = false;  ///< the last octet of the dropped part was CR
};

}  // namespace signpost::smtp
