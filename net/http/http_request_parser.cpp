// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/http/http_request_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace signpost::net {
namespace {

constexpr std::array<std::string_view, 7> methods{"GET",   "HEAD",   "POST",   "PUT",
                                                  "PATCH", "DELETE", "OPTIONS"};
/// Chunks of one octet cost six on the wire; framing may cost so many octets for each of content.
constexpr std::size_t framing_octets_per_octet = 8;

/// RFC 9110 §5.6.2: tchar.
bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return is_alnum(c) || others.find(c) != std::string_view::npos;
  });
}

/// RFC 9110 §5.5: what a line may hold; obs-text is kept unchanged.
bool may_stand_in_line(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return (octet >= 0x20 && octet != 0x7f) || c == '\t';
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

/// RFC 9110 §7.2, RFC 3986 §3.2: host and port without user information; may be empty.
bool is_host(std::string_view text) {
  constexpr std::string_view others = "-._~%!$&'()*+,;=:[]";
  return text.size() <= 320 && std::ranges::all_of(text, [&](char c) {
           return is_alnum(c) || others.find(c) != std::string_view::npos;
         });
}

std::string_view trim_ows(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool names(std::string_view list, std::string_view token) {
  return std::ranges::any_of(split(list, ','), [&](std::string_view one) {
    return equals_ignoring_case(trim_ows(one), token);
  });
}

}  // namespace

std::size_t http_request_parser::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && waiting()) {
    const std::string_view rest = bytes.substr(taken);
    switch (place_) {
      case place::start:
      case place::head:
        taken += feed_head(rest);
        break;
      case place::content:
        taken += feed_content(rest);
        break;
      case place::chunk_size:
        taken += feed_chunk_size(rest);
        break;
      case place::chunk_data:
        taken += feed_chunk_data(rest);
        break;
      case place::chunk_end:
        taken += feed_chunk_end(rest);
        break;
      case place::trailer:
        taken += feed_trailer(rest);
        break;
      case place::end:
        break;
    }
  }
  return taken;
}

bool http_request_parser::expects_continue() const {
  return expects_continue_ && request_.body.empty() && framing_octets_ == 0
         && (place_ == place::content || place_ == place::chunk_size);
}

http_request http_request_parser::take() {
  http_request taken = std::move(request_);
  *this = http_request_parser(limits_);
  return taken;
}

void http_request_parser::refuse(int status, std::string_view reason) {
  if (!refusal_) refusal_ = refused{status, reason};
}

/// True at the LF that ends a line. RFC 9112 §2.2 lets a reader take a bare LF for a line end and a
/// bare CR for a space; a proxy in front of us may do neither, so both are refused.
bool http_request_parser::line_octet(char c) {
  const char before = std::exchange(last_, c);
  ++line_octets_;
  if (c == '\n') {
    if (before != '\r') refuse(400, "a line ends without a carriage return");
    return before == '\r';
  }
  if (before == '\r') {
    refuse(400, "a carriage return without a line feed");
  } else if (c != '\r' && !may_stand_in_line(c)) {
    refuse(400, "a control character");
  }
  return false;
}

std::size_t http_request_parser::feed_head(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (head_.size() == limits_.header_octets_max) {
      refuse(first_line_ ? 414 : 431,
             first_line_ ? "the target is too long" : "the header is too large");
      return i;
    }
    const bool line_ends = line_octet(bytes[i]);
    if (refusal_) return i;
    head_.push_back(bytes[i]);
    if (place_ == place::start && bytes[i] != '\r' && bytes[i] != '\n') place_ = place::head;
    if (!line_ends) continue;
    const bool empty = std::exchange(line_octets_, 0) == 2;
    if (place_ == place::start) {
      // RFC 9112 §2.2: "SHOULD ignore at least one empty line (CRLF) received prior to the
      // request-line".
      if (std::exchange(skipped_empty_line_, true)) refuse(400, "empty lines before the request");
      head_.clear();
      if (refusal_) return i;
    } else if (empty) {
      read_head();
      return i + 1;
    }
    first_line_ = place_ == place::start;
  }
  return bytes.size();
}

void http_request_parser::read_head() {
  std::string_view rest = head_;
  header_octets_ = head_.size();
  bool first = true;
  while (rest.size() > 2 && !refusal_) {
    const auto end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (std::exchange(first, false)) {
      read_request_line(line);
    } else {
      read_field(line);
    }
  }
  if (!refusal_) check_host();
  if (!refusal_) read_connection();
  if (!refusal_) read_framing();
  if (!refusal_) read_expectation();
  std::string().swap(head_);
}

