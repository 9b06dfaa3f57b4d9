// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node_wiring.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <thread>

#include "actors/ingress/smtp_server.hpp"
#include "apps/signpostd/data_directory.hpp"
#include "apps/signpostd/version.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

// Every address of this machine.
std::vector<ip_address> machine_addresses() {
  std::vector<ip_address> found;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return found;
  for (const auto* i = list; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr) continue;
    std::optional<ip_address> address;
    if (i->ifa_addr->sa_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(i->ifa_addr);
      const auto* octets = reinterpret_cast<const std::uint8_t*>(&v4->sin_addr);
      address = ip_address::from_bytes({octets, 4});
    } else if (i->ifa_addr->sa_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(i->ifa_addr);
      const auto* octets = reinterpret_cast<const std::uint8_t*>(&v6->sin6_addr);
      address = ip_address::from_bytes({octets, 16});
    }
    if (address) found.push_back(*address);
  }
  freeifaddrs(list);
  return found;
}

// The addresses at which mail reaches this node. Others of the machine may be another server's.
std::vector<ip_address> own_addresses(const std::vector<std::string>& listen) {
  std::vector<ip_address> own;
  for (const auto& text : listen) {
    const auto where = endpoint::parse(text);
    if (!where || where->address.is_unspecified()) return machine_addresses();
    own.push_back(where->address);
  }
  return own;
}

std::size_t processors() {
  return std::max(1U, std::thread::hardware_concurrency());
}

// Signatures are most of the work that a message is: all processors make them.
std::size_t actor_threads(std::int64_t wanted) {
  return wanted > 0 ? static_cast<std::size_t>(wanted) : processors();
}

// Runs `task` on the loop's thread and waits for it: for what must be made or destroyed there.
template <typename Task>
void run_on(net::event_loop& loop, Task task) {
  std::promise<void> done;
  auto waiting = done.get_future();
  loop.post([&] {
    task();
    done.set_value();
  });
  waiting.wait();
}

}  // namespace

node_wiring::node_wiring(daemon_settings settings)
    : settings_(std::move(settings)),
      metrics_({.version = std::string(program_version), .compiler = __VERSION__}),
      health_({"spool", "config", "smtp"}) {}

node_wiring::~node_wiring() {
  if (!stopped_) shut_down([](milliseconds) { return true; });
}

result<std::unique_ptr<node_wiring>> node_wiring::start(daemon_settings settings) {
  std::unique_ptr<node_wiring> wiring(new node_wiring(std::move(settings)));
  SP_CHECK(wiring->open_stores());
  SP_CHECK(wiring->open_network());
  SP_CHECK(wiring->make_node());
  SP_CHECK(wiring->start_http());
  SP_CHECK(wiring->start_listeners());
  wiring->tick();
  return wiring;
}

std::size_t node_wiring::loop_count() const {
  return settings_.loops > 0 ? static_cast<std::size_t>(settings_.loops)
                             : std::min<std::size_t>(processors(), 4);
}

// ---- start -------------------------------------------------------------------------------------

result<void> node_wiring::open_stores() {
  SP_TRY(auto identity, identity_of(settings_));
  SP_TRY(config_, config::yaml_config_store::open(settings_.zones_file, std::move(identity)));
  const auto snapshot = config_->current();
  metrics_.config.revision.set(static_cast<double>(snapshot->revision));
  metrics_.config.zones.set(static_cast<double>(snapshot->table->zone_count()));
  metrics_.config.rules.set(static_cast<double>(snapshot->table->rule_count()));
  health_.set_ready("config");
  SP_CHECK(prepare_data_directory(settings_.data_dir));
  SP_TRY(auto srs, load_srs_options(settings_, random_));
  keys_ = std::make_unique<actors::srs_keys>(std::move(srs));
  if (settings_.mail.signing.enabled) {
    dkim_.emplace(dkim_directory(settings_));
    refresh_signing();
    warn_unsigned();
  }
  SP_TRY(spool_, storage::spool::open(spool_options_of(settings_)));
  const auto totals = spool_->totals();
  log_.info("spool.open", {{"path", settings_.data_dir + "/spool"},
                           {"messages", totals.messages},
                           {"recipients", totals.envelopes}});
  if (!settings_.sync) {
    log_.warning("spool.not_synced",
                 {{"hint", "storage.sync is false: accepted mail can be lost"}});
  }
  return {};
}

result<void> node_wiring::open_network() {
  SP_TRY(auto files, prepare_certificate(settings_));
  SP_TRY(certificate_, net::tls_server_context::load(std::move(files)));
  SP_TRY(auto trust, net::tls_client_context::make());
  auto dns = settings_.dns;
  dns.threads = static_cast<std::size_t>(settings_.dns_threads);
  SP_TRY(resolver_, net::unbound_resolver::make(std::move(dns)));
  for (std::size_t i = 0; i < loop_count(); ++i) {
    loops_.push_back(std::make_unique<net::event_loop_thread>(net::event_loop_options{
        .name = "io-" + std::to_string(i), .tls_server = certificate_, .tls_client = trust}));
  }
  http_loop_ = std::make_unique<net::event_loop_thread>(net::event_loop_options{.name = "http"});
  return {};
}

