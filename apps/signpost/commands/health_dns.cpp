// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <memory>

#include "apps/signpost/commands/health_checks.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr std::chrono::seconds patience{12};
/// Signed for as long as there is DNSSEC; TXT of the root's own zone of names.
constexpr const char* signed_name = "ietf.org";

bool has_failed(const dns::answer& a) {
  return a.status == dns::status::servfail || a.status == dns::status::timeout;
}

bool names(const dns::answer& a, const std::string& name) {
  return std::ranges::any_of(a.records,
                             [&](const auto& r) { return equals_ignoring_case(r.name, name); });
}

// PTR of one address, and whether it leads back.
finding check_address(dns::resolver& resolver, const ip_address& address,
                      const std::string& host_name) {
  const auto text = address.to_string();
  const auto ptr =
      look_up(resolver, {.name = address.reverse_name(), .type = dns::record_type::ptr});
  if (has_failed(ptr)) {
    return {health::warn, "PTR", fmt::format("{}: the DNS does not answer", text), "try again"};
  }
  if (names(ptr, host_name)) {
    return {health::ok, "PTR", fmt::format("{} and {} point to each other", text, host_name)};
  }
  const auto other = ptr.records.empty() ? std::string("has no PTR record")
                                         : "has the PTR record " + ptr.records.front().name;
  return {health::fail, "PTR", fmt::format("{} {}", text, printable(other, 200)),
          fmt::format("ask your provider to set the PTR record of this address to {}; large "
                      "receivers refuse mail without it",
                      host_name)};
}

}  // namespace

dns::answer look_up(dns::resolver& resolver, dns::question question) {
  // The answer may come after we have stopped waiting.
  const auto promise = std::make_shared<std::promise<dns::answer>>();
  auto future = promise->get_future();
  resolver.resolve(std::move(question), [promise](const dns::answer& a) { promise->set_value(a); });
  if (future.wait_for(patience) == std::future_status::ready) return future.get();
  dns::answer late;
  late.status = dns::status::timeout;
  return late;
}

findings check_resolver(dns::resolver& resolver) {
  const auto got = look_up(resolver, {.name = signed_name, .type = dns::record_type::mx});
  if (has_failed(got)) {
    return {{health::fail, "resolver",
             fmt::format("no answer for {}{}", signed_name,
                         got.reason.empty() ? "" : ": " + printable(got.reason, 200)),
             "without the DNS no mail can be sent; check dns.forwarders and /etc/resolv.conf"}};
  }
  findings out{{health::ok, "resolver", "it answers"}};
  if (got.security == dns::security::secure) {
    out.push_back({health::ok, "DNSSEC", "answers are validated"});
  } else {
    out.push_back({health::warn, "DNSSEC", "answers are not validated, so DANE is not used",
                   "use a resolver that passes on signatures, or none (dns.use_resolv_conf: "
                   "false); install the root keys (apt install dns-root-data)"});
  }
  return out;
}

findings check_own_names(dns::resolver& resolver, const std::string& host_name) {
  findings out;
  bool unknown = false;
  for (const auto type : {dns::record_type::a, dns::record_type::aaaa}) {
    const auto got = look_up(resolver, {.name = host_name, .type = type});
    unknown = unknown || has_failed(got);
    for (const auto& r : got.records) {
      out.push_back(check_address(resolver, r.address, host_name));
    }
  }
  if (!out.empty()) return out;
  if (unknown) {
    return {{health::warn, "host name", host_name + ": the DNS does not answer", "try again"}};
  }
  return {{health::fail, "host name", host_name + " has no address in the DNS",
           "publish A or AAAA records for node.host_name, because it is the MX of your zones"}};
}

}  // namespace signpost::cli
