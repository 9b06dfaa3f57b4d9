// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// SMTP replies (RFC 5321 §4.2) with enhanced status codes (RFC 3463, RFC 2034).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/commit_receipt.hpp"
#include "base/result.hpp"

namespace signpost::smtp {

/// `5.7.1`; all zero = none.
struct enhanced_status {
  std::uint16_t klass = 0;
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;

  /// `5.7.1`: three numbers with a class of 2, 4 or 5 (RFC 3463 §2).
  static result<enhanced_status> parse(std::string_view text);
  [[nodiscard]] bool present() const { return klass != 0; }
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const enhanced_status&, const enhanced_status&) = default;
};

/// A reply as a value: code, enhanced status and lines of text without codes and CRLF.
struct reply {
  std::uint16_t code = 0;
  enhanced_status status;
  std::vector<std::string> lines;

  [[nodiscard]] bool positive() const { return code >= 200 && code < 400; }
  [[nodiscard]] bool transient() const { return code >= 400 && code < 500; }
  [[nodiscard]] bool permanent() const { return code >= 500 && code < 600; }
  /// `550 5.1.1 no such address`, the lines joined by spaces: for logs and DSNs.
  [[nodiscard]] std::string to_string() const;
  /// The octets on the wire: `550-5.1.1 first\r\n550 5.1.1 last\r\n`; text is made printable, lines
  /// are cut to limits::reply_line_octets.
  [[nodiscard]] std::string to_wire() const;
  friend bool operator==(const reply&, const reply&) = default;
};

/// Turns an error into code, enhanced status and text: the only place where this is decided for
/// errors. Policy refusals come from model::admit and model::route with their own text.
reply to_reply(const error& e);

/// A refusal: 4xx or 5xx. Asserts on any other code.
class refusal {
 public:
  explicit refusal(smtp::reply r);
  [[nodiscard]] const smtp::reply& reply() const { return reply_; }

 private:
  smtp::reply reply_;
};

/// The reply to a message after its final dot: acceptance, which requires a commit receipt, or a
/// refusal. There is no other way to create one.
class final_reply {
 public:
  /// `250 2.0.0 queued as <queue id>`.
  explicit final_reply(const commit_receipt& receipt);
  explicit final_reply(refusal r);
  [[nodiscard]] const smtp::reply& reply() const { return reply_; }

 private:
  smtp::reply reply_;
};

}  // namespace signpost::smtp