void http_request_parser::read_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  // RFC 9112 §3: two single spaces, no more.
  if (second == std::string_view::npos || line.find_first_of(" \t", second + 1) != line.npos) {
    return refuse(400, "no request line");
  }
  const std::string_view method = line.substr(0, first);
  if (!is_token(method)) return refuse(400, "no method");
  read_version(line.substr(second + 1));
  if (refusal_) return;
  if (std::ranges::find(methods, method) == methods.end()) {
    return refuse(501, "the method is not supported");
  }
  request_.method = method;
  read_target(line.substr(first + 1, second - first - 1));
}

void http_request_parser::read_version(std::string_view version) {
  const bool is_version = version.size() == 8 && version.starts_with("HTTP/")
                          && is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
  if (!is_version) return refuse(400, "no HTTP version");
  if (version[5] != '1') return refuse(505, "only HTTP/1.0 and HTTP/1.1 are supported");
  // RFC 9110 §2.5: a later minor version is read as the latest we know.
  minor_ = version[7] == '0' ? 0 : 1;
}

void http_request_parser::read_target(std::string_view target) {
  // RFC 9112 §3.2: a fragment is not part of a target.
  if (target.empty() || !is_visible(target) || target.find('#') != std::string_view::npos) {
    return refuse(400, "an invalid target");
  }
  if (target == "*" && request_.method == "OPTIONS") {
    request_.path = target;
    return;
  }
  if (target.front() != '/') {
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (starts_with_ignoring_case(target, scheme)) {
        return read_absolute_target(target.substr(scheme.size()));
      }
    }
    return refuse(400, "an invalid target");
  }
  const auto mark = target.find('?');
  request_.path = target.substr(0, mark);
  if (mark != std::string_view::npos) request_.query = target.substr(mark + 1);
}

void http_request_parser::read_absolute_target(std::string_view rest) {
  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  // RFC 9110 §4.2.1: no empty host; §4.2.4: user information is an error.
  if (authority.empty() || !is_host(authority)) return refuse(400, "an invalid target");
  absolute_ = true;
  host_of_target_ = authority;
  const std::string_view local = rest.substr(end);
  const auto mark = local.find('?');
  request_.path = local.substr(0, mark);
  if (request_.path.empty()) request_.path = "/";
  if (mark != std::string_view::npos) request_.query = local.substr(mark + 1);
}

void http_request_parser::read_field(std::string_view line) {
  // RFC 9112 §5.2: a server that gets a folded line "MUST either reject the message [...] or
  // replace" it.
  if (line.front() == ' ' || line.front() == '\t') return refuse(400, "a folded header field");
  const auto colon = line.find(':');
  // RFC 9112 §5.1: "MUST reject [...] any received request message that contains whitespace between
  // a header field name and colon"; a space is not a token.
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refuse(400, "an invalid header field");
  }
  if (request_.headers.size() == http_fields_max) return refuse(431, "too many header fields");
  request_.headers.push_back(
      {std::string(line.substr(0, colon)), std::string(trim_ows(line.substr(colon + 1)))});
}

std::size_t http_request_parser::count(std::string_view name) const {
  const auto is_it = [&](const http_header& one) { return equals_ignoring_case(one.name, name); };
  return static_cast<std::size_t>(std::ranges::count_if(request_.headers, is_it));
}

void http_request_parser::check_host() {
  const std::size_t hosts = count("Host");
  // RFC 9112 §3.2: "MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request
  // message that lacks a Host header field and to any request message that contains more than one".
  if (hosts > 1 || (hosts == 0 && minor_ != 0)) {
    return refuse(400, "exactly one Host field is required");
  }
  if (!is_host(request_.header("Host"))) return refuse(400, "an invalid Host field");
  if (!absolute_) return;
  // RFC 9112 §3.2.2: "the origin server MUST ignore the received Host header field (if any)".
  std::erase_if(request_.headers,
                [](const http_header& one) { return equals_ignoring_case(one.name, "Host"); });
  request_.headers.push_back({"Host", host_of_target_});
}

void http_request_parser::read_connection() {
  bool close = false;
  bool keep = false;
  for (const auto& [name, value] : request_.headers) {
    if (!equals_ignoring_case(name, "Connection")) continue;
    close = close || names(value, "close");
    keep = keep || names(value, "keep-alive");
  }
  keep_alive_ = !close && (minor_ != 0 || keep);
}

/// RFC 9112 §6: where the content ends. What two readers could see differently is refused (§11.2).
void http_request_parser::read_framing() {
  const std::size_t lengths = count("Content-Length");
  const std::size_t codings = count("Transfer-Encoding");
  if (lengths > 1) return refuse(400, "more than one Content-Length");
  if (codings > 1) return refuse(400, "more than one Transfer-Encoding");
  if (lengths == 1 && codings == 1) {
    return refuse(400, "Content-Length together with Transfer-Encoding");
  }
  if (codings == 1) return read_coding(request_.header("Transfer-Encoding"));
  if (lengths == 1) return read_length(request_.header("Content-Length"));
  place_ = place::end;
}

