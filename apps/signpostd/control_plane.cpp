// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/control_plane.hpp"

#include <unistd.h>

#include <algorithm>

#include "api/addresses/link.hpp"
#include "api/frame/wait_for.hpp"
#include "apps/signpostd/client_address.hpp"
#include "apps/signpostd/control_secrets.hpp"
#include "apps/signpostd/node/own_addresses.hpp"
#include "apps/signpostd/run_on.hpp"
#include "apps/signpostd/secret_files.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"
#include "storage/control/control_store.hpp"
#include "storage/replica/replicated_store.hpp"

namespace signpost {
namespace {

const logger log_("signpostd.control");

/// Audit entries that are removed in one step, and the time between steps.
constexpr std::size_t expired_at_once = 500;
constexpr seconds between_expiries{60};
constexpr milliseconds between_full_expiries{500};
/// How long a change of DKIM keys waits for the node to sign with them.
constexpr seconds keys_in_use_wait{10};

std::uint64_t count_of(std::int64_t n) {
  return static_cast<std::uint64_t>(n);
}

api::mail_limits mail_limits_of(const api_settings& s) {
  return {.mailbox_max = count_of(s.mails_per_mailbox_max),
          .domain_max = count_of(s.mails_per_domain_max),
          .account_max = count_of(s.mails_per_account_max),
          .token_max = count_of(s.mails_per_token_max),
          .node_max = count_of(s.mails_max),
          .delimiters = s.mail_delimiters};
}

net::http_server_options server_options_of(const api_settings& s) {
  const auto size = [](auto n) { return static_cast<std::size_t>(n); };
  net::http_server_options o;
  for (const auto& text : s.listen) o.endpoints.push_back(*endpoint::parse(text));
  o.body_octets_max = size(s.body_octets_max.value);
  o.memory_octets_max = size(s.memory_max.value);
  o.memory_per_client_octets_max = size(s.memory_per_client_max.value);
  o.connections_max = size(s.connections_max);
  o.connections_per_client_max = size(s.connections_per_client_max);
  o.proxies = proxies_of(s);
  o.new_connections_per_minute_max = count_of(s.new_connections_per_minute_max);
  o.requests_per_connection_max = size(s.requests_per_connection_max);
  o.request_timeout = s.request_timeout;
  o.handler_timeout = s.answer_timeout;
  o.idle_timeout = s.idle_timeout;
  o.send_timeout = s.send_timeout;
  return o;
}

// `s` was checked.
api::ownership_policy ownership_of(const api_settings& s) {
  using enum api::ownership_mode;
  api::ownership_policy policy;
  policy.mode = s.ownership == "off" ? off : s.ownership == "verify" ? verify : automatic;
  policy.mx_counts = s.ownership_mx;
  policy.grace = s.ownership_grace;
  policy.recheck = s.ownership_recheck;
  policy.inactive_per_account_max = static_cast<std::uint64_t>(s.unproven_per_account_max);
  policy.checks_per_hour_max = static_cast<std::uint64_t>(s.ownership_checks_per_hour_max);
  for (const auto& name : s.zones_reserved) {
    const bool below = name.starts_with('.');
    const auto top = address::domain::parse(std::string_view(name).substr(below ? 1 : 0));
    if (top) policy.reserved.push_back((below ? "." : "") + top->ascii());
  }
  return policy;
}

// Null without TLS.
result<std::shared_ptr<net::tls_server_context>> load_certificate(const api_settings& s) {
  if (!s.has_tls()) return std::shared_ptr<net::tls_server_context>();
  auto loaded = net::tls_server_context::load({.certificate = s.tls_certificate, .key = s.tls_key});
  if (loaded) return loaded;
  return fail(loaded.error().code, "api.tls_certificate: " + loaded.error().context);
}

void show(monitoring::config_metrics& config, const routing::table_in_force& now) {
  config.revision.set(static_cast<double>(now.revision));
  config.zones.set(static_cast<double>(now.zones));
  config.rules.set(static_cast<double>(now.rules));
  config.reloads.add(now.reload ? to_string(*now.reload) : "changed");
  const std::chrono::duration<double> took = now.took;
  if (!now.everything) config.effect_seconds.observe(took.count());
  config.left_out.with("zones").set(static_cast<double>(now.left_out.zones));
  config.left_out.with("rules").set(static_cast<double>(now.left_out.rules));
}

// The database that several nodes share, and this node's copy of it.
result<std::unique_ptr<model::control_store>> open_shared_store(const daemon_settings& s) {
  storage::replicated_store_options options;
  options.primary.database = {.url = s.control.database_url, .schema = s.control.database_schema};
  if (!s.control.secret_file.empty()) {
    auto box = storage::postgres::secret_box::load(s.control.secret_file);
    if (!box) return fail(box.error().code, "cluster.secret_file: " + box.error().context);
    options.primary.secrets = std::move(*box);
  }
  options.copy = control_store_options_of(s);
  auto opened = storage::open_replicated_store(std::move(options));
  if (opened) return opened;
  return fail(opened.error().code, "control.database_url: " + opened.error().context
                                       + "; `signpost doctor` tells more");
}

result<std::unique_ptr<model::control_store>> open_store_of(const daemon_settings& s) {
  if (s.control.in_postgres()) return open_shared_store(s);
  return storage::open_control_store(control_store_options_of(s));
}

bool may_change(const net::http_request& request) {
  return request.method != "GET" && request.method != "HEAD";
}

}  // namespace

api::rest_limits rest_limits_of(const api_settings& s) {
  return {.rules_per_zone_max = count_of(s.rules_per_zone_max),
          .addresses_per_account_max = count_of(s.addresses_per_account_max),
          .zones_per_account_max = count_of(s.zones_per_account_max),
          .subdomains_per_zone_max = count_of(s.subdomains_per_zone_max),
          .tokens_per_account_max = count_of(s.tokens_per_account_max),
          .requests_per_minute_max = count_of(s.requests_per_minute_max),
          .changes_per_day_max = count_of(s.changes_per_account_per_day_max),
          .strangers_per_minute_max = count_of(s.strangers_per_minute_max),
          .public_per_minute_max = count_of(s.public_per_minute_max),
          .waiting_each_max = count_of(s.waiting_per_token_max),
          .dns_threads = static_cast<std::size_t>(s.dns_threads),
          .audit_refusals_per_hour_max = count_of(s.audit_refusals_per_hour_max),
          .mails = mail_limits_of(s),
          .body_octets_max = static_cast<std::size_t>(s.body_octets_max.value)};
}

control_plane::control_plane(const daemon_settings& settings, const clock& time,
                             random_source& random, monitoring::metrics& metrics)
    : settings_(settings),
      time_(time),
      random_(random),
      metrics_(metrics),
      cors_(settings.api.cors_origins),
      proxies_(proxies_of(settings.api)) {}

control_plane::~control_plane() {
  close();
}

// ---- start -------------------------------------------------------------------------------------

result<std::unique_ptr<control_plane>> control_plane::open(const daemon_settings& settings,
                                                           const clock& time, random_source& random,
                                                           monitoring::metrics& metrics) {
  std::unique_ptr<control_plane> plane(new control_plane(settings, time, random, metrics));
  SP_CHECK(plane->open_store());
  return plane;
}

result<void> control_plane::check(const daemon_settings& settings) {
  SP_CHECK(load_certificate(settings.api));
  const auto options = control_store_options_of(settings);
  if (access(options.path.c_str(), F_OK) != 0) return {};
  const auto store = storage::open_control_store(options);
  if (store || store.error().code == errc::conflict) return {};
  return fail(store.error().code, options.path + ": " + store.error().context);
}

result<void> control_plane::open_store() {
  SP_TRY(store_, open_store_of(settings_));
  SP_TRY(auto identity, identity_of(settings_));
  identity.addresses = own_addresses(settings_.mail.smtp.listen);
  SP_TRY(routing_, routing::store_routing_source::open(
                      *store_, store_->feed(),
                      {.node = std::move(identity),
                       .time = time_,
                       .in_force = [&config = metrics_.config](const auto& now) {
                         show(config, now);
                       }}));
  return {};
}

result<void> control_plane::serve(api::rest_world world) {
  SP_ASSERT(world.node != nullptr);
  world_.emplace(std::move(world));
  const auto path = admin_token_path(settings_);
  SP_CHECK(prepare_administrator(*store_, path, time_, random_));
  SP_TRY(link_key_, prepare_link_key(*store_, time_, random_));
  dkim_ = std::make_unique<dkim_key_service>(dkim_directory(settings_), time_,
                                             [this] { use_changed_keys(); });
  return listen();
}

result<void> control_plane::listen() {
  if (settings_.api.listen.empty()) {
    make_gateway();
    return {};
  }
  auto options = server_options_of(settings_.api);
  SP_TRY(certificate_, load_certificate(settings_.api));
  options.tls = certificate_;
  options.refusal_form = [this](const net::http_request& seen, const net::http_response& refusal) {
    auto response = api::in_envelope(refusal);
    cors_.allow(seen, response);
    return secured(seen, std::move(response));
  };
  if (settings_.descriptors.api > 0) {
    descriptors_ = std::make_unique<net::descriptor_budget>(settings_.descriptors.api);
    options.descriptors = descriptors_.get();
  }
  loop_ = std::make_unique<net::event_loop_thread>(net::event_loop_options{.name = "api"});
  result<void> outcome;
  run_on(loop_->loop(), [&] {
    auto server =
        net::http_server::start(loop_->loop(), std::move(options),
                                [this](net::http_request r, const net::http_responder& out) {
                                  name_peer(r);
                                  handle(std::move(r), out);
                                });
    if (!server) {
      outcome = fail(server.error().code, "api.listen: " + server.error().context);
      return;
    }
    server_ = std::move(*server);
    endpoints_ = server_->bound();
    // On this thread, so that it is there before the first request is handled.
    make_gateway();
  });
  for (const auto& where : endpoints_) {
    log_.info("api.listening", {{"endpoint", where.to_string()}});
  }
  return outcome;
}

// What was changed in the directory stays changed: a node that does not answer reads it later.
void control_plane::use_changed_keys() {
  auto& node = *world_->node;
  const auto used = api::wait_for<void>(
      [&](auto done) { node.dkim_changed(std::move(done)); }, keys_in_use_wait);
  if (!used || !*used) {
    log_.warning("dkim.not_yet_in_force",
                 {{"error", used ? to_string(used->error()) : "no answer"}});
  }
}

std::string control_plane::public_url() const {
  return public_url_of(settings_.api, settings_.host_name, endpoints_);
}

api::rest_world control_plane::rest_world() const {
  const auto& s = settings_.api;
  auto w = *world_;
  w.public_url = public_url();
  w.link_key = link_key_;
  w.spf_mechanism = s.spf_mechanism.empty() ? "a:" + settings_.host_name : s.spf_mechanism;
  w.dkim = dkim_.get();
  w.ownership = ownership_of(s);
  return w;
}

void control_plane::make_gateway() {
  auto w = rest_world();
  // The page needs the world as well; its own copy, since the gateway keeps its own to itself.
  const auto shared = std::make_shared<const api::rest_world>(w);
  watcher_ = std::make_unique<zone_watcher>(shared, metrics_);
  w.public_page = [shared](const net::http_request& request) {
    return api::verification_page(*shared, request);
  };
  gateway_ = std::make_unique<api::gateway>(std::move(w),
                                                  static_cast<std::size_t>(settings_.api.threads));
}

// ---- life --------------------------------------------------------------------------------------

// A client on TCP is never taken for the operator on the control socket, and is only known by its
// address.
void control_plane::name_peer(net::http_request& request) {
  auto peer = ip_address::parse(request.peer);
  if (const auto from = endpoint::parse(request.peer)) peer = from->address;
  if (!peer) {
    request.peer = "unknown";
    return;
  }
  request.peer = client_address(request, *peer, proxies_).to_string();
  // All clients of a proxy that nobody named share one limit: worth a word, once.
  if (proxies_.empty() && peer->is_loopback() && !request.header("X-Forwarded-For").empty()
      && !std::exchange(told_of_proxy_, true)) {
    log_.warning("api.proxy_not_trusted",
                 {{"peer", peer->to_string()},
                  {"hint", "list it in api.trusted_proxies, otherwise its clients count as one"}});
  }
}

void control_plane::handle(net::http_request request, const net::http_responder& out) {
  // One more would only hold one more thread.
  if (may_change(request) && request.method != "OPTIONS" && store_->waited() >= silent_max) {
    auto refused = api::to_response(
        api::unavailable("the disk of the control store does not answer; try again later"));
    refused.headers.push_back({"Retry-After", "30"});
    return out.respond(secured(request, std::move(refused)));
  }
  if (request.method == "OPTIONS") {
    auto refused = gateway_->turned_away(request);
    return out.respond(secured(request, refused ? std::move(*refused) : cors_.preflight(request)));
  }
  // What the answer needs to know of the request, without its body.
  net::http_request asked{
      .method = request.method, .path = {}, .query = {}, .headers = {}, .body = {}, .peer = {}};
  asked.tls = request.tls;
  if (const auto origin = request.header("Origin"); !origin.empty()) {
    asked.headers.push_back({"Origin", std::string(origin)});
  }
  gateway_->handle(std::move(request), [this, asked, out](net::http_response response) {
    out.respond(complete(asked, std::move(response)));
  });
}

// A change is known here before its caller is answered.
net::http_response control_plane::complete(const net::http_request& request,
                                           net::http_response response) const {
  if (may_change(request) && response.status < 300
      && !routing_->wait_for(routing_->last_change(), in_force_wait)) {
    log_.warning("api.not_yet_in_force", {{"revision", routing_->last_change()}});
  }
  cors_.allow(request, response);
  return secured(request, std::move(response));
}

// RFC 6797 §7.2: never over plain HTTP.
net::http_response control_plane::secured(const net::http_request& request,
                                          net::http_response response) const {
  const auto age = std::chrono::floor<seconds>(settings_.api.hsts_max_age).count();
  if (request.tls && age > 0) {
    response.headers.push_back({"Strict-Transport-Security", "max-age=" + std::to_string(age)});
  }
  return response;
}

void control_plane::tick() {
  routing_->look_for_doubt();
  metrics_.config.doubtful.set(routing_->current()->doubtful ? 1 : 0);
  metrics_.config.database_away.set(store_->away().empty() ? 0 : 1);
  if (store_->waited() >= silent_max) return;
  expire();
  const auto now = time_.steady_now();
  if (now < next_look_) return;
  next_look_ = now + std::chrono::seconds(1);
  failed_ = store_->is_failed();
}

void control_plane::refresh_certificate() {
  if (!certificate_) return;
  const auto changed = certificate_->reload_if_changed();
  if (!changed) {
    log_.error("api.tls_reload_failed", {{"error", to_string(changed.error())},
                                         {"hint", "the previous certificate stays in use"}});
  } else if (*changed) {
    log_.info("api.tls_reloaded", {});
  }
}

// Small steps one after another, so that nobody waits for a large one.
void control_plane::expire() {
  if (!store_->away().empty()) return;
  const auto now = time_.steady_now();
  if (now < next_expiry_) return;
  bool more = false;
  const auto step = [&](const char* what, const result<std::size_t>& removed) {
    if (!removed) {
      log_.warning("api.not_expired", {{"what", what}, {"error", to_string(removed.error())}});
      return;
    }
    more = more || *removed == expired_at_once;
    if (*removed > 0) log_.info("api.expired", {{"what", what}, {"entries", *removed}});
  };
  const auto today = time_.now();
  step("audit", store_->expire_audit(today - settings_.api.audit_retention, expired_at_once));
  step("refusals",
       store_->expire_refusals(today - settings_.api.audit_refusals_retention, expired_at_once));
  step("counts", store_->expire_usage(today, expired_at_once));
  next_expiry_ = now + (more ? between_full_expiries : milliseconds(between_expiries));
}

void control_plane::reload() {
  routing_->read_all();
  refresh_certificate();
}

void control_plane::close() {
  if (loop_) {
    run_on(loop_->loop(), [&] { server_.reset(); });
    loop_->join();
    loop_.reset();
  }
  watcher_.reset();
  gateway_.reset();
}

std::vector<std::pair<std::string, std::int64_t>> control_plane::numbers() const {
  const auto out = routing_->left_out();
  return {{"config.zones_left_out", static_cast<std::int64_t>(out.zones)},
          {"config.rules_left_out", static_cast<std::int64_t>(out.rules)}};
}

std::string control_plane::trouble() const {
  metrics_.config.unaccounted.set(static_cast<double>(store_->unaccounted()));
  const auto missing = store_->trouble();
  return missing.empty() && failed_ ? "failed: its disk refuses changes" : missing;
}

std::vector<std::string> control_plane::left_out() const {
  constexpr std::size_t told_max = 100;
  return routing_->reasons(told_max);
}

}  // namespace signpost
