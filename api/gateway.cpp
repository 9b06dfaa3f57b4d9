// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/gateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "api/endpoints.hpp"
#include "api/frame/change_budget.hpp"
#include "api/frame/rate_limiter.hpp"
#include "api/frame/refusal_budget.hpp"
#include "api/frame/request_target.hpp"
#include "api/frame/work_line.hpp"
#include "api/openapi.hpp"
#include "base/client_network.hpp"
#include "base/client_rates.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/control/control_store.hpp"

namespace signpost::api {
namespace {

const logger log_("api.gateway");

/// What http_server calls the peer on a Unix socket.
constexpr std::string_view unix_peer = "unix";
constexpr std::string_view operator_id = "cli";
// Code that walks the value recurses: a body of only brackets must not exhaust the stack.
constexpr std::size_t depth_max = 64;
constexpr std::size_t parameters_max = 100;
/// Tokens that were valid recently, remembered for their place in the line.
constexpr std::size_t known_tokens_max = 10'000;

using segments = std::vector<std::string>;
using variables = std::map<std::string, std::string, std::less<>>;

// Slashes at the end do no harm; empty segments match nothing.
std::optional<segments> segments_of(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  auto all = path_segments(path);
  if (all && std::ranges::any_of(*all, &std::string::empty)) return std::nullopt;
  return all;
}

std::optional<variables> match(std::string_view pattern, const segments& path) {
  pattern.remove_prefix(1);
  const auto parts = split(pattern, '/');
  if (parts.size() != path.size()) return std::nullopt;
  variables found;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].starts_with('{')) {
      found.emplace(parts[i].substr(1, parts[i].size() - 2), path[i]);
    } else if (parts[i] != path[i]) {
      return std::nullopt;
    }
  }
  return found;
}

/// The prefix that the path begins with; empty if it has neither.
std::string_view prefix_of(std::string_view path) {
  for (const auto prefix : {client_prefix, own_prefix}) {
    if (path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/')) return prefix;
  }
  return {};
}

struct chosen {
  const endpoint* where = nullptr;
  variables values;
};

answer<chosen> choose(const net::http_request& request) {
  const auto prefix = prefix_of(request.path);
  const auto path = segments_of(std::string_view(request.path).substr(prefix.size()));
  if (!path) return refuse(no_route());
  std::string_view pattern;
  std::string allowed;
  // RFC 9110 §9.3.2: HEAD is answered as GET; the server sends the fields alone.
  const auto method =
      request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
  for (const auto& e : all_endpoints()) {
    // The first that matches is the most exact one: `catch_all` is not an identifier of a rule.
    if (e.prefix != prefix || (!pattern.empty() && e.path != pattern)) continue;
    auto values = match(e.path, *path);
    if (!values) continue;
    if (e.method == method) return chosen{&e, std::move(*values)};
    pattern = e.path;
    allowed += allowed.empty() ? "" : ", ";
    allowed += e.method == "GET" ? "GET, HEAD" : e.method;
  }
  return refuse(allowed.empty() ? no_route() : method_not_allowed(allowed));
}

answer<std::multimap<std::string, std::string, std::less<>>> parse_query(std::string_view query) {
  std::multimap<std::string, std::string, std::less<>> out;
  if (query.empty()) return out;
  for (const auto part : split(query, '&')) {
    if (part.empty()) continue;
    auto one = decoded_parameter(part);
    if (!one || !is_utf8(one->first) || !is_utf8(one->second)) {
      return refuse(invalid_input("the query is not percent-encoded UTF-8"));
    }
    if (out.size() >= parameters_max) return refuse(invalid_input("too many query parameters"));
    out.insert(std::move(*one));
  }
  return out;
}

// A body nested deeper than any known object would cost stack in every walk over it.
bool is_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > depth_max) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

answer<json> parse_body(const net::http_request& request, std::size_t octets_max) {
  if (request.body.size() > octets_max) return refuse(body_too_large());
  if (trim(request.body).empty()) return json(nullptr);
  if (is_too_deep(request.body)) return refuse(malformed_body("the JSON is nested too deeply"));
  auto body = json::parse(request.body, nullptr, false);
  if (body.is_discarded()) return refuse(malformed_body("the body is not JSON"));
  return body;
}

