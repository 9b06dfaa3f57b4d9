// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <span>

#include "base/text.hpp"
#include "net/socket_address.hpp"
#include "net/unix_socket.hpp"

namespace signpost::net {
namespace {

using deadline = std::chrono::steady_clock::time_point;

/// Waits until the socket is ready or the time is up.
result<void> wait_for(int fd, short events, deadline until) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return fail(errc::unavailable, "no answer in time");
    pollfd one{fd, events, 0};
    const int ready =
        ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(errc::unavailable, "poll: " + errno_text(errno));
  }
}

result<unique_fd> connect_tcp(const endpoint& where, deadline until) {
  SP_TRY(unique_fd fd, make_tcp_socket(where.address));
  const socket_address address(where);
  int number = 0;
  if (::connect(fd.get(), address.get(), address.size) != 0) number = errno;
  if (number == EINPROGRESS) {
    SP_CHECK(wait_for(fd.get(), POLLOUT, until));
    socklen_t size = sizeof number;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &number, &size);
  }
  if (number != 0) return fail(errc::unavailable, where.to_string() + ": " + errno_text(number));
  return fd;
}

result<unique_fd> connect_to(const http_call_options& options, deadline until) {
  if (const auto* where = std::get_if<endpoint>(&options.server)) return connect_tcp(*where, until);
  SP_TRY(unique_fd fd, connect_unix(std::get<std::string>(options.server)));
  ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  return fd;
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

result<std::string> write_request(const http_call_options& options) {
  const auto* where = std::get_if<endpoint>(&options.server);
  const std::string host = where != nullptr ? where->to_string() : "localhost";
  std::string text = options.method + " " + options.target + " HTTP/1.1\r\n";
  std::vector<http_header> headers{{"Host", host}, {"Connection", "close"}};
  headers.insert(headers.end(), options.headers.begin(), options.headers.end());
  if (!options.body.empty()) headers.push_back({"Content-Type", options.content_type});
  if (!options.body.empty() || (options.method != "GET" && options.method != "HEAD")) {
    headers.push_back({"Content-Length", std::to_string(options.body.size())});
  }
  for (const auto& one : headers) {
    if (!is_one_line(one.name) || !is_one_line(one.value)) {
      return fail(errc::malformed, "line break in header " + printable(one.name));
    }
    text += one.name + ": " + one.value + "\r\n";
  }
  const bool target_is_one_word = is_one_line(options.target)
                                  && options.target.find(' ') == std::string::npos
                                  && options.target.starts_with('/');
  if (!target_is_one_word) return fail(errc::malformed, "target " + printable(options.target));
  return text + "\r\n" + options.body;
}

result<void> send_all(int fd, std::string_view bytes, deadline until) {
  while (!bytes.empty()) {
    SP_CHECK(wait_for(fd, POLLOUT, until));
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    // A server that refuses a large body answers before it has read all of it.
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return {};
    if (sent < 0) return fail(errc::unavailable, "send: " + errno_text(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

result<http_response> receive(int fd, bool to_head, deadline until) {
  std::string bytes;
  std::array<char, 16 * 1024> space{};
  for (;;) {
    SP_CHECK(wait_for(fd, POLLIN, until));
    const ssize_t got = ::recv(fd, space.data(), space.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got > 0) bytes.append(space.data(), static_cast<std::size_t>(got));
    SP_TRY(auto parsed, parse_http_response(bytes, got <= 0, to_head));
    if (parsed) return std::move(*parsed);
    if (got < 0) return fail(errc::unavailable, "receive: " + errno_text(errno));
    if (got == 0) return fail(errc::unavailable, "the server closed the connection");
    if (bytes.size() > http_response_octets_max) {
      return fail(errc::limit_exceeded, "http_response_octets_max");
    }
  }
}

/// The octets of `size` in hexadecimal at the start of a chunk; extensions behind `;` are ignored.
std::optional<std::size_t> chunk_size(std::string_view line) {
  const std::string_view digits = trim(line.substr(0, line.find(';')));
  std::size_t size = 0;
  const auto [end, problem] =
      std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (problem != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (size > http_response_octets_max) return std::nullopt;
  return size;
}

/// RFC 9112 §7.1. Nothing while more must come.
result<std::optional<std::string>> read_chunks(std::string_view rest) {
  std::string body;
  for (;;) {
    const auto line_end = rest.find("\r\n");
    if (line_end == std::string_view::npos) return std::nullopt;
    const auto size = chunk_size(rest.substr(0, line_end));
    if (!size) return fail(errc::malformed, "bad chunk size");
    rest.remove_prefix(line_end + 2);
    if (*size == 0) return body;
    if (rest.size() < *size + 2) return std::nullopt;
    body.append(rest.substr(0, *size));
    if (rest.substr(*size, 2) != "\r\n") return fail(errc::malformed, "bad chunk end");
    rest.remove_prefix(*size + 2);
  }
}

result<http_response> read_head(std::string_view head) {
  http_response made;
  const auto lines = split(head, '\n');
  const std::string_view status_line = trim(lines.front());
  const auto status =
      status_line.size() >= 12 ? parse_uint(status_line.substr(9, 3)) : std::nullopt;
  if (!status_line.starts_with("HTTP/1.") || !status)
    return fail(errc::malformed, "no HTTP answer");
  made.status = static_cast<int>(*status);
  for (const std::string_view line : std::span(lines).subspan(1)) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return fail(errc::malformed, "bad header line");
    made.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
  }
  made.content_type = made.header("Content-Type");
  return made;
}

}  // namespace

result<std::optional<http_response>> parse_http_response(std::string_view bytes, bool ended,
                                                         bool to_head) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return std::nullopt;
  SP_TRY(auto made, read_head(bytes.substr(0, head_end)));
  const std::string_view rest = bytes.substr(head_end + 4);
  // RFC 9110 §15.2: interim answers come before the one that counts.
  if (made.status / 100 == 1) return parse_http_response(rest, ended, to_head);
  if (to_head || made.status == 204 || made.status == 304) return made;
  if (equals_ignoring_case(made.header("Transfer-Encoding"), "chunked")) {
    SP_TRY(auto body, read_chunks(rest));
    if (!body) return std::nullopt;
    made.body = std::move(*body);
    return made;
  }
  if (const auto length = made.header("Content-Length"); !length.empty()) {
    const auto octets = parse_uint(length);
    if (!octets) return fail(errc::malformed, "bad Content-Length");
    if (*octets > http_response_octets_max) {
      return fail(errc::limit_exceeded, "http_response_octets_max");
    }
    if (rest.size() < *octets) return std::nullopt;
    made.body = rest.substr(0, *octets);
    return made;
  }
  // RFC 9112 §6.3 (8): the end of the connection is the end of the body.
  if (!ended) return std::nullopt;
  made.body = rest;
  return made;
}

result<http_response> http_call(const http_call_options& options) {
  const deadline until = std::chrono::steady_clock::now() + options.timeout;
  SP_TRY(const std::string request, write_request(options));
  SP_TRY(const unique_fd fd, connect_to(options, until));
  SP_CHECK(send_all(fd.get(), request, until));
  return receive(fd.get(), options.method == "HEAD", until);
}

}  // namespace signpost::net
