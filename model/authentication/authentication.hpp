// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// All checks of one received message (SPF of both identities, DKIM, ARC, and DMARC on top) as one
// state machine that makes DNS queries and gets the answers in any order:
//
//     authentication a(request, options);
//     for (const auto& q : a.next_questions()) ask(q);          // all at once
//     …                                                         // for each answer, as it comes:
//     a.answer(question, dns_answer);
//     for (const auto& q : a.next_questions()) ask(q);
//     …
//     if (a.finished()) const auto results = a.results();
//
// SPF, DKIM, ARC and the walk to the author's DMARC policy run in parallel; DMARC is judged when
// SPF and DKIM are done. A query that two checks share is made once.
//
// Threads: one at a time. Limits: those of the libraries; the caller bounds the time and ends a
// check that takes too long with `give_up`. The public key operations run inside `answer`, when the
// last key has arrived: some tens of microseconds for each signature.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "model/authentication/admission.hpp"
#include "proto/dkim/verifier.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::model {

/// The message and where it came from.
struct authentication_request {
  ip_address client;
  std::string helo;
  std::string sender;  ///< MAIL FROM without brackets; empty = null reverse-path
  /// The message as received; must outlive the check.
  std::string_view octets;
  wall_time now;
};

/// Keys of signers that were parsed before. An empty implementation is valid.
///
/// Threads: those of all checks that use it.
class key_store {
 public:
  virtual ~key_store() = default;
  /// The key under this name (lower case, A-labels), if it is known and still valid.
  virtual std::optional<dkim::found_key> find(std::string_view name) = 0;
  /// A key that was just found and is valid for `ttl`.
  virtual void keep(std::string_view name, const dkim::found_key& key, seconds ttl) = 0;
};

struct authentication_options {
  /// Our name in Authentication-Results (RFC 8601 §2.5) and Received-SPF.
  std::string authserv_id;
  dkim::verifier_options dkim;
  /// Domains (`d=` of an ARC-Seal, exactly, in A-labels and lower case) whose statements on DMARC
  /// are trusted.
  std::vector<std::string> trusted_sealers;
  key_store* keys = nullptr;  ///< queried before the DNS; may be null
};

class authentication {
 public:
  /// `options` must outlive it.
  authentication(authentication_request request, const authentication_options& options);
  ~authentication();
  authentication(const authentication&) = delete;
  authentication& operator=(const authentication&) = delete;

  /// The queries to make now that were not handed out before.
  [[nodiscard]] std::vector<dns::question> next_questions();
  /// The answer to a query that was handed out; answers after the end are ignored.
  void answer(const dns::question& question, const dns::answer& answer);
  /// Ends unfinished checks as temperror; afterwards it is finished.
  void give_up(std::string_view why);
  [[nodiscard]] bool finished() const;
  /// Only after it has finished.
  [[nodiscard]] const authentication_results& results() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace signpost::model