void http_request_parser::read_length(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, is_digit)) {
    return refuse(400, "an invalid Content-Length");
  }
  const auto length = parse_uint(text);
  if (!length || *length > limits_.body_octets_max) {
    return refuse(413, "the content is too large");
  }
  left_ = static_cast<std::size_t>(*length);
  place_ = left_ == 0 ? place::end : place::content;
}

void http_request_parser::read_coding(std::string_view text) {
  // RFC 9112 §6.1: Transfer-Encoding in HTTP/1.0 means that the framing is faulty.
  if (minor_ == 0) return refuse(400, "Transfer-Encoding in HTTP/1.0");
  if (equals_ignoring_case(text, "chunked")) {
    place_ = place::chunk_size;
    return;
  }
  // RFC 9112 §6.1, §6.3: chunked must be the last coding, and once; other codings are not known.
  const auto codings = split(text, ',');
  const bool last_is_chunked = equals_ignoring_case(trim_ows(codings.back()), "chunked");
  const auto chunked = std::ranges::count_if(
      codings, [](auto one) { return equals_ignoring_case(trim_ows(one), "chunked"); });
  if (last_is_chunked && chunked == 1) return refuse(501, "the transfer coding is not supported");
  refuse(400, "an invalid Transfer-Encoding");
}

void http_request_parser::read_expectation() {
  const std::string_view wanted = request_.header("Expect");
  // RFC 9110 §10.1.1: an expectation in HTTP/1.0 is ignored.
  if (wanted.empty() || minor_ == 0) return;
  if (!equals_ignoring_case(wanted, "100-continue")) {
    return refuse(417, "the expectation is not supported");
  }
  expects_continue_ = true;
}

std::size_t http_request_parser::feed_content(std::string_view bytes) {
  const std::size_t taken = std::min(left_, bytes.size());
  request_.body.append(bytes.substr(0, taken));
  left_ -= taken;
  if (left_ == 0) place_ = place::end;
  return taken;
}

std::size_t http_request_parser::feed_chunk_size(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool line_ends = line_octet(bytes[i]);
    ++framing_octets_;
    if (!refusal_ && line_octets_ > http_chunk_line_octets_max) {
      refuse(400, "a chunk size that is too long");
    }
    const std::size_t allowed =
        limits_.header_octets_max + framing_octets_per_octet * request_.body.size();
    if (!refusal_ && framing_octets_ > allowed) refuse(400, "more chunk headers than content");
    if (refusal_) return i;
    if (bytes[i] != '\r' && bytes[i] != '\n') head_.push_back(bytes[i]);
    if (!line_ends) continue;
    line_octets_ = 0;
    read_chunk_size();
    return i + 1;
  }
  return bytes.size();
}

void http_request_parser::read_chunk_size() {
  const std::string line = std::exchange(head_, {});
  // RFC 9112 §7.1.1: extensions may follow, with "bad whitespace" in front of the semicolon.
  const std::string_view digits = trim_ows(std::string_view(line).substr(0, line.find(';')));
  std::size_t size = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, size, 16);
  const bool padded = !line.empty() && (line.front() == ' ' || line.front() == '\t');
  if (digits.empty() || stop != end || padded || problem == std::errc::invalid_argument) {
    return refuse(400, "an invalid chunk size");
  }
  const std::size_t room = limits_.body_octets_max - request_.body.size();
  if (problem != std::errc() || size > room) return refuse(413, "the content is too large");
  left_ = size;
  place_ = size == 0 ? place::trailer : place::chunk_data;
}

std::size_t http_request_parser::feed_chunk_data(std::string_view bytes) {
  const std::size_t taken = std::min(left_, bytes.size());
  request_.body.append(bytes.substr(0, taken));
  left_ -= taken;
  if (left_ == 0) place_ = place::chunk_end;
  last_ = '\0';
  return taken;
}

std::size_t http_request_parser::feed_chunk_end(std::string_view bytes) {
  const char want = last_ == '\r' ? '\n' : '\r';
  if (bytes.front() != want) {
    refuse(400, "a chunk that is longer than its size");
    return 0;
  }
  last_ = bytes.front();
  ++framing_octets_;
  if (want == '\n') place_ = place::chunk_size;
  return 1;
}

/// RFC 9110 §6.5.1: trailer fields may be ignored, and none of them may become a header field.
std::size_t http_request_parser::feed_trailer(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool line_ends = line_octet(bytes[i]);
    if (!refusal_ && head_.size() == limits_.header_octets_max) {
      refuse(431, "the trailer is too large");
    }
    if (refusal_) return i;
    head_.push_back(bytes[i]);
    if (line_ends && std::exchange(line_octets_, 0) == 2) {
      std::string().swap(head_);
      place_ = place::end;
      return i + 1;
    }
  }
  return bytes.size();
}

}  // namespace signpost::net
