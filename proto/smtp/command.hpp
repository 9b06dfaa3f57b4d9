// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One SMTP command line as a typed value (RFC 5321 §4.1.1 and the extensions that we offer).
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

#include "proto/smtp/path.hpp"
#include "proto/smtp/replies.hpp"

namespace signpost::smtp {

/// EHLO or HELO. The name views the parsed line; it has only letters, digits and `-._:[]`.
struct hello_command {
  std::string_view name;
  bool extended = false;
};

struct mail_command {
  reverse_path sender;
  std::optional<std::uint64_t> size;  ///< SIZE (RFC 1870 §6)
  bool eight_bit = false;             ///< BODY=8BITMIME (RFC 6152)
  bool smtputf8 = false;              ///< SMTPUTF8 (RFC 6531)
  bool has_parameters = false;
};

struct rcpt_command {
  forward_path recipient;
  bool is_ascii = true;  ///< as it was written; the path itself has A-labels
  bool has_parameters = false;
};

/// BDAT (RFC 3030 §2).
struct bdat_command {
  std::uint64_t size = 0;
  bool last = false;
};

struct data_command {};
struct rset_command {};
struct noop_command {};
struct quit_command {};
struct vrfy_command {};
struct help_command {};
struct starttls_command {};

using command = std::variant<hello_command, mail_command, rcpt_command, bdat_command, data_command,
                             rset_command, noop_command, quit_command, vrfy_command, help_command,
                             starttls_command>;

/// Parses `line`, which is without its CRLF. Verbs and keywords in any case; optional white space
/// after the colon of MAIL and RCPT, missing angle brackets and trailing white space are tolerated,
/// as real clients need them. A refusal is the row of the reply table to send.
tl::expected<command, say> parse_command(std::string_view line);

/// True if `line` begins with the verb BDAT: a refusal then leaves an unknown number of octets.
bool is_bdat(std::string_view line);

}  // namespace signpost::smtp
