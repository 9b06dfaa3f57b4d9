// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One attack: what it sends, what it may cost, and what is done with it.
//
// Threads: values.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proto/dns/resolver.hpp"

namespace signpost::bench {

/// What an attack may cost, relative to what it sends (octets of the message and of the DNS answers
/// that it is given).
struct bound {
  double hashes = 0;      ///< times SHA-256 over all that was sent
  double verifies = 0;    ///< RSA-2048 verifications, besides
  double memory = 0;      ///< octets for each octet sent
  std::size_t fixed = 0;  ///< octets besides
};

/// DNS as the attacker serves it.
class hostile_zone {
 public:
  hostile_zone& add(std::string_view name, dns::record_type type, dns::record what);
  hostile_zone& add_txt(std::string_view name, std::string_view text);
  /// Whatever is asked and not in the table.
  hostile_zone& otherwise(std::function<dns::answer(const dns::question&)> make);
  /// Counts the octets it hands out in `given`.
  [[nodiscard]] dns::answer operator()(const dns::question& q) const;
  void forget() const { given_ = 0; }
  [[nodiscard]] std::size_t given() const { return given_; }

 private:
  std::map<std::pair<std::string, dns::record_type>, std::vector<dns::record>> records_;
  std::function<dns::answer(const dns::question&)> otherwise_;
  mutable std::size_t given_ = 0;
};

/// A message and the DNS behind it.
struct sent {
  std::string message;
  hostile_zone zone;
  std::string sender = "ann@attacker.example";
  std::string helo = "mx.attacker.example";
};

struct scenario {
  std::string name;
  bound limit;
  /// Octets sent, if it is not `message` and what the zone gives; for scenarios with a `run`.
  std::size_t octets = 0;
  sent what;
  /// What is done; nothing = the whole check of a message.
  std::function<void()> run;
};

/// Everything that is made of a message before it is taken: SPF, DKIM, ARC, DMARC, and which
/// Authentication-Results are forged.
void check_everything(const sent& what);

/// `quick` ones are small enough for every run of the tests.
std::vector<scenario> header_scenarios(bool quick);
std::vector<scenario> body_scenarios(bool quick);
std::vector<scenario> key_scenarios(bool quick);
std::vector<scenario> dns_scenarios(bool quick);

}  // namespace signpost::bench
