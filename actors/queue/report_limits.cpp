// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/report_limits.hpp"

#include <string>

#include "proto/address/limit_key.hpp"

namespace signpost::actors {

report_limits::report_limits(const report_limit_options& o, std::string_view secret)
    : options_(o),
      addresses_({.secret = "addresses" + std::string(secret)}),
      domains_({.secret = "domains" + std::string(secret)}) {}

bool report_limits::take(const address::mailbox& to, bool proven, steady_time now) {
  const auto person = address::limit_key(to);
  const auto most = proven ? options_.per_address : options_.unproven_per_address;
  if (addresses_.count(person, now) >= most) return false;
  if (!proven) {
    const auto names = address::limit_domains(to);
    // The domains above cover more than one host, and at the top those of many owners.
    constexpr std::int64_t factor_above = 10;
    auto domain_most = options_.unproven_per_domain;
    for (const auto& name : names) {
      if (domains_.count(name, now) >= domain_most) return false;
      domain_most = options_.unproven_per_domain * factor_above;
    }
    for (const auto& name : names) domains_.add(name, now);
  }
  addresses_.add(person, now);
  return true;
}

}  // namespace signpost::actors