/// Represents the user who opened the control socket.
model::api_token operator_token(random_source& random, wall_time now) {
  auto token = administrator_token({}, now, random);
  token.id = operator_id;
  token.name = operator_id;
  return token;
}

/// The token's text as the client sent it; empty if it sent none.
answer<std::string> token_text(const net::http_request& request) {
  const auto bearer = request.header("Authorization");
  if (!bearer.empty()) {
    constexpr std::string_view scheme = "Bearer ";
    if (!starts_with_ignoring_case(bearer, scheme)) return refuse(malformed_authorization());
    auto text = std::string(trim(bearer.substr(scheme.size())));
    if (!is_token_text(text)) return refuse(malformed_authorization());
    return text;
  }
  // Clients set up with a global key: only tokens are supported here.
  const auto key = request.header("X-Auth-Key");
  if (!key.empty() && !is_token_text(key)) return refuse(malformed_authorization());
  return std::string(key);
}

// One stranger's network: an IPv6 network of 64 bits belongs to a single customer.
std::string stranger_at(const std::string& peer) {
  const auto address = ip_address::parse(peer);
  return address ? client_of(*address).to_string() : peer;
}

work_owner owner_of(const model::api_token& token) {
  // Tokens of the administrator do not share a limit.
  return {.name = "token " + token.id,
          .group = token.account.empty() ? "token " + token.id : "account " + token.account};
}

/// Whose token this text was when it was last valid. It may have expired since: this only decides
/// the place in the line.
class known_tokens {
 public:
  void remember(const std::string& hash, work_owner owner) {
    const std::lock_guard lock(mutex_);
    if (owners_.size() >= known_tokens_max) owners_.clear();
    owners_.insert_or_assign(hash, std::move(owner));
  }
  [[nodiscard]] std::optional<work_owner> find(const std::string& hash) {
    const std::lock_guard lock(mutex_);
    const auto known = owners_.find(hash);
    if (known == owners_.end()) return std::nullopt;
    return known->second;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, work_owner> owners_;  // guarded by mutex_
};

void add_if_absent(net::http_response& response, std::string_view name, std::string value) {
  if (!response.header(name).empty()) return;
  response.headers.push_back({std::string(name), std::move(value)});
}

// Adds the headers that every answer has.
net::http_response finished(net::http_response response, const rate_count& counted = {}) {
  add_if_absent(response, "Cache-Control", "no-store");
  add_if_absent(response, "X-Content-Type-Options", "nosniff");
  if (counted.per_minute_max > 0) {
    add_if_absent(response, "RateLimit-Policy",
                  fmt::format("\"default\";q={};w=60", counted.per_minute_max));
    add_if_absent(response, "RateLimit",
                  fmt::format("\"default\";r={};t={}", counted.left, counted.next_minute_s));
  }
  return response;
}

}  // namespace

struct gateway::impl {
  impl(rest_world w, std::size_t threads)
      : world(std::move(w)),
        by_token(world.limits.requests_per_minute_max),
        changes(world.limits.changes_per_day_max),
        strangers(world.limits.strangers_per_minute_max),
        visitors(world.limits.public_per_minute_max),
        refusals(world.limits.audit_refusals_per_hour_max),
        dns_line(line_options(world.limits.dns_threads)),
        line(line_options(threads)) {}

  [[nodiscard]] work_line_options line_options(std::size_t threads) const {
    return {.threads = threads,
            .waiting_max = waiting_max,
            .waiting_each_max = static_cast<std::size_t>(world.limits.waiting_each_max)};
  }

