// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/mx_plan.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace signpost::model {
namespace {

constexpr std::string_view private_setting = "delivery.allow_private_destinations";

mx_failure failure_of(reply_kind kind, std::string text = {}) {
  return {.kind = kind, .reply = make_reply(kind, text)};
}

std::string_view dns_trouble(const dns::answer& answer) {
  if (answer.security == dns::security::bogus) return "DNSSEC validation failed";
  return answer.status == dns::status::timeout ? "no answer in time" : "name server failure";
}

mx_failure dns_failure(std::string_view what, std::string_view name, const dns::answer& answer) {
  auto text = "DNS " + std::string(what) + " of " + std::string(name) + ": "
              + std::string(dns_trouble(answer));
  if (!answer.reason.empty()) text += " (" + printable(answer.reason, 120) + ")";
  return failure_of(reply_kind::dns_failed, std::move(text));
}

mx_failure private_failure(std::string_view name) {
  return failure_of(reply_kind::private_address,
                    std::string(name) + " only has loopback or private addresses, and "
                        + std::string(private_setting) + " is off");
}

template <typename T>
void shuffle(std::vector<T>& items, std::size_t from, std::size_t to, random_source& random) {
  for (auto i = to; i > from + 1; --i) {
    std::swap(items[i - 1], items[from + random.below(i - from)]);
  }
}

bool failed(const dns::answer& answer) {
  return answer.status == dns::status::servfail || answer.status == dns::status::timeout
         || answer.security == dns::security::bogus;
}

bool is_own_name(const mx_policy& policy, std::string_view name) {
  return std::ranges::any_of(policy.own_names,
                             [&](const auto& own) { return equals_ignoring_case(own, name); });
}

bool is_own_address(const mx_policy& policy, const ip_address& address) {
  return std::ranges::find(policy.own_addresses, address) != policy.own_addresses.end();
}

bool is_reachable(const mx_policy& policy, const ip_address& address) {
  if (address.is_unspecified()) return false;
  return policy.allow_private || !(address.is_loopback() || address.is_private());
}

// RFC 5321 §5.1: by preference, equals in random order.
void put_in_order(std::vector<mx_host>& hosts, random_source& random) {
  std::ranges::stable_sort(hosts, {}, &mx_host::preference);
  for (std::size_t from = 0; from < hosts.size();) {
    auto to = from + 1;
    while (to < hosts.size() && hosts[to].preference == hosts[from].preference) ++to;
    shuffle(hosts, from, to, random);
    from = to;
  }
}

std::vector<mx_host> named_hosts(const dns::answer& mx) {
  std::vector<mx_host> hosts;
  for (const auto& record : mx.records) {
    // A host name, not an address: RFC 5321 §5.1 and a common mistake.
    if (record.name.empty() || ip_address::parse(record.name)) continue;
    const auto known = std::ranges::find(hosts, record.name, &mx_host::name);
    if (known == hosts.end()) {
      hosts.push_back({record.name, record.preference});
    } else {
      known->preference = std::min(known->preference, record.preference);
    }
  }
  return hosts;
}

// RFC 5321 §5.1: where one of our own names or addresses is found, "all records at that preference
// level and higher-numbered ones MUST be discarded from consideration".
void cut_at(std::vector<mx_host>& hosts, std::uint16_t preference) {
  std::erase_if(hosts, [&](const mx_host& h) { return h.preference >= preference; });
}

mx_failure loop_failure(const mx_policy& policy, std::string text = {}) {
  if (policy.in_doubt) return failure_of(reply_kind::setup_doubtful);
  return failure_of(reply_kind::mx_is_ourselves, std::move(text));
}

mx_hosts_result failed_hosts(mx_failure failure) {
  mx_hosts_result r;
  r.failure = std::move(failure);
  return r;
}

mx_hosts_result without_ourselves(std::vector<mx_host> hosts, const mx_policy& policy) {
  const auto own =
      std::ranges::find_if(hosts, [&](const mx_host& h) { return is_own_name(policy, h.name); });
  if (own != hosts.end()) {
    const auto name = own->name;
    cut_at(hosts, own->preference);
    if (hosts.empty()) {
      return failed_hosts(
          loop_failure(policy, "Mail loop: the best mail host is this host, " + name));
    }
  }
  const auto most = static_cast<std::size_t>(policy.hosts_max);
  if (hosts.size() > most) hosts.resize(most);
  return {.hosts = std::move(hosts)};
}

// The usable addresses of one host, families by turns, IPv6 first.
std::vector<ip_address> by_turns(const host_addresses& found, const mx_policy& policy,
                                 random_source& random) {
  const auto usable = [&](const dns::answer& answer) {
    std::vector<ip_address> out;
    if (failed(answer)) return out;
    for (const auto& record : answer.records) {
      if (is_reachable(policy, record.address)) out.push_back(record.address);
    }
    shuffle(out, 0, out.size(), random);
    return out;
  };
  const auto v6 = usable(found.aaaa);
  const auto v4 = usable(found.a);
  std::vector<ip_address> mixed;
  for (std::size_t i = 0; i < std::max(v6.size(), v4.size()); ++i) {
    if (i < v6.size()) mixed.push_back(v6[i]);
    if (i < v4.size()) mixed.push_back(v4[i]);
  }
  return mixed;
}

// How many addresses of each host to take: first two each, one per family, then what is left goes
// to the hosts in order.
std::vector<std::size_t> shares_of(const std::vector<std::vector<ip_address>>& lists,
                                   std::size_t most) {
  constexpr std::size_t first_share = 2;
  std::vector<std::size_t> shares(lists.size());
  for (const bool first : {true, false}) {
    for (std::size_t i = 0; i < lists.size(); ++i) {
      const auto wanted = first ? std::min(first_share, lists[i].size()) : lists[i].size();
      const auto more = std::min(wanted - shares[i], most);
      shares[i] += more;
      most -= more;
    }
  }
  return shares;
}

// Our own addresses among those of the hosts: the preference at which the list is cut.
std::optional<std::uint16_t> own_preference(const mx_hosts_result& hosts,
                                            const std::vector<host_addresses>& addresses,
                                            const mx_policy& policy) {
  for (std::size_t i = 0; i < hosts.hosts.size(); ++i) {
    for (const auto* answer : {&addresses[i].a, &addresses[i].aaaa}) {
      if (std::ranges::any_of(answer->records, [&](const auto& record) {
            return is_own_address(policy, record.address);
          })) {
        return hosts.hosts[i].preference;
      }
    }
  }
  return std::nullopt;
}

// Why no address is left: the reason that gives mail the best chance comes first.
mx_failure why_nowhere(const mx_hosts_result& hosts, const std::vector<host_addresses>& addresses,
                       const mx_policy& policy, bool ourselves) {
  bool unreachable = false;
  for (std::size_t i = 0; i < hosts.hosts.size(); ++i) {
    const auto& name = hosts.hosts[i].name;
    if (failed(addresses[i].a)) return dns_failure("A", name, addresses[i].a);
    if (failed(addresses[i].aaaa)) return dns_failure("AAAA", name, addresses[i].aaaa);
    unreachable |= !addresses[i].a.records.empty() || !addresses[i].aaaa.records.empty();
  }
  if (ourselves) return loop_failure(policy);
  if (unreachable) return private_failure(hosts.hosts.front().name);
  // RFC 5321 §5.1: "If MX records are present, but none of them are usable, or the implicit MX is
  // unusable, this situation MUST be reported as an error."
  return failure_of(hosts.implicit ? reply_kind::no_such_domain : reply_kind::mx_unusable);
}

}  // namespace

