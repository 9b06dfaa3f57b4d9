// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/support/message_template.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace signpost::bench {
namespace {

constexpr unsigned template_width_max = 18;

void write_digits(char* out, unsigned width, std::uint64_t value) {
  for (unsigned i = width; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

unsigned digits_of(std::uint64_t value) {
  unsigned n = 1;
  while (value >= 10) {
    value /= 10;
    ++n;
  }
  return n;
}

}  // namespace

result<number_template> number_template::parse(std::string_view text) {
  number_template t;
  const std::size_t percent = text.find('%');
  t.before_ = text.substr(0, percent);
  if (percent == std::string_view::npos) return t;
  const std::size_t end = text.find('d', percent);
  if (end == std::string_view::npos) return fail(errc::malformed, "a number is written %d or %03d");
  const std::string_view width = text.substr(percent + 1, end - percent - 1);
  if (!width.empty()) {
    const auto parsed = parse_uint(width);
    if (!parsed || width.front() != '0' || *parsed == 0 || *parsed > template_width_max) {
      return fail(errc::malformed, "a number is written %d or %03d");
    }
    t.width_ = static_cast<unsigned>(*parsed);
  }
  t.after_ = text.substr(end + 1);
  t.has_number_ = true;
  if (t.after_.find('%') != std::string::npos) return fail(errc::malformed, "two numbers");
  return t;
}

void number_template::append_to(std::string& out, std::uint64_t number) const {
  out.append(before_);
  if (has_number_) {
    const unsigned width = std::max(width_, digits_of(number));
    const std::size_t at = out.size();
    out.resize(at + width);
    write_digits(out.data() + at, width, number);
  }
  out.append(after_);
}

message_header::message_header(std::string_view run, std::string_view lead) {
  const std::string number(number_digits, '0');
  const auto add = [&](std::string_view before, std::string_view after) {
    text_.append(before).append(run).push_back('-');
    number_at_.push_back(text_.size());
    text_.append(number).append(after);
  };
  text_ = lead;
  text_ +=
      "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
      "From: \"Load\" <load@sender.example>\r\n"
      "To: <user@zone.example>\r\n";
  add("Message-ID: <", "@sender.example>\r\n");
  add("Subject: message ", " of a load\r\n");
  text_ += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n";
  add("X-Load-Id: ", "\r\n");
  text_ += "X-Load-Time: ";
  time_at_ = text_.size();
  text_ += std::string(time_digits, '0') + "\r\n";
}

void message_header::patch(std::uint64_t number, std::int64_t time_us) {
  for (const std::size_t at : number_at_) write_digits(text_.data() + at, number_digits, number);
  write_digits(text_.data() + time_at_, time_digits, static_cast<std::uint64_t>(time_us));
}

std::string make_body(std::size_t size, std::size_t header_size) {
  constexpr std::string_view line =
      "The quick brown fox jumps over the lazy dog while the mail waits in its queue.\r\n";
  const std::size_t wanted = std::max(size, header_size + 2 + line.size()) - header_size;
  std::string body = "\r\n";
  while (body.size() + line.size() <= wanted) body += line;
  // What remains is one shorter line; a line end needs two octets.
  if (const std::size_t rest = wanted - body.size(); rest >= 2) {
    body += line.substr(0, rest - 2);
    body += "\r\n";
  }
  return body + ".\r\n";
}

}  // namespace signpost::bench
