// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The message that rules/explain is asked about: envelope, size, and the results of its
// authentication. These are given by the caller, taken from the message itself, or assumed.
//
// Threads: any. Waits for the DNS if the message itself is given, `check_wait_max` at most.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "api/frame/json.hpp"
#include "api/frame/rest_call.hpp"
#include "model/authentication/admission.hpp"
#include "proto/smtp/path.hpp"

namespace signpost::api {

inline constexpr std::chrono::seconds check_wait_max{5};

struct explain_input {
  smtp::reverse_path from;
  smtp::forward_path to;
  std::uint64_t size = 0;
  std::string message = {};  ///< with CRLF; empty: not given
  model::authentication_results found;
  /// The assumptions that were made, for human readers.
  std::vector<std::string> assumed;
};

/// `{"from"?, "to", "client_address"?, "helo"?, "size"?, "authentication"?, "message"?}`; `to` may
/// be called `recipient`. With `message` and `client_address` and without `authentication`, SPF,
/// DKIM, DMARC and ARC are checked as for a message that arrives now. 2007 names the invalid
/// member.
[[nodiscard]] answer<explain_input> explain_input_of(const rest_world& world, const json& body);

}  // namespace signpost::api
