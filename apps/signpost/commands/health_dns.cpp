// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <future>
#include <memory>
#include <optional>

#include "api/dns/spf_look.hpp"
#include "apps/config/dkim_keys.hpp"
#include "apps/config/zones_file.hpp"
#include "apps/signpost/commands/health_checks.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/dkim/key_record.hpp"
#include "proto/dkim/signer.hpp"

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

// RFC 6376 §3.6.1: what stands in `p=` of one of the name's records.
finding check_key(dns::resolver& resolver, const config::dkim_key& key) {
  const auto name = key.record_name();
  const auto got = look_up(resolver, {.name = name, .type = dns::record_type::txt});
  if (has_failed(got)) {
    return {health::warn, "DKIM", fmt::format("{}: the DNS does not answer", name), "try again"};
  }
  const auto advice = fmt::format("publish what `signpost dkim show {}` prints", key.domain);
  if (got.records.empty() && key.when_seen) {
    return {health::warn, "DKIM",
            fmt::format("{} is not in the DNS: the key is pending, and nothing is signed with it",
                        name),
            advice};
  }
  if (got.records.empty()) {
    return {health::warn, "DKIM",
            fmt::format("{} is not in the DNS: nobody can verify what this key signs", name),
            advice};
  }
  if (got.records.size() > 1) {
    return {health::fail, "DKIM",
            fmt::format("{} has {} TXT records; which one counts is undefined", name,
                        got.records.size()),
            "keep one; " + advice};
  }
  if (dkim::publishes(got, key.key->public_half())) {
    return {health::ok, "DKIM",
            name
                + (key.when_seen ? " is in the DNS: a running node soon signs with the key"
                                 : " is the key that signs")};
  }
  const auto* const what = key.when_seen
                               ? "{} has another key than the one that waits for it: nothing is "
                                 "signed"
                               : "{} has another key than the one that signs: all our signatures "
                                 "fail";
  return {health::fail, "DKIM", fmt::format(fmt::runtime(what), name),
          advice + " (forms on the web cut long values)"};
}

}  // namespace

findings check_signing_keys(dns::resolver& resolver, const daemon_settings& s,
                            std::size_t keys_max) {
  if (!s.mail.signing.enabled) return {};
  const auto directory = dkim_directory(s);
  const config::dkim_keys keys(directory);
  const auto domains = keys.domains();
  if (!domains) return {};  // check_secrets() has said why
  findings out;
  std::size_t looked_at = 0;
  const auto service =
      address::domain::parse(actors::service_domain_of(s.mail.signing, s.host_name));
  if (service && !std::ranges::binary_search(*domains, service->ascii())) {
    out.push_back({health::warn, "DKIM",
                   fmt::format("{} has no key: mail goes without our signature and ARC",
                               service->ascii()),
                   "make one: signpost dkim keygen " + service->ascii()});
  }
  for (const auto& domain : *domains) {
    auto used = keys.active(domain);
    if (!used) continue;
    const auto awaited = keys.awaited(domain).value_or(std::vector<config::dkim_key>());
    used->insert(used->end(), awaited.begin(), awaited.end());
    for (const auto& key : *used) {
      if (++looked_at > keys_max) return out;
      out.push_back(check_key(resolver, key));
    }
  }
  return out;
}

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

findings check_own_names(dns::resolver& resolver, const std::string& host_name,
                         const std::vector<ip_address>& sending) {
  findings out;
  bool unknown = false;
  std::vector<ip_address> looked_at;
  for (const auto type : {dns::record_type::a, dns::record_type::aaaa}) {
    const auto got = look_up(resolver, {.name = host_name, .type = type});
    unknown = unknown || has_failed(got);
    for (const auto& r : got.records) {
      looked_at.push_back(r.address);
      out.push_back(check_address(resolver, r.address, host_name));
    }
  }
  const bool named = !out.empty();
  for (const auto& address : sending) {
    if (std::ranges::find(looked_at, address) != looked_at.end()) continue;
    out.push_back(check_address(resolver, address, host_name));
  }
  if (named) return out;
  if (unknown) {
    out.push_back(
        {health::warn, "host name", host_name + ": the DNS does not answer", "try again"});
    return out;
  }
  out.push_back({health::fail, "host name", host_name + " has no address in the DNS",
                 "publish A or AAAA records for node.host_name, because it is the MX of your "
                 "zones"});
  return out;
}

