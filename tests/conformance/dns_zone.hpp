// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The made-up DNS of a suite: `name → [{TYPE: value}…]` or `name → {TYPE: [value…]}`, as
// suites/README.md describes it for the kinds spf and dmarc.
//
// Threads: one.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "proto/dns/resolver.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {

class dns_zone {
 public:
  explicit dns_zone(const json& zone) {
    for (const auto& [name, records] : zone.items()) {
      auto& entries = names_[key(name)];
      if (records.is_object()) {
        for (const auto& [type, values] : records.items()) {
          for (const auto& value : values) entries.emplace_back(type, value);
        }
        continue;
      }
      for (const auto& one : records) {
        for (const auto& [type, value] : one.items()) entries.emplace_back(type, value);
      }
    }
  }

  /// A missing name is nxdomain, a missing type nodata; `TIMEOUT` is what it says for all types not
  /// listed before it; names of errors end as servfail.
  [[nodiscard]] dns::answer look_up(const dns::question& q) const { return look_up(q, 0); }

 private:
  using entry = std::pair<std::string, json>;

  static std::string key(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return to_lower(name);
  }

  [[nodiscard]] dns::answer look_up(const dns::question& q, int hops) const {
    const auto name = key(q.name);
    if (hops > 10 || name.starts_with("error.") || name.starts_with("_dns_error")) {
      return {.status = dns::status::servfail};
    }
    const auto found = names_.find(name);
    if (found == names_.end()) return {.status = dns::status::nxdomain};
    dns::answer out{.status = dns::status::nodata};
    const auto type = std::string(to_string(q.type));
    for (const auto& [entry_type, value] : found->second) {
      if (entry_type == "TIMEOUT" && out.records.empty()) return {.status = dns::status::timeout};
      if (entry_type == "CNAME" && type != "CNAME") {
        return look_up({.name = value.get<std::string>(), .type = q.type}, hops + 1);
      }
      if (entry_type != type) continue;
      if (value == "TIMEOUT") return {.status = dns::status::timeout};
      out.status = dns::status::records;
      out.records.push_back(record_of(q.type, value));
    }
    return out;
  }

  static dns::record record_of(dns::record_type type, const json& value) {
    dns::record r;
    switch (type) {
      case dns::record_type::txt:
        for (const auto& piece : value.is_array() ? value : json::array({value})) {
          r.text += piece.get<std::string>();
        }
        break;
      case dns::record_type::mx:
        r.preference = value.at(0).get<std::uint16_t>();
        r.name = key(value.at(1).get<std::string>());
        break;
      case dns::record_type::a:
      case dns::record_type::aaaa:
        r.address = ip_address::parse(value.get<std::string>()).value_or(ip_address());
        break;
      default:
        r.name = key(value.get<std::string>());
    }
    return r;
  }

  std::map<std::string, std::vector<entry>> names_;
};

}  // namespace signpost::conformance
