// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A resolver that answers from a table.
//
//     test::table_resolver dns([&](auto task) { network.post(std::move(task)); });
//     dns.add_mx("example.org", 10, "mx.example.org").add_address("mx.example.org", "192.0.2.1");
//     dns.set_status("broken.example", dns::status::servfail);
//
// Threads: any. `done` runs wherever the deferring function runs it.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/dns/resolver.hpp"

namespace signpost::test {

class table_resolver final : public dns::resolver {
 public:
  /// Runs its argument later, exactly once.
  using defer_function = std::function<void(std::function<void()>)>;
  explicit table_resolver(defer_function defer) : defer_(std::move(defer)) {}

  // Adding to a name and type that has records adds to them. Names are compared without case and
  // without the final dot.
  table_resolver& add(std::string_view name, dns::record_type type, dns::record what);
  /// A or AAAA, whichever `address` is; what is no address is ignored.
  table_resolver& add_address(std::string_view name, std::string_view address);
  table_resolver& add_mx(std::string_view name, std::uint16_t preference, std::string_view host);
  table_resolver& add_txt(std::string_view name, std::string_view text);
  table_resolver& add_ptr(std::string_view address, std::string_view name);
  table_resolver& add_cname(std::string_view name, std::string_view target);
  /// Every question for the name ends so, whatever records it has.
  table_resolver& set_status(std::string_view name, dns::status how);
  /// Every question for the name and type ends so.
  table_resolver& set_status(std::string_view name, dns::record_type type, dns::status how);
  /// What answers for the name say of DNSSEC; `insecure` if not set.
  table_resolver& set_security(std::string_view name, dns::security how);
  /// TTL of answers; 300 s if not set.
  table_resolver& set_ttl(std::chrono::seconds ttl);
  void remove(std::string_view name);

  /// A name with no record at all is nxdomain; one with records of other types is nodata. CNAMEs
  /// are followed for `cname_hops_max` steps, then the answer is servfail. A question given
  /// `status::timeout` is answered with it at once.
  void resolve(dns::question q, callback done) override;

  /// All questions asked so far, in order, as they were asked.
  [[nodiscard]] std::vector<dns::question> asked() const;

 private:
  struct entry {
    std::map<dns::record_type, std::vector<dns::record>> records;
    std::map<dns::record_type, dns::status> statuses;
    std::optional<dns::status> all;
    dns::security security = dns::security::insecure;
  };

  [[nodiscard]] dns::answer look_up(const dns::question& q) const;
  [[nodiscard]] static std::string key(std::string_view name);

  defer_function defer_;
  mutable std::mutex mutex_;
  std::map<std::string, entry, std::less<>> names_;  // guarded by mutex_
  std::vector<dns::question> asked_;                 // guarded by mutex_
  std::chrono::seconds ttl_{300};                    // guarded by mutex_
};

}  // namespace signpost::test
