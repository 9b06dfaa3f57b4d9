// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/dns/spf_look.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace signpost::api {
namespace {

bool is_silence(const std::optional<dns::answer>& a) {
  return !a || a->status == dns::status::timeout || a->status == dns::status::servfail;
}

}  // namespace

spf_look::spf_look(const std::string& domain, const std::string& helo,
                   const std::vector<ip_address>& senders) {
  for (const auto& address : senders) {
    if (senders_.size() == senders_max) break;
    senders_.push_back({.address = address,
                        .check = spf::evaluation({.client = address,
                                                  .helo = helo,
                                                  .sender = "postmaster@" + domain,
                                                  .receiver = helo})});
  }
}

std::vector<dns::question> spf_look::questions() const {
  std::vector<dns::question> open;
  for (const auto& one : senders_) {
    if (const auto& question = one.check.next_question()) open.push_back(*question);
  }
  return open;
}

void spf_look::answer(std::span<const std::optional<dns::answer>> answers) {
  auto next = answers.begin();
  for (auto& one : senders_) {
    if (!one.check.next_question()) continue;
    if (next == answers.end() || is_silence(*next)) {
      one.check.give_up("the DNS does not answer");
    } else {
      one.check.answer(**next);
    }
    if (next != answers.end()) ++next;
  }
}

bool spf_look::is_known() const {
  return !senders_.empty() && std::ranges::all_of(senders_, [](const sender& one) {
    return !one.check.next_question() && one.check.result().verdict != spf::verdict::temperror;
  });
}

std::string spf_look::refused() const {
  std::string out;
  for (const auto& one : senders_) {
    if (one.check.next_question()) continue;
    const auto& found = one.check.result();
    if (found.verdict == spf::verdict::pass || found.verdict == spf::verdict::temperror) continue;
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", one.address.to_string(),
                       spf::to_string(found.verdict));
    if (!found.problem.empty()) out += " (" + printable(found.problem, 200) + ")";
  }
  return out;
}

std::vector<ip_address> senders_of(const std::optional<dns::answer>& v4,
                                   const std::optional<dns::answer>& v6) {
  std::vector<ip_address> out;
  for (const auto* const a : {&v4, &v6}) {
    if (!*a) continue;
    for (const auto& record : (*a)->records) out.push_back(record.address);
  }
  return out;
}

}  // namespace signpost::api
