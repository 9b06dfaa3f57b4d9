// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads HTTP/1.1 requests from bytes as they arrive (RFC 9112), without sockets or clocks.
//
//     while (!bytes.empty() && parser.waiting()) bytes.remove_prefix(parser.feed(bytes));
//     if (parser.refusal()) return;  // and say why
//     if (parser.complete()) handle(parser.take());
//
// Strict where leniency lets two readers see two different requests (request smuggling): lines end
// with CRLF only, no NUL or other control characters, no folded fields, no space before a colon,
// one Content-Length of digits or one Transfer-Encoding, never both; exactly one Host in HTTP/1.1.
// Limits: http_request_limits; everything else is bounded by them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/http_message.hpp"

namespace signpost::net {

struct http_request_limits {
  /// For the request line and all fields, and again for the trailer fields. 431, or 414 if the
  /// request line is too long.
  std::size_t header_octets_max = 64 * 1024;
  /// 413: as soon as Content-Length shows it, or when the chunks add up to more.
  std::size_t body_octets_max = 1024 * 1024;
};

/// 431 for more.
inline constexpr std::size_t http_fields_max = 128;
/// A chunk's size with its extensions, which are ignored (RFC 9112 §7.1.1).
inline constexpr std::size_t http_chunk_line_octets_max = 256;

class http_request_parser {
 public:
  /// Why a request is not accepted. The connection cannot continue, because it is unknown where the
  /// next one begins.
  struct refused {
    int status = 400;
    std::string_view reason;  ///< a constant
  };

  explicit http_request_parser(const http_request_limits& limits) : limits_(limits) {}

  /// Reads from the front of `bytes` at most to the end of the request; returns how many octets it
  /// took: all of them while waiting() stays true.
  std::size_t feed(std::string_view bytes);

  /// More bytes are needed: the request is neither complete nor refused.
  [[nodiscard]] bool waiting() const { return place_ != place::end && !refusal_; }
  /// An octet of the request has come; an empty line before it does not count (RFC 9112 §2.2).
  [[nodiscard]] bool begun() const { return place_ != place::start; }
  [[nodiscard]] bool complete() const { return place_ == place::end && !refusal_; }
  [[nodiscard]] const std::optional<refused>& refusal() const { return refusal_; }
  /// The client waits for `100 Continue` before it sends the content (RFC 9110 §10.1.1).
  [[nodiscard]] bool expects_continue() const;
  /// For a complete request: another one may follow on this connection (RFC 9112 §9.3).
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  /// For a complete request, or one that is refused after its request line.
  [[nodiscard]] bool http_1_0() const { return minor_ == 0; }
  [[nodiscard]] bool to_head() const { return request_.method == "HEAD"; }
  /// Octets held in memory for the request.
  [[nodiscard]] std::size_t held() const {
    return head_.capacity() + request_.body.capacity() + header_octets_;
  }

  /// The request as far as it was read, all of it if it is complete. The parser is then ready for
  /// the next one.
  http_request take();

 private:
  enum class place : std::uint8_t {
    start,
    head,
    content,  ///< of a known length
    chunk_size,
    chunk_data,
    chunk_end,  ///< the CRLF after the data
    trailer,
    end,
  };

  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_content(std::string_view bytes);
  std::size_t feed_chunk_size(std::string_view bytes);
  std::size_t feed_chunk_data(std::string_view bytes);
  std::size_t feed_chunk_end(std::string_view bytes);
  std::size_t feed_trailer(std::string_view bytes);

  bool line_octet(char c);
  void refuse(int status, std::string_view reason);
  void read_head();
  void read_request_line(std::string_view line);
  void read_version(std::string_view version);
  void read_target(std::string_view target);
  void read_absolute_target(std::string_view rest);
  void read_field(std::string_view line);
  void check_host();
  void read_connection();
  void read_framing();
  void read_length(std::string_view text);
  void read_coding(std::string_view text);
  void read_expectation();
  void read_chunk_size();
  [[nodiscard]] std::size_t count(std::string_view name) const;

  http_request_limits limits_;
  place place_ = place::start;
  std::optional<refused> refusal_;
  http_request request_;
  std::string head_;                ///< octets of the head or of one chunk's size line
  std::string host_of_target_;      ///< of a target in absolute form
  std::size_t header_octets_ = 0;   ///< of the fields that were read
  std::size_t left_ = 0;            ///< octets of content, or of the chunk, that are still to come
  std::size_t framing_octets_ = 0;  ///< chunk sizes, their line ends, trailer fields
  std::size_t line_octets_ = 0;     ///< of the line that is being read
  int minor_ = 1;
  char last_ = '\0';  ///< the octet before, within a line
  bool first_line_ = true;
  bool absolute_ = false;
  bool skipped_empty_line_ = false;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
};

}  // namespace signpost::net
