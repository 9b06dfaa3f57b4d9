// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The DNS records that a routed domain needs, and what is wrong with those it has.
//
//     const auto wanted = routing_records(world, domain);
//     const auto seen = world.dns->wait(world, wanted);
//
// The network is asked beside the request: `wait` gives the resolver's callbacks `wait_max` and
// then answers without them; they fill the memory for the next request.
//
// Threads: any. Limits: `domains_max` domains are remembered; a check is as good as new for
// `fresh_for`.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/dns/dns_report.hpp"
#include "base/clock.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::api {

struct rest_world;

/// What one domain must publish so that its mail is routed: of its plan MX, SPF and DKIM. Of the
/// zone itself, or of one of its subdomains. DKIM keys only if they are the zone's: if it is the
/// active one of its name.
[[nodiscard]] dns_plan routing_records(const rest_world& world, const std::string& domain,
                                       bool has_keys = true);

/// `code`: mx.missing and mx.foreign, for which dns_report has finer ones, and those that it has
/// for SPF and DKIM.
struct dns_fault {
  std::string code;
  std::string text;
  std::size_t record = 0;  ///< the one of `records` that is meant
};

struct dns_check {
  steady_time when;
  /// False if the DNS gave no answer to some question: what is missing then is not known.
  bool complete = false;
  std::vector<dns_fault> faults;
};

/// `answers` are those to the questions about the plan's records.
[[nodiscard]] dns_check judge(const dns_plan& wanted,
                              const std::vector<std::optional<dns::answer>>& answers);

class dns_watch {
 public:
  static constexpr std::chrono::seconds wait_max{3};
  static constexpr std::chrono::seconds fresh_for{20};
  static constexpr std::size_t domains_max = 20'000;

  dns_watch();
  /// The last check, if there was one, however old; starts a new one if it is not fresh.
  [[nodiscard]] std::optional<dns_check> last(const rest_world& world, const dns_plan& wanted);
  /// A fresh one if it comes in time, else the last.
  [[nodiscard]] std::optional<dns_check> wait(const rest_world& world, const dns_plan& wanted);

 private:
  struct memory;
  void start(const rest_world& world, const dns_plan& wanted);

  std::shared_ptr<memory> memory_;  // callbacks may arrive after the watch has been destroyed
};

}  // namespace signpost::api
