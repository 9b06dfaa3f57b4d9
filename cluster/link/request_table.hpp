// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The requests to one peer that have no answer yet. Each is finished exactly once: by its answer,
// by its deadline, or because the connection or the peer is gone.
//
//     const auto number = table.add(connection, now + milliseconds(500), done);
//     if (const auto waits = table.finish(number)) waits(answer);
//     for (auto& late : table.expired(now)) late(fail(errc::unavailable, "no answer in time"));
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace signpost::cluster::link {

using connection_id = std::uint64_t;
using answered = std::function<void(result<std::string>)>;

class request_table {
 public:
  /// The number that the answer will have. Numbers are not used again.
  std::uint64_t add(connection_id on, steady_time deadline, answered done);
  /// What waits for it, which no longer does; empty if nothing does (a late answer).
  [[nodiscard]] answered finish(std::uint64_t number);
  [[nodiscard]] bool waits_for(std::uint64_t number) const { return waiting_.contains(number); }
  /// The connection on which it was sent; 0 if nothing waits for it.
  [[nodiscard]] connection_id connection_of(std::uint64_t number) const;
  /// Those whose deadline has passed; they no longer wait.
  [[nodiscard]] std::vector<answered> expired(steady_time now);
  /// Those that were sent on that connection, or all of them.
  [[nodiscard]] std::vector<answered> sent_on(connection_id on);
  [[nodiscard]] std::vector<answered> all();
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
  struct waiting {
    connection_id on;
    steady_time deadline;
    answered done;
  };

  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, waiting> waiting_;
  std::set<std::pair<steady_time, std::uint64_t>> deadlines_;
};

}  // namespace signpost::cluster::link