void declare_settings(settings_table& table, mx_policy& policy) {
  table.add(std::string(private_setting), policy.allow_private,
            {.help = "Also deliver to loopback, private and link-local addresses."});
  table.add(
      "delivery.mx_hosts_max", policy.hosts_max,
      {.min = "1", .max = "100", .help = "How many mail hosts of one destination are looked up."});
  table.add("delivery.addresses_max", policy.addresses_max,
            {.min = "1", .max = "50", .help = "How many addresses are tried in one attempt."});
}

mx_hosts_result mx_hosts(const address::domain& domain, const dns::answer& mx,
                         const mx_policy& policy, random_source& random) {
  if (failed(mx)) return failed_hosts(dns_failure("MX", domain.ascii(), mx));
  if (mx.status == dns::status::nxdomain) {
    return failed_hosts(
        failure_of(reply_kind::no_such_domain, "The domain " + domain.ascii() + " does not exist"));
  }
  if (mx.status == dns::status::nodata || mx.records.empty()) {
    auto r = without_ourselves({{domain.ascii(), 0}}, policy);
    r.implicit = true;
    return r;
  }
  auto hosts = named_hosts(mx);
  if (hosts.empty()) {
    // RFC 7505 §3: one MX whose name is the root.
    const bool null_mx =
        std::ranges::all_of(mx.records, [](const auto& record) { return record.name.empty(); });
    return failed_hosts(failure_of(null_mx ? reply_kind::null_mx : reply_kind::mx_unusable));
  }
  put_in_order(hosts, random);
  return without_ourselves(std::move(hosts), policy);
}

mx_targets_result mx_targets(const mx_hosts_result& hosts,
                             const std::vector<host_addresses>& addresses, const mx_policy& policy,
                             random_source& random) {
  SP_ASSERT(hosts.hosts.size() == addresses.size());
  const auto own = own_preference(hosts, addresses, policy);
  std::vector<std::vector<ip_address>> lists(addresses.size());
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const bool cut = own && hosts.hosts[i].preference >= *own;
    if (!cut) lists[i] = by_turns(addresses[i], policy, random);
  }
  const auto shares = shares_of(lists, static_cast<std::size_t>(policy.addresses_max));
  mx_targets_result r;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    for (std::size_t k = 0; k < shares[i]; ++k) {
      r.targets.push_back({hosts.hosts[i].name, lists[i][k], hosts.hosts[i].preference});
    }
  }
  if (r.targets.empty()) r.failure = why_nowhere(hosts, addresses, policy, own.has_value());
  return r;
}

mx_targets_result literal_targets(const ip_address& literal, const mx_policy& policy) {
  mx_targets_result r;
  if (is_own_address(policy, literal)) {
    r.failure = failure_of(reply_kind::mx_is_ourselves);
  } else if (!is_reachable(policy, literal)) {
    r.failure = private_failure(literal.to_literal());
  } else {
    r.targets.push_back({literal.to_literal(), literal, 0});
  }
  return r;
}

std::string site_key(const std::vector<mx_host>& hosts) {
  std::vector<std::string_view> names;
  for (const auto& host : hosts) names.push_back(host.name);
  std::ranges::sort(names);
  std::string key;
  for (const auto name : names) {
    if (!key.empty()) key += ',';
    key += name;
  }
  return key;
}

}  // namespace signpost::model
