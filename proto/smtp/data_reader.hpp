// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads the content of a message off the wire: after DATA up to <CRLF>.<CRLF> with the dots
// unstuffed (RFC 5321 §4.5.2), or one BDAT chunk of known size (RFC 3030).
//
// The only line end is CR LF. A bare CR or LF never ends a line or the data, and means that the
// message is refused (RFC 5321 §2.3.8): SMTP smuggling depends on treating it as a line end.
//
// Threads: one at a time. Limits: linear time; holds nothing itself.
#pragma once

#include <cstddef>
#include <string_view>

#include "proto/smtp/message_buffer.hpp"

namespace signpost::smtp {

class data_reader {
 public:
  enum class mode {
    dot,    ///< ends with a line that consists of a dot; dots are unstuffed
    chunk,  ///< the caller knows where it ends; dots have no meaning
  };

  explicit data_reader(mode m) : dots_(m == mode::dot) {}

  /// Puts the content at the front of `bytes` into `out` and returns how many octets were used:
  /// all of them, unless the end of the data is among them. Drops `out` for bare CR, LF and NUL.
  std::size_t feed(std::string_view bytes, message_buffer& out);
  /// The final dot has been read.
  [[nodiscard]] bool done() const { return state_ == state::done; }
  /// True if the line end before the final dot was CR CR LF. Some servers take that for a line end
  /// and others do not, so what follows may have been smuggled through a server that did not.
  [[nodiscard]] bool ended_doubtfully() const { return done() && doubled_cr_; }
  /// No more octets come: a CR at the end is a bare one.
  void finish(message_buffer& out);

 private:
  enum class state { line_start, in_line, after_cr, dot, dot_cr, done };

  std::size_t read_lines(std::string_view bytes, message_buffer& out);
  void step(char c, message_buffer& out);

  bool dots_;
  state state_ = state::line_start;
  bool doubled_cr_ = false;  ///< the last line end was CR CR LF
};

}  // namespace signpost::smtp
