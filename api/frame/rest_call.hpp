// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One request of the client API as an endpoint sees it: the caller, the purpose, and the objects
// that its path names, already looked up and permitted.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/frame/access.hpp"
#include "api/frame/dkim_service.hpp"
#include "api/frame/dns_checks.hpp"
#include "api/frame/json.hpp"
#include "api/frame/mail_limits.hpp"
#include "api/frame/node_operations.hpp"
#include "api/frame/ownership_policy.hpp"
#include "api/frame/rest_problem.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/control/control_fwd.hpp"
#include "model/control/control_lists.hpp"
#include "model/control/control_objects.hpp"
#include "model/routing/routing_source.hpp"
#include "monitoring/families.hpp"
#include "net/http/http_message.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::storage {
class spool;
}

namespace signpost::api {

/// Limits an operator can set (`api.*`); 0 = no limit. Limits on the number of objects do not apply
/// to the operator on the control socket or to imports.
struct rest_limits {
  std::uint64_t rules_per_zone_max = 0;
  std::uint64_t addresses_per_account_max = 0;
  std::uint64_t zones_per_account_max = 0;
  std::uint64_t subdomains_per_zone_max = 0;
  std::uint64_t tokens_per_account_max = 0;
  std::uint64_t requests_per_minute_max = 1200;  ///< for each token
  /// For each account, by all its tokens together; not for the node's own tokens.
  std::uint64_t changes_per_day_max = 0;
  /// For each client without a valid token.
  std::uint64_t strangers_per_minute_max = 60;
  /// For each client, for the pages that need no token and for browsers' CORS requests.
  std::uint64_t public_per_minute_max = 600;
  /// Of one token, waiting for a thread.
  std::uint64_t waiting_each_max = 100;
  /// Requests that wait for the DNS at the same time, on separate threads.
  std::size_t dns_threads = 8;
  std::uint64_t audit_refusals_per_hour_max = 600;
  mail_limits mails;
  std::size_t body_octets_max = 1 << 20;
};

class dns_watch;
/// Remembers what was found of the zones' DNS records (dns_advice.hpp).
[[nodiscard]] std::shared_ptr<dns_watch> make_dns_watch();

class ownership_checks;
[[nodiscard]] std::shared_ptr<ownership_checks> make_ownership_checks();

/// What the endpoints use. Everything must outlive the gateway and may be called on any thread.
struct rest_world {
  /// Null: the node's zones come from a file. Then there are no accounts or tokens, and endpoints
  /// that need the store answer 9503.
  model::control_store* store = nullptr;
  /// What the mail path uses now; for rules/explain.
  const model::routing_source& routing;
  const clock& time;
  random_source& random;
  dns::resolver& resolver;
  rest_limits limits;
  std::string host_name;   ///< the MX of routed zones
  std::string public_url;  ///< `https://signpost.example`, without a slash at the end
  std::string product = "signpost";
  /// Key of signed links (address verification), 32 octets.
  std::string link_key;
  /// What a zone's SPF record must include, e.g. `a:mx.example.net`.
  std::string spf_mechanism;
  /// Pages that need no token (links in mails, the OpenAPI document); nothing for other paths.
  std::function<std::optional<net::http_response>(const net::http_request&)> public_page;
  std::shared_ptr<dns_watch> dns = make_dns_watch();
  std::shared_ptr<dns_checks> checks = std::make_shared<dns_checks>();
  /// Counts refusals and mails; null: not counted.
  monitoring::metrics* metrics = nullptr;
  ownership_policy ownership = {};
  std::shared_ptr<ownership_checks> ownership_checked = make_ownership_checks();
  // Of the running node; null: endpoints that need it answer 503.
  node_operations* node = nullptr;
  storage::spool* spool = nullptr;
  dkim_service* dkim = nullptr;
  /// The domain with which the service signs its own mail; empty: `host_name`.
  std::string service_domain = {};
  /// What the session answers to RCPT TO, and what becomes of a return address (SRS) once the
  /// message is here, without counting it: the very functions of the mail path. Not set: what the
  /// table says alone.
  std::function<model::route_decision(const smtp::reverse_path&, const smtp::forward_path&)>
      answer_to_rcpt = {};
  std::function<model::route_decision(const smtp::forward_path&, model::route_decision,
                                      std::string_view message)>
      way_back_of = {};
};

struct caller {
  model::api_token token;
  /// On the control socket: the operator, who sets the limits of others.
  bool is_operator = false;
  std::string address;
  std::string user_agent;
};

/// A success.
struct rest_result {
  json result;
  json result_info = nullptr;  ///< null = left out
  json messages = json::array();
  int http_status = 200;
  /// Instead of all the above: an answer that is not JSON, sent unchanged.
  std::optional<net::http_response> raw = {};
};

/// Page numbers as at Cloudflare: from 1; `per_page` 5 to 50, 20 if not given.
struct page_request {
  std::uint64_t page = 1;
  std::uint32_t per_page = 20;
};

struct rest_call {
  const rest_world& world;
  const net::http_request& request;
  const caller& who;
  /// The configuration at the moment of the request; null only for endpoints that need no store.
  const model::control_reader* now = nullptr;
  /// Of `{account_id}`, or the zone's.
  std::optional<model::account> account;
  /// Of `{zone_id}`.
  std::optional<model::zone_object> zone;
  std::map<std::string, std::string, std::less<>> variables;
  /// Decoded query parameters; a name may be given more than once.
  std::multimap<std::string, std::string, std::less<>> query;
  /// Null if there was no body.
  json body;

  [[nodiscard]] const std::string& variable(std::string_view name) const;
  /// Whether one more object would be too many; never for the operator.
  [[nodiscard]] bool is_over(std::uint64_t max, std::uint64_t there) const {
    return max != 0 && !who.is_operator && there >= max;
  }
  /// The first value; nothing if it is absent.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
  /// invalid_input for a value that is not a number from 1, or is out of bounds.
  [[nodiscard]] answer<page_request> paging(std::uint32_t per_page_max = 50) const;
  [[nodiscard]] answer<std::optional<bool>> flag(std::string_view name) const;
  [[nodiscard]] answer<model::sort_order> direction(model::sort_order fallback) const;

  /// An audit entry of this call, to be completed with the resource and its states.
  [[nodiscard]] model::audit_entry audit(std::string_view action, std::string_view resource_type,
                                         std::string_view resource_id, const json& before,
                                         const json& after) const;
};

/// `{page, per_page, count, total_count, total_pages}`.
[[nodiscard]] json page_info(const page_request& p, std::size_t count, std::uint64_t total);

/// A page of objects, each by `show`.
template <typename T, typename Show>
[[nodiscard]] rest_result page_result(const page_request& p, const model::page_of<T>& page,
                                      const Show& show) {
  auto list = json::array();
  for (const auto& one : page.items) list.push_back(show(one));
  return {.result = std::move(list), .result_info = page_info(p, page.items.size(), page.total)};
}

}  // namespace signpost::api