  answer<caller> authenticate(const net::http_request& request, const model::control_reader* now,
                              rate_count& counted);
  answer<void> resolve(rest_call& call, const endpoint& e);
  answer<rest_result> answer_of(rest_call& call, const endpoint& e);
  /// `counted`: the caller's allowance; left unchanged for strangers and the operator.
  answer<rest_result> serve(const net::http_request& request, rate_count& counted);
  net::http_response respond(const net::http_request& request, rate_count& counted);
  /// Counts a request without a valid token; returns what it gets.
  rest_problem stranger(const net::http_request& request, rest_problem p);
  std::optional<rest_problem> barred(const net::http_request& request);
  [[nodiscard]] work_owner owner_of_request(const net::http_request& request);
  [[nodiscard]] work_line& line_of(const net::http_request& request);
  void count_refusal(std::string_view reason) const {
    if (world.metrics != nullptr) world.metrics->api.refusals.add(reason);
  }
  void note_refusal(const net::http_request& request, const caller& who, const rest_problem& p,
                    const rest_call* call = nullptr);

  rest_world world;
  rate_limiter by_token;
  change_budget changes;
  client_rates strangers;
  client_rates visitors;
  refusal_budget refusals;
  known_tokens known;
  // Last, so that they end before what they use.
  work_line dns_line;
  work_line line;
};

rest_problem gateway::impl::stranger(const net::http_request& request, rest_problem p) {
  const int wait = strangers.count(ip_address::parse(request.peer), world.time.steady_now());
  count_refusal(wait > 0 ? "client_rate" : "credentials");
  return wait > 0 ? rate_limited(wait) : std::move(p);
}

answer<caller> gateway::impl::authenticate(const net::http_request& request,
                                           const model::control_reader* now, rate_count& counted) {
  const auto refused = [&](rest_problem p) -> answer<caller> {
    return refuse(stranger(request, std::move(p)));
  };
  auto text = token_text(request);
  if (!text) return refused(text.error());
  const auto user_agent = std::string(request.header("User-Agent"));
  if (text->empty() && request.peer == unix_peer) {
    return caller{.token = operator_token(world.random, world.time.now()),
                  .is_operator = true,
                  .address = request.peer,
                  .user_agent = user_agent};
  }
  // Without a store there are no tokens.
  if (text->empty() || now == nullptr) return refused(invalid_token());
  const auto hash = token_hash(*text);
  auto token = now->token_by_hash(hash);
  if (!token) {
    return token.error().code == errc::not_found ? refused(invalid_token())
                                                 : refuse(from_error(token.error(), "token"));
  }
  if (status_of(*token, world.time.now()) != "active") return refused(invalid_token());
  if (!usable_from(*token, ip_address::parse(request.peer))) return refused(unauthorized());
  known.remember(hash, owner_of(*token));
  counted = by_token.count(token->id, world.time.now());
  if (counted.wait_s > 0) {
    count_refusal("token_rate");
    return refuse(rate_limited(counted.wait_s));
  }
  return caller{.token = std::move(*token), .address = request.peer, .user_agent = user_agent};
}

// What the path names must exist and be visible to the caller; what a caller may not see does not
// exist for that caller.
answer<void> gateway::impl::resolve(rest_call& call, const endpoint& e) {
  const auto& token = call.who.token;
  if (call.now == nullptr && e.needs_store) return refuse(no_control_store());
  if (const auto at = call.variables.find("zone_id"); at != call.variables.end()) {
    auto zone = call.now->zone(at->second);
    if (!zone && zone.error().code != errc::not_found && zone.error().code != errc::malformed) {
      return refuse(from_error(zone.error(), "zone"));
    }
    if (!zone || !may_see(token, zone->account, zone->id)) {
      return refuse(no_such_object(call.request.path));
    }
    call.zone = std::move(*zone);
  }
  const auto named = call.variables.find("account_id");
  const auto id = call.zone                       ? call.zone->account
                  : named != call.variables.end() ? named->second
                                                  : std::string();
  if (!id.empty()) {
    auto account = call.now->account(id);
    if (!account && account.error().code != errc::not_found
        && account.error().code != errc::malformed) {
      return refuse(from_error(account.error(), "account"));
    }
    if (!account || (!call.zone && !may_see(token, account->id))) {
      return refuse(no_such_object(call.request.path));
    }
    call.account = std::move(*account);
  }
  const place where{.account = call.account ? std::string_view(call.account->id) : "",
                    .zone = call.zone ? std::string_view(call.zone->id) : ""};
  if (may(token, e.needs, where)) {
    if (e.local && !call.who.is_operator) return refuse(unauthorized());
    return {};
  }
  count_refusal("permission");
  return refuse(lacks_permission(to_string(e.needs)));
}

