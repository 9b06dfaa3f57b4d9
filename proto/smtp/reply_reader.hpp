// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads the replies of a server (RFC 5321 §4.2): bytes in, `reply` values out.
//
// Threads: one at a time. Limits: limits::reply_line_octets_max a line, limits::reply_lines_max
// lines. Not done: text is kept as received; show it through printable().
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/smtp/reply.hpp"

namespace signpost::smtp {

class reply_reader {
 public:
  void append(std::string_view bytes) { bytes_ += bytes; }
  /// The next complete reply, or nothing yet. errc::malformed: this is not SMTP, or codes differ
  /// within one reply; errc::limit_exceeded: a line or the reply is too long. After an error the
  /// stream cannot be read any further. A line may end with a bare LF: in replies, smuggling is
  /// pointless.
  ///
  /// An enhanced status code (RFC 2034 §4) is removed from the text if its class is that of the
  /// code.
  result<std::optional<reply>> next();
  void clear();

 private:
  result<void> take_line(std::string_view line);
  reply finish_reply();

  std::string bytes_;
  std::size_t at_ = 0;
  std::size_t scanned_ = 0;
  reply partial_;
  bool whole_ = false;
};

}  // namespace signpost::smtp
