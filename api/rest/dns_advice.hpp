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
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::api::rest {

struct rest_world;
struct wanted_record;

/// What one domain should publish.
struct domain_records {
  std::string domain;
  std::string mx_host;
  std::string spf_mechanism;
  std::vector<wanted_record> records;  ///< MX, SPF, DKIM
};
/// Of the zone itself, or of one of its subdomains. DKIM keys only if they are the zone's: if it is
/// the active one of its name.
[[nodiscard]] domain_records routing_records(const rest_world& world, const std::string& domain,
                                             bool has_keys = true);

/// `code`: mx.missing, mx.foreign, spf.missing, spf.several, spf.mechanism, dkim.missing,
/// dkim.differs.
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

/// The answers to `questions_of`, in that order.
[[nodiscard]] std::vector<dns::question> questions_of(const domain_records& wanted);
[[nodiscard]] dns_check judge(const domain_records& wanted,
                              const std::vector<dns::answer>& answers);

class dns_watch {
 public:
  static constexpr std::chrono::seconds wait_max{3};
  static constexpr std::chrono::seconds fresh_for{20};
  static constexpr std::size_t domains_max = 20'000;

  dns_watch();
  /// The last check, if there was one, however old; starts a new one if it is not fresh.
  [[nodiscard]] std::optional<dns_check> last(const rest_world& world,
                                              const domain_records& wanted);
  /// A fresh one if it comes in time, else the last.
  [[nodiscard]] std::optional<dns_check> wait(const rest_world& world,
                                              const domain_records& wanted);

 private:
  struct memory;
  void start(const rest_world& world, const domain_records& wanted);

  std::shared_ptr<memory> memory_;  // callbacks may come after the watch has gone
};

}  // namespace signpost::api::rest