void gateway::impl::note_refusal(const net::http_request& request, const caller& who,
                                 const rest_problem& p, const rest_call* call) {
  // Callers that are slowed down, or refused again and again, must not fill the log.
  if (p.http_status == 429 && !p.noted) return;
  const bool has_token = !who.token.id.empty();
  const auto budget = refusals.take(has_token ? who.token.id : stranger_at(request.peer),
                                    has_token, world.time.steady_now());
  if (!budget.write) {
    if (world.metrics != nullptr) world.metrics->api.refusals_not_noted.add();
    return;
  }
  if (budget.suppressed > 0) {
    log_.warning("api.refusals_suppressed", {{"count", budget.suppressed}});
  }
  log_.info("api.refused", {{"method", request.method},
                            {"path", printable(request.path, 200)},
                            {"client", request.peer},
                            {"token", who.token.id},
                            {"code", p.code},
                            {"status", p.http_status}});
  if (world.store == nullptr) return;
  model::audit_entry e;
  e.id = new_object_id(world.random);
  e.when = world.time.now();
  e.action = to_lower(request.method);
  e.succeeded = false;
  e.account = call != nullptr && call->account ? call->account->id : who.token.account;
  if (call != nullptr && call->zone) {
    e.zone = call->zone->id;
    e.zone_name = call->zone->name;
  }
  e.actor_id = who.token.id;
  e.actor_name = who.token.name;
  e.actor_ip = request.peer;
  e.method = request.method;
  e.uri = printable(request.path, 200);
  e.user_agent = printable(request.header("User-Agent"), 200);
  e.http_status = p.http_status;
  world.store->record_refusal(std::move(e));
}

// Reads the rest of the request and passes it on.
answer<rest_result> gateway::impl::answer_of(rest_call& call, const endpoint& e) {
  SP_TRY(call.query, parse_query(call.request.query));
  SP_TRY(call.body, parse_body(call.request, world.limits.body_octets_max));
  return e.serve(call);
}

answer<rest_result> gateway::impl::serve(const net::http_request& request, rate_count& counted) {
  auto found = choose(request);
  const auto now = world.store == nullptr ? nullptr : world.store->read();
  // The token is checked first: strangers do not learn which paths there are.
  auto who = authenticate(request, now.get(), counted);
  if (!who) {
    note_refusal(request, {}, who.error());
    return refuse(who.error());
  }
  if (!found) return refuse(found.error());
  rest_call call{.world = world,
                 .request = request,
                 .who = *who,
                 .now = now.get(),
                 .account = {},
                 .zone = {},
                 .variables = std::move(found->values),
                 .query = {},
                 .body = nullptr};
  if (auto allowed = resolve(call, *found->where); !allowed) {
    note_refusal(request, *who, allowed.error(), &call);
    return refuse(allowed.error());
  }
  if (const int wait = changes.wait_for(call, world.time.steady_now()); wait > 0) {
    count_refusal("account_rate");
    return refuse(rate_limited(wait));
  }
  auto result = answer_of(call, *found->where);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!result && !reads) note_refusal(request, *who, result.error(), &call);
  return result;
}

gateway::gateway(rest_world world, std::size_t threads)
    : impl_(std::make_unique<impl>(std::move(world), threads)) {}

gateway::~gateway() = default;

net::http_response gateway::impl::respond(const net::http_request& request, rate_count& counted) {
  if (prefix_of(request.path).empty()) {
    if (auto page = openapi_page(request)) return std::move(*page);
    if (world.public_page) {
      if (auto page = world.public_page(request)) return std::move(*page);
    }
    return to_response(no_route());
  }
  try {
    auto result = serve(request, counted);
    if (!result) return to_response(result.error());
    if (result->raw) return std::move(*result->raw);
    auto response = success(std::move(result->result), std::move(result->result_info),
                            std::move(result->messages));
    response.status = result->http_status;
    return response;
  } catch (const std::exception& e) {
    // Of the JSON library, or no memory: one request fails, and the node continues.
    log_.error("api.exception", {{"path", printable(request.path, 200)}, {"what", e.what()}});
    return to_response(internal_error());
  }
}

