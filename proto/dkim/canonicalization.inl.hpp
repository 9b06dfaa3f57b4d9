// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The templates of canonicalization.hpp; included by it alone.
#pragma once

#include <algorithm>
#include <array>

#include "proto/dkim/canonicalization.hpp"

namespace signpost::dkim {

template <typename Sink>
void detail::emit_line_ends(std::uint64_t count, const Sink& sink) {
  static constexpr std::string_view line_ends =
      "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
      "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
  while (count > 0) {
    const auto now = std::min<std::uint64_t>(count, line_ends.size() / 2);
    sink(line_ends.substr(0, static_cast<std::size_t>(now * 2)));
    count -= now;
  }
}

template <typename Sink>
void simple_body::update(std::string_view piece, const Sink& sink) {
  if (piece.empty()) return;
  if (cr_ && piece.front() == '\n') {
    ++line_ends_;
    piece.remove_prefix(1);
  } else if (cr_) {
    detail::emit_line_ends(line_ends_, sink);
    line_ends_ = 0;
    sink(std::string_view("\r"));
  }
  cr_ = piece.ends_with('\r');
  if (cr_) piece.remove_suffix(1);
  std::uint64_t at_end = 0;
  while (piece.ends_with("\r\n")) {
    piece.remove_suffix(2);
    ++at_end;
  }
  if (!piece.empty()) {
    detail::emit_line_ends(line_ends_, sink);
    line_ends_ = 0;
    sink(piece);
  }
  line_ends_ += at_end;
}

template <typename Sink>
void simple_body::finish(const Sink& sink) {
  if (cr_) {
    detail::emit_line_ends(line_ends_, sink);
    sink(std::string_view("\r"));
  }
  // RFC 6376 §3.4.3: "If there is no body or no trailing CRLF on the message body, a CRLF is
  // added".
  sink(std::string_view("\r\n"));
}

template <typename Sink>
void relaxed_body::emit(std::string_view text, const Sink& sink) {
  if (text.empty()) return;
  detail::emit_line_ends(line_ends_, sink);
  line_ends_ = 0;
  if (blank_) sink(std::string_view(" "));
  blank_ = false;
  sink(text);
  begun_ = true;
  line_open_ = !text.ends_with("\r\n");
}

inline const char* detail::skip_blanks(const char* from, const char* end) {
  while (from != end && (*from == ' ' || *from == '\t')) ++from;
  return from;
}

// Completes what the previous piece left open; returns where this one continues.
template <typename Sink>
const char* relaxed_body::take_first(std::string_view piece, const Sink& sink) {
  const char* at = piece.data();
  const char* const end = at + piece.size();
  if (cr_ && *at == '\n') {
    ++line_ends_;
    blank_ = false;
    ++at;
  } else if (cr_) {
    emit("\r", sink);
  }
  cr_ = false;
  return blank_ ? detail::skip_blanks(at, end) : at;
}

template <typename Sink>
void relaxed_body::update(std::string_view piece, const Sink& sink) {
  if (piece.empty()) return;
  const char* const end = piece.data() + piece.size();
  const char* run = take_first(piece, sink);  // everything from here to `at` stays unchanged
  const char* at = run;
  const auto flush = [&] { emit({run, static_cast<std::size_t>(at - run)}, sink); };
  while ((at = find_irregular(at, end)) != end) {
    const auto left = end - at;
    if (*at != '\r') {
      flush();
      blank_ = true;
      run = at = detail::skip_blanks(at, end);
    } else if (left == 1) {
      flush();
      cr_ = true;
      run = ++at;
    } else if (at[1] != '\n') {
      ++at;  // a lone CR is text
    } else if (at != run && left > 2 && at[2] != '\r') {
      at += 2;  // a line end between two lines stays in the run
    } else {
      flush();
      blank_ = false;
      ++line_ends_;
      run = at += 2;
    }
  }
  flush();
}

template <typename Sink>
void relaxed_body::finish(const Sink& sink) {
  if (cr_) emit("\r", sink);
  // RFC 6376 §3.4.4: "If the body is non-empty but does not end with a CRLF, a CRLF is added."
  if (begun_ && line_open_) sink(std::string_view("\r\n"));
}

}  // namespace signpost::dkim
