// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The keys of a DKIM or ARC suite: name → TXT record, {"rcode": …} or {"error": …}.
//
// Threads: one.
#pragma once

#include <map>
#include <string>

#include "base/text.hpp"
#include "proto/dkim/key_record.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {

class dkim_zone {
 public:
  /// Later records take the place of earlier ones.
  void add(const json& records) {
    for (const auto& [name, record] : records.items()) by_name_[to_lower(name)] = record;
  }

  [[nodiscard]] dkim::found_key find(const std::string& name) const {
    const auto at = by_name_.find(name);
    dns::answer answer;
    answer.status = dns::status::nxdomain;
    if (at == by_name_.end()) return dkim::read_key(answer);
    answer.status = dns::status::records;
    if (at->second.is_string()) {
      answer.records.push_back({.text = at->second.get<std::string>()});
    } else if (at->second.is_array()) {
      for (const auto& one : at->second) answer.records.push_back({.text = one});
    } else {
      answer.status = at->second.value("rcode", "") == "NXDOMAIN" ? dns::status::nxdomain
                                                                  : dns::status::servfail;
    }
    return dkim::read_key(answer);
  }

 private:
  std::map<std::string, json> by_name_;
};

/// `text` with every line end as CRLF.
inline std::string with_crlf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

}  // namespace signpost::conformance
