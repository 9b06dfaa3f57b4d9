// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/endpoints.hpp"

#include <algorithm>

#include "api/addresses/endpoints.hpp"
#include "api/dns/endpoints.hpp"
#include "api/explain/endpoints.hpp"
#include "api/identity/endpoints.hpp"
#include "api/node/endpoints.hpp"
#include "api/rules/endpoints.hpp"
#include "api/zones/endpoints.hpp"

namespace signpost::api {

const std::vector<endpoint>& all_endpoints() {
  static const auto table = [] {
    std::vector<endpoint> all;
    for (const auto rows :
         {identity_endpoints(), token_endpoints(), audit_endpoints(), zone_endpoints(),
          routing_settings_endpoints(), routing_rule_endpoints(), routing_address_endpoints()}) {
      all.insert(all.end(), rows.begin(), rows.end());
    }
    const auto ours = all.size();
    for (const auto rows : {v1_node_endpoints(), v1_rule_endpoints(), v1_authentication_endpoints(),
                            v1_explain_endpoints(), v1_queue_endpoints(), v1_dkim_endpoints(),
                            v1_dns_endpoints(), v1_ownership_endpoints(),
                            v1_snapshot_endpoints()}) {
      all.insert(all.end(), rows.begin(), rows.end());
    }
    for (auto i = ours; i < all.size(); ++i) all[i].prefix = own_prefix;
    // `rules/catch_all` before `rules/{rule_id}`: letters sort before the brace.
    std::ranges::stable_sort(all, {}, &endpoint::path);
    return all;
  }();
  return table;
}

}  // namespace signpost::api
