// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What really happened to every message of a run: what was promised, what arrived, what is missing.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cluster/replication/machine.hpp"

namespace signpost::sim {

using cluster::replication::queue_id;

struct run_result {
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;
  std::uint64_t delivered = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reports = 0;      ///< messages that settlements made
  std::uint64_t adopted = 0;
  std::uint64_t fences = 0;
  std::uint64_t faults = 0;
  std::uint64_t wiped = 0;
  std::uint64_t drains = 0;
  std::uint64_t drained = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t events = 0;
  // Each of these is a failure.
  std::uint64_t lost = 0;         ///< acknowledged, neither delivered nor returned, and nowhere
  std::uint64_t stuck = 0;        ///< the same, and still somewhere
  std::uint64_t left_over = 0;    ///< copies or tombstones that nobody needs
  std::uint64_t needless = 0;     ///< taken over though a live node had it
  std::uint64_t revived = 0;      ///< taken over though it was done everywhere
  std::uint64_t unjust = 0;       ///< fenced though it was serving
  std::string first_failure;      ///< in words

  [[nodiscard]] bool failed() const {
    return lost + stuck + left_over + needless + revived + unjust != 0;
  }
  void add(const run_result& other);
};

class ledger {
 public:
  struct recipient {
    unsigned delivered = 0;
    bool removed = false;
    std::vector<queue_id> reports;  ///< messages that tell the sender
  };
  struct message {
    bool acknowledged = false;
    bool report = false;
    bool withdrawn = false;
    bool by_patience = false;  ///< taken over while others said WAIT or nothing
    bool forgotten = false;  ///< its tombstone has gone: everyone had confirmed
    std::vector<recipient> recipients;
  };

  message& of(const queue_id& id) { return messages_[id]; }
  [[nodiscard]] bool knows(const queue_id& id) const { return messages_.contains(id); }
  /// Delivered, returned to its sender, or removed by an operator: nothing more is owed.
  [[nodiscard]] bool settled(const queue_id& id) const;
  [[nodiscard]] const std::map<queue_id, message>& all() const { return messages_; }

 private:
  [[nodiscard]] bool settled(const recipient& r) const;
  std::map<queue_id, message> messages_;
};

}  // namespace signpost::sim
