// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Turns the content of a message into what follows DATA (RFC 5321 §4.5.2): dots stuffed, the
// last line ended, a lone dot at the end.
//
// Only CR LF ends a line on the wire: a bare CR or LF, which our messages never have, becomes CR
// LF, so that no server can misinterpret it (RFC 5321 §2.3.8).
//
// Threads: one at a time. Limits: linear time; holds nothing.
#pragma once

#include <string>
#include <string_view>

namespace signpost::smtp {

class dot_stuffer {
 public:
  /// Appends the wire form of the next piece of content to `out`.
  void feed(std::string_view piece, std::string& out);
  /// Appends the end: CR LF if the last line lacks it, then the final dot.
  void finish(std::string& out);

 private:
  bool at_line_start_ = true;
  bool after_cr_ = false;  ///< a CR was read and not yet written
};

}  // namespace signpost::smtp
