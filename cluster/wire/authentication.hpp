// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node that has received a message asks of one that checks who sent it, and what it is told.
//
// Threads: values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cluster/wire/parts.hpp"
#include "model/authentication/admission.hpp"

namespace signpost::cluster::wire {

/// As many as `smtp.recipients_max` allows.
inline constexpr std::size_t recipients_max = 100'000;
/// Octets of a question: that many recipients, each of the longest path.
inline constexpr std::size_t authentication_octets_max = 32U << 20;
/// Domains whose signatures passed, at least as many as anybody verifies.
inline constexpr std::size_t dkim_domains_max = 256;
/// Octets of an answer: domains, authors, and the fields that are put above the message.
inline constexpr std::size_t authentication_answer_octets_max = 1U << 20;

struct authentication_question {
  client_facts client;
  smtp::reverse_path sender;
  bool eight_bit = false;
  bool smtputf8 = false;
  std::vector<smtp::forward_path> recipients;
  body_reference body;
  wall_time received;
  friend bool operator==(const authentication_question&,
                         const authentication_question&) = default;
};

/// errc::unavailable: it cannot be checked now.
using authentication_answer = result<model::authentication_results>;

[[nodiscard]] std::string encode(const authentication_question& q);
[[nodiscard]] std::string encode(const authentication_answer& a);
/// errc::malformed for octets that are none; errc::limit_exceeded (authentication_octets_max,
/// authentication_answer_octets_max).
[[nodiscard]] result<authentication_question> decode_authentication_question(
    std::string_view octets);
[[nodiscard]] authentication_answer decode_authentication_answer(std::string_view octets);

}  // namespace signpost::cluster::wire