net::http_response gateway::call(const net::http_request& request) {
  rate_count counted;
  auto response = impl_->respond(request, counted);
  return finished(std::move(response), counted);
}

void gateway::handle(net::http_request request, net::http_responder out) {
  handle(std::move(request),
         [out = std::move(out)](net::http_response response) { out.respond(std::move(response)); });
}

// Checks that only need the request. A token that was not seen before costs a thread, because it
// may be valid.
std::optional<rest_problem> gateway::impl::barred(const net::http_request& request) {
  if (request.peer == unix_peer) return std::nullopt;
  if (prefix_of(request.path).empty() || request.method == "OPTIONS") {
    const int wait = visitors.count(ip_address::parse(request.peer), world.time.steady_now());
    if (wait == 0) return std::nullopt;
    count_refusal("visitor_rate");
    return rate_limited(wait);
  }
  const auto text = token_text(request);
  if (text && !text->empty()) return std::nullopt;
  auto problem = stranger(request, text ? invalid_token() : text.error());
  note_refusal(request, {}, problem);
  return problem;
}

work_owner gateway::impl::owner_of_request(const net::http_request& request) {
  const auto text = token_text(request);
  if (text && !text->empty()) {
    if (auto owner = known.find(token_hash(*text))) return std::move(*owner);
  } else if (request.peer == unix_peer) {
    return {.name = std::string(operator_id), .group = std::string(operator_id)};
  }
  return {.name = "client " + stranger_at(request.peer), .group = "strangers"};
}

work_line& gateway::impl::line_of(const net::http_request& request) {
  if (prefix_of(request.path).empty()) return line;
  const auto found = choose(request);
  return found && found->where->asks_dns ? dns_line : line;
}

std::optional<net::http_response> gateway::turned_away(const net::http_request& request) {
  const auto problem = impl_->barred(request);
  if (!problem) return std::nullopt;
  return finished(to_response(*problem));
}

void gateway::handle(net::http_request request, respond_function respond) {
  if (auto refused = turned_away(request)) return respond(std::move(*refused));
  const auto owner = impl_->owner_of_request(request);
  auto& line = impl_->line_of(request);
  const auto shared = std::make_shared<const net::http_request>(std::move(request));
  switch (line.add(owner, [this, shared, respond] { respond(call(*shared)); })) {
    case work_line::outcome::taken:
      return;
    case work_line::outcome::share_full:
      impl_->count_refusal("share");
      return respond(finished(to_response(too_many_waiting())));
    case work_line::outcome::line_full:
      impl_->count_refusal("line_full");
      return respond(finished(to_response(overloaded())));
  }
}

result<std::optional<std::string>> prepare_store(model::control_store& store, const clock& time,
                                                 random_source& random) {
  const auto now = store.read();
  SP_TRY(const auto accounts, now->accounts({.page = 1, .per_page = 1}));
  SP_TRY(const auto tokens, now->tokens("", {.page = 1, .per_page = 1}));
  if (accounts.total > 0 && tokens.total > 0) return std::nullopt;
  const auto text = new_token_text(random);
  const auto first_objects = [&](model::control_transaction& t) -> result<void> {
    if (accounts.total == 0) {
      SP_CHECK(t.put(
          model::account{.id = new_object_id(random), .name = "Signpost", .created = time.now()}));
    }
    if (tokens.total == 0) SP_CHECK(t.put(administrator_token(text, time.now(), random)));
    model::audit_entry e;
    e.id = new_object_id(random);
    e.when = time.now();
    e.action = "create";
    e.resource_type = "administrator";
    e.actor_id = "signpostd";
    e.actor_name = "signpostd";
    t.audit(std::move(e));
    return {};
  };
  SP_CHECK(store.change<void>(first_objects));
  if (tokens.total > 0) return std::nullopt;
  return text;
}

}  // namespace signpost::api