actors::node_world node_wiring::world() {
  std::vector<net::executor*> loops;
  for (auto& loop : loops_) loops.push_back(&loop->loop());
  return {.time = time_,
          .random = random_,
          .spool = *spool_,
          .resolver = *resolver_,
          .config = *config_,
          .metrics = metrics_,
          .keys = *keys_,
          .signing = signing_,
          .srs_fallback_local = settings_.srs_fallback_local,
          .loops = std::move(loops),
          .own_names = {to_lower(settings_.host_name)},
          .own_addresses = own_addresses(settings_.mail.smtp.listen),
          .host_name = settings_.host_name,
          .tls_offered = true,
          .scheduler_threads = actor_threads(settings_.threads)};
}

result<void> node_wiring::make_node() {
  SP_TRY(node_, actors::node::make(world(), settings_.mail));
  return {};
}

api::control_dependencies node_wiring::control() {
  return {.spool = *spool_,
          .config = *config_,
          .health = health_,
          .time = time_,
          .retry = [this](auto id, const auto& next_hop,
                          auto done) { node_->retry(id, next_hop, std::move(done)); },
          .remove = [this](auto id, const auto& next_hop,
                           auto done) { node_->remove(id, next_hop, std::move(done)); },
          .status = [this] { return node_->status().numbers; },
          .host_name = settings_.host_name,
          .version = std::string(program_version),
          .started = time_.now()};
}

result<void> node_wiring::start_http() {
  control_api_ = std::make_unique<api::control_api>(control());
  monitoring_api_ = std::make_unique<api::monitoring_api>(api::monitoring_dependencies{
      .metrics = metrics_, .health = health_, .refresh = [this] { node_->publish_gauges(); }});
  result<void> outcome;
  run_on(http_loop_->loop(), [&] {
    auto server =
        net::http_server::start(http_loop_->loop(), {.unix_socket = control_socket_path(settings_)},
                                [this](const net::http_request& r, const net::http_responder& out) {
                                  control_api_->handle(r, out);
                                });
    if (!server) {
      outcome = tl::unexpected(server.error());
      return;
    }
    control_server_ = std::move(*server);
    if (settings_.monitoring_listen.empty()) return;
    auto monitoring = net::http_server::start(
        http_loop_->loop(), {.endpoints = {*endpoint::parse(settings_.monitoring_listen)}},
        [this](const net::http_request& r, const net::http_responder& out) {
          monitoring_api_->handle(r, out);
        });
    if (!monitoring) {
      outcome = fail(monitoring.error().code, "monitoring.listen: " + monitoring.error().context);
      return;
    }
    monitoring_server_ = std::move(*monitoring);
    monitoring_endpoint_ = monitoring_server_->bound().front().to_string();
  });
  return outcome;
}

result<void> node_wiring::start_listeners() {
  result<void> outcome;
  for (const auto& text : settings_.mail.smtp.listen) {
    auto where = *endpoint::parse(text);
    for (std::size_t i = 0; i < loops_.size() && outcome; ++i) {
      run_on(loops_[i]->loop(), [&] {
        auto& server = node_->server(i);
        auto listener = net::listen(loops_[i]->loop(), where, {.reuse_port = loops_.size() > 1},
                                    [&server](std::unique_ptr<net::connection> connection) {
                                      server.accept(std::move(connection));
                                    });
        if (!listener) {
          outcome = fail(listener.error().code, "smtp.listen: " + listener.error().context);
          return;
        }
        // With port 0 the kernel chose one: the other loops share it.
        where = (*listener)->bound();
        listeners_.push_back({i, std::move(*listener)});
      });
    }
    if (!outcome) return outcome;
    smtp_endpoints_.push_back(where);
    log_.info("smtp.listening", {{"endpoint", where.to_string()}, {"loops", loops_.size()}});
  }
  health_.set_ready("smtp");
  metrics_.node.start_time_seconds.set(static_cast<double>(time_.now().time_since_epoch().count())
                                       / 1000);
  return outcome;
}

// ---- life --------------------------------------------------------------------------------------

void node_wiring::tick() {
  const auto health = spool_->health();
  if (health == storage::spool_health::well || health == storage::spool_health::slow) {
    health_.set_ready("spool");
  } else {
    health_.set_unready("spool", to_string(health));
  }
  if (health != storage::spool_health::failed) {
    failed_since_.reset();
  } else if (!failed_since_) {
    failed_since_ = time_.steady_now();
  }
  metrics_.node.ready.set(health_.ready() ? 1 : 0);
  node_->publish_gauges();
  const auto now = time_.steady_now();
  if (now < next_reload_) return;
  next_reload_ = now + settings_.reload_interval;
  refresh_zones(false);
  refresh_certificate();
  refresh_signing();
}