std::vector<ip_address> sending_addresses(const daemon_settings& s) {
  std::vector<ip_address> out;
  for (const auto& text : {s.mail.delivery.source_ipv4, s.mail.delivery.source_ipv6}) {
    if (const auto address = ip_address::parse(text)) out.push_back(*address);
  }
  if (!out.empty()) return out;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return out;
  for (const auto* at = all; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || (at->ifa_flags & IFF_UP) == 0) continue;
    std::array<char, NI_MAXHOST> text{};
    const int family = at->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const auto size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (::getnameinfo(at->ifa_addr, static_cast<socklen_t>(size), text.data(), NI_MAXHOST, nullptr,
                      0, NI_NUMERICHOST) != 0) {
      continue;
    }
    const auto address = ip_address::parse(text.data());
    if (address && address->is_public()) out.push_back(*address);
  }
  ::freeifaddrs(all);
  return out;
}

findings check_outbound(dns::resolver& resolver, const daemon_settings& s) {
  const bool by_route = std::ranges::any_of(s.mail.delivery.routes, [](const std::string& route) {
    return route.starts_with("*=");
  });
  if (by_route) return {};
  std::string tried;
  for (const auto* const domain : {signed_name, "debian.org"}) {
    const auto mx = look_up(resolver, {.name = domain, .type = dns::record_type::mx});
    if (mx.records.empty()) continue;
    const auto& host = mx.records.front().name;
    const auto got = look_up(resolver, {.name = host, .type = dns::record_type::a});
    if (got.records.empty()) continue;
    const auto done = try_connection({.address = got.records.front().address, .port = 25});
    if (done) return {{health::ok, "outbound", "port 25 of other hosts can be reached"}};
    tried += (tried.empty() ? "" : ", ") + host + ": " + done.error().context;
  }
  if (tried.empty()) return {};
  return {{health::warn, "outbound", "port 25 of other hosts cannot be reached: " + tried,
           "mail cannot leave: a firewall, or the provider until it is asked, blocks port 25"}};
}

namespace {

// What keeps mail for the domain from coming here, and what is sent on from passing.
finding check_domain(dns::resolver& resolver, const std::string& domain,
                     const std::string& host_name, const std::vector<ip_address>& senders) {
  std::string faults;
  health level = health::ok;
  const auto add = [&](health how, const std::string& what) {
    faults += (faults.empty() ? "" : "; ") + what;
    level = std::max(level, how);
  };
  const auto mx = look_up(resolver, {.name = domain, .type = dns::record_type::mx});
  if (has_failed(mx)) {
    add(health::warn, "the DNS does not answer");
  } else if (!names(mx, host_name)) {
    add(health::fail, "no MX record names " + host_name + ", so mail does not come here");
  } else if (mx.records.size() > 1) {
    add(health::warn, "other hosts than " + host_name + " are MX as well");
  }
  api::spf_look look(domain, host_name, senders);
  for (auto open = look.questions(); !open.empty(); open = look.questions()) {
    std::vector<std::optional<dns::answer>> answers;
    for (const auto& one : open) answers.emplace_back(look_up(resolver, one));
    look.answer(answers);
  }
  if (const auto refused = look.refused(); !refused.empty()) {
    add(health::fail, "SPF does not allow this node to send for it (" + refused + ")");
  }
  if (faults.empty()) return {health::ok, "DNS", domain + " has its records"};
  return {level, "DNS", domain + ": " + printable(faults, 600),
          fmt::format("publish MX 10 {0}. and TXT \"v=spf1 a:{0} ~all\"", host_name)};
}

}  // namespace

findings check_file_zones(dns::resolver& resolver, const daemon_settings& s,
                          std::uint64_t zones_max) {
  const auto zones = config::load_zones(s.zones_file);
  if (!zones) return {{health::fail, "zones", zones.error().context, "signpost config check"}};
  const auto senders =
      api::senders_of(look_up(resolver, {.name = s.host_name, .type = dns::record_type::a}),
                      look_up(resolver, {.name = s.host_name, .type = dns::record_type::aaaa}));
  findings out;
  std::uint64_t looked_at = 0;
  for (const auto& zone : *zones) {
    if (!zone.enabled) continue;
    if (zones_max > 0 && ++looked_at > zones_max) {
      out.push_back({health::warn, "DNS", fmt::format("only the first {} zones were looked at",
                                                      zones_max),
                     "signpost doctor --zones 0 looks at all of them"});
      break;
    }
    out.push_back(check_domain(resolver, zone.name.ascii(), s.host_name, senders));
    for (const auto& sub : zone.subdomains) {
      out.push_back(check_domain(resolver, sub.ascii(), s.host_name, senders));
    }
  }
  return out;
}

}  // namespace signpost::cli
