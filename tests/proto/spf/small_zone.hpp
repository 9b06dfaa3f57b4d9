// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A small DNS for tests of what asks and is answered: `{{"TXT example.org", "v=spf1 -all"}, …}`.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost {

/// Keys are `TYPE name`; the values "TIMEOUT" and "SERVFAIL" are failures. Several entries of one
/// key are several records; a name with another type is nodata; a name without any is nxdomain.
class small_zone {
 public:
  using entries = std::vector<std::pair<std::string, std::string>>;
  explicit small_zone(entries e) : entries_(std::move(e)) {}

  dns::answer operator()(const dns::question& q) {
    asked.push_back(q);
    const auto key = to_lower(std::string(to_string(q.type)) + " " + q.name);
    dns::answer a{.status = dns::status::nxdomain};
    for (const auto& [name, value] : entries_) {
      const auto lower = to_lower(name);
      if (lower.substr(lower.find(' ')) == " " + to_lower(q.name)
          && a.status == dns::status::nxdomain) {
        a.status = dns::status::nodata;
      }
      if (lower != key) continue;
      if (value == "TIMEOUT") return {.status = dns::status::timeout};
      if (value == "SERVFAIL") return {.status = dns::status::servfail};
      a.status = dns::status::records;
      a.records.push_back(record_of(q.type, value));
    }
    return a;
  }

  std::vector<dns::question> asked;

 private:
  static dns::record record_of(dns::record_type type, const std::string& value) {
    dns::record r;
    if (type == dns::record_type::txt) {
      r.text = value;
    } else if (type == dns::record_type::a || type == dns::record_type::aaaa) {
      r.address = ip_address::parse(value).value_or(ip_address());
    } else {
      r.name = value;
    }
    return r;
  }

  entries entries_;
};

}  // namespace signpost
