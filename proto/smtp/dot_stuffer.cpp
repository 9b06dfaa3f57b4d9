// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/dot_stuffer.hpp"

#include <algorithm>

namespace signpost::smtp {

void dot_stuffer::feed(std::string_view piece, std::string& out) {
  while (!piece.empty()) {
    if (after_cr_) {
      out += "\r\n";
      after_cr_ = false;
      at_line_start_ = true;
      if (piece.front() == '\n') {
        piece.remove_prefix(1);
        continue;
      }
    }
    if (at_line_start_ && piece.front() == '.') out += '.';
    const auto lf = piece.find('\n');
    const auto cr = piece.substr(0, lf).find('\r');
    const auto end = std::min({lf, cr, piece.size()});
    out += piece.substr(0, end);
    at_line_start_ = false;
    if (end == piece.size()) return;
    after_cr_ = end == cr;
    if (!after_cr_) {
      out += "\r\n";
      at_line_start_ = true;
    }
    piece.remove_prefix(end + 1);
  }
}

void dot_stuffer::finish(std::string& out) {
  if (after_cr_ || !at_line_start_) out += "\r\n";
  after_cr_ = false;
  at_line_start_ = true;
  out += ".\r\n";
}

}  // namespace signpost::smtp
