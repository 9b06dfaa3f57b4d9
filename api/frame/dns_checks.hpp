// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// DNS queries for API requests: identical ones that are open at the same time are sent once, and
// one that has been open for longer than anyone waits is not waited for again, so that a zone whose
// servers do not answer costs one wait and not one for each request.
//
// Threads: any; `answers` waits. Limits: `open_max` queries are open at once; further ones get no
// answer.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proto/dns/resolver.hpp"

namespace signpost::api {

class dns_checks : public std::enable_shared_from_this<dns_checks> {
 public:
  static constexpr std::size_t open_max = 1000;

  /// In the order of the queries; nothing where no answer came in time.
  [[nodiscard]] std::vector<std::optional<dns::answer>> answers(
      dns::resolver& resolver, const std::vector<dns::question>& questions,
      std::chrono::milliseconds wait_max);

  /// The number of waiting callers, each counted once for every query; for tests.
  [[nodiscard]] std::size_t waiting();

 private:
  using moment = std::chrono::steady_clock::time_point;
  using name = std::pair<std::string, dns::record_type>;
  using heard = std::function<void(const dns::answer&)>;
  struct open_question {
    moment since;
    std::vector<heard> waiting;
  };

  /// False if there is nothing to wait for: `tell` is not called then.
  bool ask(dns::resolver& resolver, const dns::question& question,
           std::chrono::milliseconds wait_max, heard tell);
  void answered(const name& which, const dns::answer& answer);

  std::mutex mutex_;
  std::map<name, open_question> open_;  // guarded by mutex_
};

}  // namespace signpost::api