bool node_wiring::beyond_repair() const {
  return failed_since_ && settings_.failed_exit_after > milliseconds{0}
         && time_.steady_now() - *failed_since_ >= settings_.failed_exit_after;
}

void node_wiring::refresh_zones(bool forced) {
  const auto changed = forced ? config_->refresh_now() : config_->refresh();
  if (!changed) {
    metrics_.config.reloads.add("failed");
    log_.error("config.reload_failed",
               {{"error", changed.error().context}, {"hint", "the rules in force stay in force"}});
    return;
  }
  if (!*changed && !forced) return;
  const auto snapshot = config_->current();
  metrics_.config.reloads.add(*changed ? "changed" : "unchanged");
  metrics_.config.revision.set(static_cast<double>(snapshot->revision));
  metrics_.config.zones.set(static_cast<double>(snapshot->table->zone_count()));
  metrics_.config.rules.set(static_cast<double>(snapshot->table->rule_count()));
  log_.info("config.reloaded", {{"revision", snapshot->revision},
                                {"zones", snapshot->table->zone_count()},
                                {"rules", snapshot->table->rule_count()}});
}

void node_wiring::refresh_certificate() {
  const auto changed = certificate_->reload_if_changed();
  if (!changed) {
    log_.error("tls.reload_failed", {{"error", to_string(changed.error())},
                                     {"hint", "the certificate in use stays in use"}});
  } else if (*changed) {
    log_.info("tls.reloaded", {});
  }
}

void node_wiring::refresh_signing() {
  if (!dkim_) return;
  const auto news = dkim_->refresh();
  for (const auto& fault : news.faults) {
    log_.error("signing.key_unusable",
               {{"error", fault.context}, {"hint", "the keys in use, if any, stay in use"}});
  }
  if (!news.changed) return;
  actors::domain_key_map keys;
  std::size_t count = 0;
  for (auto& key : dkim_->current()) {
    auto& of_domain = keys[key.domain];
    of_domain.push_back(
        {.domain = key.domain, .selector = std::move(key.selector), .key = std::move(key.key)});
    ++count;
  }
  log_.info("signing.keys", {{"domains", keys.size()}, {"keys", count}});
  signing_.replace(std::move(keys));
}

void node_wiring::warn_unsigned() const {
  const auto& own = settings_.mail.signing.domain;
  const auto domain = address::domain::parse(own.empty() ? settings_.host_name : own);
  if (domain && signing_.current()->contains(domain->ascii())) return;
  const auto name = domain ? domain->ascii() : std::string("DOMAIN");
  log_.warning(
      "signing.no_key",
      {{"domain", name},
       {"hint",
        "mail goes without our signature and ARC; make a key: signpost dkim keygen " + name}});
}

void node_wiring::reload() {
  if (const auto trouble = configure_logging(log_options_of(settings_)); !trouble.empty()) {
    log_.error("log.reopen_failed", {{"error", trouble}});
  }
  log_.info("node.reload", {});
  refresh_zones(true);
  refresh_certificate();
  refresh_signing();
  if (auto srs = load_srs_options(settings_, random_)) {
    keys_->replace(std::move(*srs));
  } else {
    log_.error("srs.reload_failed",
               {{"error", to_string(srs.error())}, {"hint", "the secrets in use stay in use"}});
  }
}

// ---- the end -----------------------------------------------------------------------------------

void node_wiring::close_listeners() {
  for (auto& placed : listeners_) {
    run_on(loops_[placed.loop]->loop(), [&] { placed.listener.reset(); });
  }
  listeners_.clear();
}

void node_wiring::shut_down(const patience& hurried) {
  if (std::exchange(stopped_, true)) return;
  using namespace std::chrono_literals;
  const auto wait_until = [&](steady_time deadline, const auto& done) {
    while (!done() && time_.steady_now() < deadline && !hurried(20ms)) {
    }
  };
  health_.set_unready("smtp", "shutting down");
  if (node_) {
    log_.info("node.stopping", {});
    // Load balancers first learn that this node is not ready, while it still takes mail.
    wait_until(time_.steady_now() + settings_.drain_time, [] { return false; });
    close_listeners();
    node_->stop_accepting();
    const auto deadline = time_.steady_now() + settings_.shutdown_timeout;
    wait_until(deadline, [&] { return node_->sessions_ended(); });
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - time_.steady_now());
    const bool ended = node_->drain(hurried(0ms) ? 100ms : std::max<milliseconds>(left, 1s));
    if (!ended) log_.warning("node.deliveries_cut", {{"hint", "they stay queued"}});
  }
  if (http_loop_) {
    run_on(http_loop_->loop(), [&] {
      control_server_.reset();
      monitoring_server_.reset();
    });
    http_loop_->join();
  }
  if (node_) node_->stop();
  for (auto& loop : loops_) loop->join();
  resolver_.reset();
  const bool was_running = node_ != nullptr;
  node_.reset();
  loops_.clear();
  spool_.reset();
  if (was_running) log_.info("node.stopped", {});
  flush_logs();
}

}  // namespace signpost
