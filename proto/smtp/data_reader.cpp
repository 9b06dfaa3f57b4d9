// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/data_reader.hpp"

namespace signpost::smtp {
namespace {

/// The CR is still counted, so that a stream of them counts as a flood.
void reject_bare_cr(message_buffer& out) {
  out.drop(say::bare_newline_data);
  out.append("\r");
}

}  // namespace

std::size_t data_reader::feed(std::string_view bytes, message_buffer& out) {
  std::size_t used = 0;
  while (used < bytes.size() && !done()) {
    if (state_ == state::in_line) {
      used += read_lines(bytes.substr(used), out);
    } else if (state_ == state::line_start && !(dots_ && bytes[used] == '.')) {
      state_ = state::in_line;
    } else {
      step(bytes[used++], out);
    }
  }
  // RFC 5321 §4.5.2 allows "any of the 128 ASCII character codes", but RFC 5322 §4 forbids
  // generating messages with NUL, and many systems after us would cut the line there.
  if (bytes.substr(0, used).find('\0') != std::string_view::npos) out.drop(say::nul_in_data);
  return used;
}

void data_reader::finish(message_buffer& out) {
  if (state_ == state::after_cr) out.drop(say::bare_newline_data);
}

/// The octets that must be examined one by one: around dots and line ends.
void data_reader::step(char c, message_buffer& out) {
  switch (state_) {
    case state::line_start:
      state_ = state::dot;  // feed() leaves only dots to us
      return;
    case state::dot:
      // RFC 5321 §4.5.2: the first of a line's dots is deleted; alone, it ends the data.
      if (c == '\r') {
        state_ = state::dot_cr;
        return;
      }
      break;
    case state::dot_cr:
      if (c == '\n') {
        state_ = state::done;
        return;
      }
      reject_bare_cr(out);
      doubled_cr_ = c == '\r';
      break;
    case state::after_cr:
      if (c == '\n') {
        out.append("\r\n");
        state_ = state::line_start;
        return;
      }
      reject_bare_cr(out);
      doubled_cr_ = c == '\r';
      break;
    case state::in_line:
    case state::done:
      break;
  }
  if (c == '\n') out.drop(say::bare_newline_data);
  state_ = c == '\r' ? state::after_cr : state::in_line;
  if (c != '\r') out.append({&c, 1});
}

/// Takes whole lines at once, up to a line that begins with a dot. Each octet is examined by two
/// memchr, for LF and for CR.
std::size_t data_reader::read_lines(std::string_view bytes, message_buffer& out) {
  std::size_t at = 0;
  for (;;) {
    const auto lf = bytes.find('\n', at);
    const auto line = bytes.substr(at, lf == std::string_view::npos ? lf : lf - at);
    const auto cr = line.find('\r');
    if (cr != std::string_view::npos && cr + 1 != line.size()) out.drop(say::bare_newline_data);
    const bool ends_in_cr = !line.empty() && line.back() == '\r';
    doubled_cr_ = line.ends_with("\r\r");
    if (lf == std::string_view::npos) {
      out.append(bytes.substr(0, bytes.size() - (ends_in_cr ? 1 : 0)));
      state_ = ends_in_cr ? state::after_cr : state::in_line;
      return bytes.size();
    }
    at = lf + 1;
    if (!ends_in_cr) {
      // Not a line end: a dot after it is just a dot.
      out.drop(say::bare_newline_data);
    } else if (at == bytes.size() || (dots_ && bytes[at] == '.')) {
      out.append(bytes.substr(0, at));
      state_ = state::line_start;
      return at;
    }
  }
}

}  // namespace signpost::smtp
