// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What receivers will find when they check SPF of mail that this node sends on for a domain: the
// domain's record evaluated (RFC 7208) for each address the node sends from, whatever words the
// record has for it. Asks nobody itself: it says which questions it has.
//
//     spf_look look("example.org", "mx.example.net", senders);
//     for (auto q = look.questions(); !q.empty(); q = look.questions()) look.answer(ask_all(q));
//
// Threads: values. Limits: `senders_max` addresses are looked at.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "proto/dns/resolver.hpp"
#include "proto/spf/evaluation.hpp"

namespace signpost::api {

class spf_look {
 public:
  static constexpr std::size_t senders_max = 8;

  spf_look() = default;
  spf_look(const std::string& domain, const std::string& helo,
           const std::vector<ip_address>& senders);

  /// What has to be asked now, at once; empty when there is nothing more to ask.
  [[nodiscard]] std::vector<dns::question> questions() const;
  /// The answers to these, in their order. What the DNS did not answer ends as not known.
  void answer(std::span<const std::optional<dns::answer>> answers);

  /// True if each address was judged, and there is one.
  [[nodiscard]] bool is_known() const;
  /// The addresses that the record does not let send, with why, for people; empty if it lets all.
  [[nodiscard]] std::string refused() const;

 private:
  struct sender {
    ip_address address;
    spf::evaluation check;
  };
  std::vector<sender> senders_;
};

/// The addresses in answers about the node's name.
[[nodiscard]] std::vector<ip_address> senders_of(const std::optional<dns::answer>& v4,
                                                 const std::optional<dns::answer>& v6);

}  // namespace signpost::api
