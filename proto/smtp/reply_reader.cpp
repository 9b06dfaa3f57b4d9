// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/reply_reader.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace signpost::smtp {
namespace {

/// "2.1.0" at the front of a line, if it is a status of the same class as the code.
std::optional<enhanced_status> leading_status(std::string_view text, std::uint16_t code) {
  auto status = enhanced_status::parse(text.substr(0, text.find(' ')));
  if (!status || status->klass != code / 100) return {};
  return *status;
}

/// Removes the status from a line that begins with the same one.
void strip_status(std::string& line, const std::string& status) {
  if (!line.starts_with(status)) return;
  if (line.size() == status.size()) {
    line.clear();
  } else if (line[status.size()] == ' ') {
    line.erase(0, status.size() + 1);
  }
}

}  // namespace

result<std::optional<reply>> reply_reader::next() {
  while (!whole_) {
    const auto rest = std::string_view(bytes_).substr(at_);
    const auto lf = rest.find('\n', scanned_);
    if (std::min(lf, rest.size()) >= limits::reply_line_octets_max) {
      return fail(errc::limit_exceeded, "reply_line_octets_max");
    }
    if (lf == std::string_view::npos) {
      bytes_.erase(0, std::exchange(at_, 0));
      scanned_ = bytes_.size();
      return std::optional<reply>{};
    }
    auto line = rest.substr(0, lf);
    if (line.ends_with('\r')) line.remove_suffix(1);
    SP_CHECK(take_line(line));
    at_ += lf + 1;
    scanned_ = 0;
  }
  return finish_reply();
}

/// RFC 5321 §4.2: Reply-line, "%x32-35 %x30-35 %x30-39", then "-", a space, or nothing.
result<void> reply_reader::take_line(std::string_view line) {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5' || line[1] < '0' || line[1] > '9'
      || line[2] < '0' || line[2] > '9') {
    return fail(errc::malformed, "a reply without a code");
  }
  const bool more = line.size() > 3 && line[3] == '-';
  if (line.size() > 3 && !more && line[3] != ' ') {
    return fail(errc::malformed, "a reply code without a space after it");
  }
  const auto code = static_cast<std::uint16_t>(parse_uint(line.substr(0, 3)).value_or(0));
  // RFC 5321 §4.2.1: "the reply code at the start of each line" is the same.
  if (partial_.code != 0 && partial_.code != code) {
    return fail(errc::malformed, "different codes in one reply");
  }
  if (partial_.lines.size() >= limits::reply_lines_max) {
    return fail(errc::limit_exceeded, "reply_lines_max");
  }
  partial_.code = code;
  partial_.lines.emplace_back(line.substr(std::min<std::size_t>(line.size(), 4)));
  whole_ = !more;
  return {};
}

reply reply_reader::finish_reply() {
  whole_ = false;
  auto r = std::exchange(partial_, {});
  if (const auto status = leading_status(r.lines.front(), r.code)) {
    r.status = *status;
    const auto text = status->to_string();
    for (auto& line : r.lines) strip_status(line, text);
  }
  return r;
}

void reply_reader::clear() {
  *this = {};
}

}  // namespace signpost::smtp
