// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The DNS records that a routed domain needs, and the faults of those it has.
//
//     const auto wanted = routing_records(world, domain);
//     const auto seen = world.dns->wait(world, wanted);
//
// Queries run independently of the request: `wait` gives the resolver's callbacks `wait_max` and
// then answers without them; their results are kept for the next request.
//
// Threads: any. Limits: `domains_max` domains are remembered; a check counts as new for
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

/// What one domain, the zone itself or one of its subdomains, must publish so that its mail is
/// routed: MX, SPF and DKIM of its plan. DKIM keys only if they are the zone's, that is, if it is
/// the active one of its name.
[[nodiscard]] dns_plan routing_records(const rest_world& world, const std::string& domain,
                                       bool has_keys = true);

/// `code`: mx.missing and mx.foreign, for which dns_report has finer codes, and its codes for SPF
/// and DKIM.
struct dns_fault {
  std::string code;
  std::string text;
  std::size_t record = 0;  ///< the element of `records` concerned
};

struct dns_check {
  steady_time when;
  /// False if the DNS did not answer some query: then it is unknown what is missing.
  bool complete = false;
  std::vector<dns_fault> faults;
};

/// `answers` are the answers to the queries about the plan's records.
[[nodiscard]] dns_check judge(const dns_plan& wanted,
                              const std::vector<std::optional<dns::answer>>& answers,
                              spf_look look = {});

class dns_watch {
 public:
  static constexpr std::chrono::seconds wait_max{3};
  static constexpr std::chrono::seconds fresh_for{20};
  static constexpr std::size_t domains_max = 20'000;

  dns_watch();
  /// The last check, if there was one, however old; starts a new one if it is not fresh.
  [[nodiscard]] std::optional<dns_check> last(const rest_world& world, const dns_plan& wanted);
  /// A new one if it is done in time, otherwise the last.
  [[nodiscard]] std::optional<dns_check> wait(const rest_world& world, const dns_plan& wanted);

 private:
  struct memory;
  void start(const rest_world& world, const dns_plan& wanted);

  std::shared_ptr<memory> memory_;  // callbacks may arrive after the watch has been destroyed
};

}  // namespace signpost::api
