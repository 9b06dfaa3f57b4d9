// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/line_reader.hpp"

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace signpost::smtp {
namespace {

// A buffer up to this size is kept between commands; a larger one is freed when it is empty.
constexpr std::size_t kept_octets = 256;

}  // namespace

void line_reader::append(std::string_view bytes) {
  tidy();
  bytes_ += bytes;
}

std::optional<line_reader::line> line_reader::next() {
  for (;;) {
    const auto rest = unread();
    const auto lf = rest.find('\n', scanned_);
    if (lf == std::string_view::npos) {
      scanned_ = rest.size();
      if (mode_ != mode::line || rest.size() >= limits::command_line_octets_max) {
        drop_partial_line();
      }
      return {};
    }
    const bool crlf = lf > 0 ? rest[lf - 1] == '\r' : dropped_cr_;
    const auto text = rest.substr(0, lf > 0 && crlf ? lf - 1 : lf);
    consume(lf + 1);
    if (auto found = end_of_line(text, crlf)) return found;
  }
}

/// What to report about the line that has just ended; nothing if it was answered before.
std::optional<line_reader::line> line_reader::end_of_line(std::string_view text, bool crlf) {
  const auto before = mode_;
  mode_ = crlf ? mode::line : mode::passing;
  dropped_cr_ = false;
  if (!crlf) return line{{}, fault::bare_newline};
  if (before == mode::passing) return {};
  if (before == mode::too_long || text.size() + 2 > limits::command_line_octets_max) {
    return line{{}, fault::too_long};
  }
  if (text.find('\r') != std::string_view::npos) return line{{}, fault::bare_newline};
  return line{text, fault::none};
}

void line_reader::drop_partial_line() {
  const auto rest = unread();
  if (rest.empty()) return;
  dropped_cr_ = rest.back() == '\r';
  if (mode_ == mode::line) mode_ = mode::too_long;
  consume(rest.size());
}

void line_reader::consume(std::size_t octets) {
  SP_ASSERT(octets <= bytes_.size() - at_);
  at_ += octets;
  scanned_ = 0;
}

void line_reader::clear() {
  std::string().swap(bytes_);
  at_ = 0;
  scanned_ = 0;
  mode_ = mode::line;
  dropped_cr_ = false;
}

void line_reader::tidy() {
  // Not for a few octets at the front: if many lines arrive at once, the rest would be moved each
  // time.
  if (at_ == 0 || at_ < bytes_.size() - at_) return;
  bytes_.erase(0, at_);
  at_ = 0;
  if (bytes_.empty() && bytes_.capacity() > kept_octets) std::string().swap(bytes_);
}

}  // namespace signpost::smtp
