// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is answered to RCPT: the routing table's decision, or the way back of a bounce to an address
// that we rewrote (SRS). Pure but for the clock it is given.
//
// Threads: const, any; the snapshot is read once per call.
#pragma once

#include <variant>

#include "actors/routing/srs_keys.hpp"
#include "base/clock.hpp"
#include "model/config_store.hpp"
#include "proto/smtp/path.hpp"

namespace signpost::actors {

class recipient_policy {
 public:
  recipient_policy(const model::config_store& config, const srs_keys& keys,
                   std::string fallback_local, const clock& time)
      : config_(config), keys_(keys), fallback_local_(std::move(fallback_local)), time_(time) {}

  /// Kinds `forward`, `drop` and `postmaster` are accepted, `undecided` until the message is here;
  /// the others carry the refusal in `reply`.
  /// `supply` says what may be done for it; what it does not allow is `costly`, to be asked again
  /// of the rule desk.
  [[nodiscard]] model::route_decision decide(const smtp::reverse_path& sender,
                                             const smtp::forward_path& recipient,
                                             model::pattern_supply& supply) const;

 private:
  [[nodiscard]] model::route_decision way_back(const smtp::reverse_path& sender,
                                               const address::mailbox& recipient,
                                               std::string zone,
                                               model::pattern_supply& supply) const;

  const model::config_store& config_;
  const srs_keys& keys_;
  std::string fallback_local_;
  const clock& time_;
};

}  // namespace signpost::actors
