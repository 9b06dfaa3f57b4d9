// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// HTTP requests and responses as values, for server and client (RFC 9110).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::net {

struct http_header {
  std::string name;
  std::string value;
};

struct http_request {
  std::string method;  ///< `GET`, upper case
  std::string path;    ///< as sent: percent-encoded, begins with `/`
  std::string query;   ///< as sent, without the question mark
  std::vector<http_header> headers;
  std::string body;
  std::string peer;  ///< the client's address without its port, `unix` on a Unix socket
  bool tls = false;  ///< it came over TLS

  /// The first header field of that name, compared without case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  /// The decoded value of a query parameter: of `a=1&b=x+y`, `b` is `x y`. Nothing if it is absent
  /// or badly encoded.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
};

struct http_response {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<http_header> headers;

  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// RFC 3986 §2.1; nothing if a `%` is not followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text,
                                                        bool plus_is_space = false);

/// "Not Found" for 404; "Status" for codes without a phrase.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace signpost::net
