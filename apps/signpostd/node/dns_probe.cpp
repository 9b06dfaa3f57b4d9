// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/dns_probe.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"

namespace signpost {

dns_probe::dns_probe(dns::resolver& resolver, const clock& time, random_source& random,
                     std::string name)
    : resolver_(resolver), time_(time), random_(random), name_(std::move(name)) {
  state_->answered_ms = now_ms();
}

std::int64_t dns_probe::now_ms() const {
  return std::chrono::duration_cast<milliseconds>(time_.steady_now().time_since_epoch()).count();
}

void dns_probe::step() {
  const auto now = now_ms();
  if (now < next_ms_ || state_->asking.exchange(true)) return;
  next_ms_ = now + interval.count();
  std::array<std::byte, 8> label{};
  random_.fill(label);
  resolver_.resolve({.name = "probe-" + to_hex(label) + "." + name_, .type = dns::record_type::a},
                    [state = state_, time = &time_](const dns::answer& answer) {
                      using enum dns::status;
                      if (answer.status != servfail && answer.status != timeout) {
                        state->answered_ms = std::chrono::duration_cast<milliseconds>(
                                                 time->steady_now().time_since_epoch())
                                                 .count();
                      }
                      state->asking = false;
                    });
}

std::string dns_probe::trouble() const {
  const milliseconds silent{now_ms() - state_->answered_ms};
  if (silent < silent_max) return {};
  return "no DNS answer for " + std::to_string(silent.count() / 1000)
         + " s; mail is kept and not returned; check dns.forwarders, /etc/resolv.conf and "
           "whether port 53 is open";
}

}  // namespace signpost
