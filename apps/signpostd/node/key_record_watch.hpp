// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Looks in the DNS for the records of new DKIM keys: a key signs only once verifiers can find it
// (docs/decisions/0023).
//
//     key_record_watch records(resolver, time);
//     for (const auto& key : records.step(awaited)) activate(key);   // every few seconds
//
// Threads: `step` from one at a time; answers come on the resolver's. Limits: `open_max` queries at
// once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/config/dkim_keys.hpp"
#include "base/clock.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost {

class key_record_watch {
 public:
  static constexpr std::size_t open_max = 8;
  /// How often, by the age of the key: somebody is at work on the first, nobody on the last. What
  /// the resolver remembers, above all that there is no record, adds to it.
  static constexpr milliseconds interval_in_first_hour{15'000};
  static constexpr milliseconds interval_in_first_day{60'000};
  static constexpr milliseconds interval_later{600'000};

  /// Both must outlive it; answers may come later.
  key_record_watch(dns::resolver& resolver, const clock& time);

  /// Asks for those whose time has come. Returns those whose record has been found since the last
  /// call: alone at its name, and with this key.
  std::vector<config::dkim_key> step(const std::vector<config::dkim_key>& awaited);

 private:
  struct answers;
  void ask(const config::dkim_key& key);
  [[nodiscard]] milliseconds interval_of(const config::dkim_key& key) const;

  dns::resolver& resolver_;
  const clock& time_;
  std::map<std::string, steady_time> next_;  ///< by the record's name
  std::shared_ptr<answers> answers_;         ///< shared with the queries under way
};

}  // namespace signpost
