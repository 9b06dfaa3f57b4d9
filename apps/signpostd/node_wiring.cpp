// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node_wiring.hpp"

#include <algorithm>
#include <functional>
#include <future>
#include <optional>
#include <thread>

#include "actors/ingress/smtp_server.hpp"
#include "actors/queue/own_letter.hpp"
#include "apps/signpostd/control_secrets.hpp"
#include "apps/signpostd/data_directory.hpp"
#include "apps/signpostd/own_addresses.hpp"
#include "apps/signpostd/run_on.hpp"
#include "apps/signpostd/secret_files.hpp"
#include "apps/signpostd/version.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "storage/format/volume.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

std::size_t processors() {
  return std::max(1U, std::thread::hardware_concurrency());
}

// Signatures are most of the work that a message is: all processors make them.
std::size_t actor_threads(std::int64_t wanted) {
  return wanted > 0 ? static_cast<std::size_t>(wanted) : processors();
}

std::function<std::optional<actors::disk_room>()> room_for_queue(const daemon_settings& s) {
  return [folder = s.data_dir, kept = volume_plan_of(s).free_octets_min]() {
    const auto free = storage::look_at_volume(folder).free_octets;
    return free ? std::optional(actors::disk_room{.free_octets = *free, .kept_octets = kept})
                : std::nullopt;
  };
}

}  // namespace

node_wiring::node_wiring(daemon_settings settings)
    : settings_(std::move(settings)),
      metrics_({.version = std::string(program_version), .compiler = __VERSION__}),
      health_({"spool", "config", "control", "smtp"}),
      watch_(time_, health_, settings_.hang_exit_after) {}

node_wiring::~node_wiring() {
  if (!stopped_) shut_down([](milliseconds) { return true; });
}

result<std::unique_ptr<node_wiring>> node_wiring::start(daemon_settings settings) {
  std::unique_ptr<node_wiring> wiring(new node_wiring(std::move(settings)));
  SP_CHECK(wiring->share_descriptors());
  SP_CHECK(wiring->open_stores());
  SP_CHECK(wiring->open_network());
  SP_CHECK(wiring->make_node());
  SP_CHECK(wiring->start_control());
  SP_CHECK(wiring->start_http());
  SP_CHECK(wiring->start_listeners());
  wiring->tick();
  return wiring;
}

result<void> node_wiring::share_descriptors() {
  auto plan = plan_descriptors(raise_descriptor_limit(), settings_, loop_count_of(settings_));
  if (!plan) return tl::unexpected(std::move(plan.error()));
  auto& sessions_max = settings_.mail.smtp.sessions_max;
  const bool fits = plan->sessions >= static_cast<std::size_t>(sessions_max);
  if (fits) {
    log_.info("descriptors.shared", {{"limit", plan->limit},
                                     {"wanted", plan->wanted},
                                     {"sessions_max", plan->sessions},
                                     {"deliveries_max", plan->deliveries},
                                     {"spool_files", plan->spool_files}});
  } else {
    log_.warning("descriptors.few",
                 {{"limit", plan->limit},
                  {"wanted", plan->wanted},
                  {"smtp.sessions_max", sessions_max},
                  {"sessions_max", plan->sessions},
                  {"hint", "raise LimitNOFILE, or lower smtp.sessions_max"}});
    sessions_max = static_cast<std::int64_t>(plan->sessions);
  }
  auto& deliveries = settings_.mail.delivery.connections_max;
  if (plan->deliveries > 0) {
    deliveries = std::min(deliveries, static_cast<std::int64_t>(plan->deliveries));
  }
  descriptors_.reset(new budgets{.incoming = net::descriptor_budget(plan->incoming),
                                 .outgoing = net::descriptor_budget(plan->deliveries),
                                 .control = net::descriptor_budget(plan->control),
                                 .monitoring = net::descriptor_budget(plan->monitoring)});
  settings_.descriptors = *plan;
  return {};
}

// ---- start -------------------------------------------------------------------------------------

result<void> node_wiring::open_stores() {
  SP_CHECK(open_config());
  SP_TRY(auto srs, load_srs_options(settings_, random_));
  keys_ = std::make_unique<actors::srs_keys>(std::move(srs));
  const auto& signing = settings_.mail.signing;
  signing_.name({.domain = actors::service_domain_of(signing, settings_.host_name),
                 .host = settings_.host_name});
  if (signing.enabled) {
    signing_.start(dkim_directory(settings_));
    signing_.warn_unsigned(signing.domain.empty() ? settings_.host_name : signing.domain);
  }
  auto options = spool_options_of(settings_);
  options.node = membership_.self().number;
  options.incarnation = membership_.self().incarnation;
  SP_TRY(spool_, storage::spool::open(options));
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

result<void> node_wiring::open_config() {
  if (settings_.api.from_store()) {
    SP_CHECK(prepare_data_directory(settings_.data_dir));
    SP_TRY(plane_, control_plane::open(settings_, time_, random_, metrics_));
  } else {
    SP_TRY(auto identity, identity_of(settings_));
    identity.addresses = own_addresses(settings_.mail.smtp.listen);
    SP_TRY(zones_file_,
           config::file_routing_source::open(settings_.zones_file, std::move(identity)));
    SP_CHECK(prepare_data_directory(settings_.data_dir));
    if (const auto doubt = zones_file_->remember_in(settings_.data_dir + "/zones-in-force")) {
      log_.error("config.doubtful",
                 {{"error", doubt->context},
                  {"hint", "mail for domains that are not in it is deferred (451)"}});
    }
    publish_config();
  }
  SP_TRY(webhook_key_, prepare_webhook_key(webhook_secret_path(settings_), random_));
  health_.set_ready("config");
  return {};
}

const model::routing_source& node_wiring::routing() const {
  if (plane_) return plane_->routing();
  return *zones_file_;
}

result<void> node_wiring::open_network() {
  SP_TRY(auto files, prepare_certificate(settings_));
  SP_TRY(certificate_, net::tls_server_context::load(
                            std::move(files), {.suites = settings_.mail.smtp.tls_suites == "modern"
                                                             ? net::tls_suites::modern
                                                             : net::tls_suites::compatible}));
  SP_TRY(auto trust, net::tls_client_context::make());
  auto dns = settings_.dns;
  dns.threads = static_cast<std::size_t>(settings_.dns_threads);
  dns.sockets_max = settings_.descriptors.dns_sockets;
  SP_TRY(resolver_, net::unbound_resolver::make(std::move(dns)));
  dns_probe_ = std::make_unique<dns_probe>(*resolver_, time_, random_, settings_.host_name);
  const auto agent = "Signpost/" + std::string(program_version);
  const auto& webhook = settings_.mail.webhook;
  auto posting = actors::web_client_options_of(webhook, agent);
  posting.active_max = std::min(posting.active_max, settings_.descriptors.webhooks);
  SP_TRY(web_client_, net::web_client::make(std::move(posting)));
  webhooks_ = std::make_unique<actors::web_poster>(*web_client_, webhook);
  for (std::size_t i = 0; i < loop_count_of(settings_); ++i) {
    loops_.push_back(std::make_unique<net::event_loop_thread>(net::event_loop_options{
        .name = "io-" + std::to_string(i),
        .tls_server = certificate_,
        .tls_client = trust,
        .outgoing = &descriptors_->outgoing}));
    watch_.add(loops_.back()->loop().name(), loops_.back()->loop());
  }
  http_loop_ = std::make_unique<net::event_loop_thread>(net::event_loop_options{.name = "http"});
  watch_.add("http", http_loop_->loop());
  // Its own: whoever asks for health waits for nobody who asks for anything else.
  health_loop_ =
      std::make_unique<net::event_loop_thread>(net::event_loop_options{.name = "health"});
  return {};
}

actors::node_world node_wiring::world() {
  std::vector<net::executor*> loops;
  for (auto& loop : loops_) loops.push_back(&loop->loop());
  return {.time = time_,
          .random = random_,
          .spool = *spool_,
          .copies = copies_,
          .resolver = *resolver_,
          .routing = routing(),
          .metrics = metrics_,
          .keys = *keys_,
          .signing = signing_.signer(),
          .return_addresses = {.fallback_local = settings_.srs_fallback_local,
                               .way_back = way_back_options_of(settings_)},
          .loops = std::move(loops),
          .own_names = {to_lower(settings_.host_name)},
          .own_addresses = own_addresses(settings_.mail.smtp.listen),
          .host_name = settings_.host_name,
          .tls_offered = true,
          .webhooks = webhooks_.get(),
          .webhook_key = webhook_key_,
          .commit_deadline = settings_.commit_deadline,
          .disk = room_for_queue(settings_),
          .scheduler_threads = actor_threads(settings_.threads)};
}

result<void> node_wiring::make_node() {
  SP_TRY(node_, actors::node::make(world(), settings_.mail));
  watch_.add("SPOOLER", [this](auto turned) { node_->ask_spooler(std::move(turned)); });
  watch_.add("SCHEDULER", [this](auto turned) { node_->ask_scheduler(std::move(turned)); });
  return {};
}

api::node_facts node_wiring::facts() {
  return {.spool = *spool_,
          .routing = routing(),
          .health = health_,
          .time = time_,
          .host_name = settings_.host_name,
          .version = std::string(program_version),
          .started = time_.now(),
          .numbers = [this] { return status_numbers(); },
          .left_out = [this] { return plane_ ? plane_->left_out() : std::vector<std::string>(); }};
}

api::rest_world node_wiring::api_world() {
  api::rest_world w{.store = plane_ ? &plane_->store() : nullptr,
                          .routing = routing(),
                          .time = time_,
                          .random = random_,
                          .resolver = *resolver_,
                          .limits = rest_limits_of(settings_.api),
                          .host_name = settings_.host_name};
  w.send_mail = [this](const auto& mail) { return send_mail(mail); };
  w.metrics = &metrics_;
  w.spool = spool_.get();
  w.retry = [this](auto id, const auto& next_hop, auto done) {
    node_->retry(id, next_hop, std::move(done));
  };
  w.remove = [this](auto id, const auto& next_hop, auto done) {
    node_->remove(id, next_hop, std::move(done));
  };
  w.service_domain = settings_.mail.signing.domain;
  w.rewritten_sender = [this](auto sender, auto zone) { return rewritten_sender(sender, zone); };
  w.answer_to_rcpt = [this](const auto& from, const auto& to) {
    model::pattern_supply supply(model::compiling::once,
                                 model::step_budget(model::route_options{}.steps_max));
    return for_people_->decide(from, to, supply);
  };
  w.way_back_of = [this](const auto& to, auto route, auto message) {
    return for_people_->look(to, std::move(route), message);
  };
  w.status = [known = facts()] { return api::node_status(known); };
  w.make_snapshot = [this](auto done) { snapshots_->make(std::move(done)); };
  w.remove_snapshot = [this] { return snapshots_->remove(); };
  return w;
}

std::vector<std::pair<std::string, std::int64_t>> node_wiring::status_numbers() const {
  auto numbers = node_->status().numbers;
  const auto add = [&](const char* name, std::uint64_t value) {
    numbers.emplace_back(name, static_cast<std::int64_t>(value));
  };
  add("descriptors.limit", settings_.descriptors.limit);
  add("descriptors.wanted", settings_.descriptors.wanted);
  add("descriptors.sessions", settings_.descriptors.sessions);
  add("descriptors.sessions_wanted", settings_.descriptors.sessions_wanted);
  if (plane_) std::ranges::move(plane_->numbers(), std::back_inserter(numbers));
  return numbers;
}

result<void> node_wiring::start_control() {
  for_people_ = std::make_unique<actors::recipient_policy>(
      routing(), *keys_,
      actors::recipient_policy_options{.fallback_local = settings_.srs_fallback_local,
                                       .way_back = way_back_options_of(settings_)},
      time_);
  snapshots_ = std::make_unique<snapshot_desk>(*spool_, plane_ ? &plane_->store() : nullptr,
                                               settings_.data_dir);
  if (plane_) {
    SP_CHECK(plane_->serve({.node = api_world(),
                            .dkim_changed = [this] { signing_.refresh(); },
                            .webhook_key = webhook_key_}));
  } else {
    gateway_ = std::make_unique<api::gateway>(
        api_world(), static_cast<std::size_t>(settings_.api.threads));
  }
  health_.set_ready("control");
  return {};
}

// As the sealer does it; for people who ask what would happen.
std::string node_wiring::rewritten_sender(std::string_view sender, std::string_view zone) const {
  if (sender.empty()) return {};
  const auto alias = zone.empty() ? std::string_view(settings_.host_name) : zone;
  return keys_->current()->forward_or_fallback(sender, alias, time_.now()).value_or("");
}

void node_wiring::handle_control(net::http_request request, const net::http_responder& out) {
  if (plane_) return plane_->handle(std::move(request), out);
  gateway_->handle(std::move(request), out);
}

result<void> node_wiring::start_http() {
  monitoring_api_ = std::make_unique<api::monitoring_api>(api::monitoring_dependencies{
      .metrics = metrics_,
      .health = health_,
      .refresh =
          [this] {
            look_at_disks();
            metrics_.node.ready.set(health_.ready() ? 1 : 0);
            node_->publish_gauges();
            publish_descriptors();
          },
      .look =
          [this] {
            watch_.look();
            look_at_disks();
          }});
  result<void> outcome;
  run_on(http_loop_->loop(), [&] { outcome = start_control_server(); });
  if (outcome) run_on(health_loop_->loop(), [&] { outcome = start_monitoring_server(); });
  return outcome;
}

result<void> node_wiring::start_control_server() {
  net::http_server_options control{.unix_socket = control_socket_path(settings_)};
  control.descriptors = &descriptors_->control;
  control.handler_timeout = settings_.api.answer_timeout;
  control.body_octets_max = static_cast<std::size_t>(settings_.api.body_octets_max.value);
  control.refusal_form = [](const net::http_request&, const net::http_response& refusal) {
    return api::in_envelope(refusal);
  };
  SP_TRY(control_server_,
         net::http_server::start(http_loop_->loop(), std::move(control),
                                 [this](net::http_request r, const net::http_responder& out) {
                                   handle_control(std::move(r), out);
                                 }));
  return {};
}

result<void> node_wiring::start_monitoring_server() {
  if (settings_.monitoring_listen.empty()) return {};
  auto monitoring = net::http_server::start(
      health_loop_->loop(),
      {.endpoints = {*endpoint::parse(settings_.monitoring_listen)},
       .descriptors = &descriptors_->monitoring},
      [this](const net::http_request& r, const net::http_responder& out) {
        monitoring_api_->handle(r, out);
      });
  if (!monitoring) {
    return fail(monitoring.error().code, "monitoring.listen: " + monitoring.error().context);
  }
  monitoring_server_ = std::move(*monitoring);
  return {};
}

result<void> node_wiring::start_listeners() {
  result<void> outcome;
  for (const auto& text : settings_.mail.smtp.listen) {
    auto where = *endpoint::parse(text);
    for (std::size_t i = 0; i < loops_.size() && outcome; ++i) {
      run_on(loops_[i]->loop(), [&] {
        auto& server = node_->server(i);
        auto listener = net::listen(loops_[i]->loop(), where, {.reuse_port = loops_.size() > 1,
                                     .descriptors = &descriptors_->incoming},
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
    log_.info("smtp.listening", {{"endpoint", where.to_string()}, {"loops", loops_.size()}});
  }
  health_.set_ready("smtp");
  metrics_.node.start_time_seconds.set(static_cast<double>(time_.now().time_since_epoch().count())
                                       / 1000);
  return outcome;
}

// Waits until the letter is on the disk, but not for long: its writer asks again.
result<void> node_wiring::send_mail(const api::own_mail& mail) {
  constexpr std::chrono::seconds wait_max{5};
  const auto sent = std::make_shared<std::promise<result<void>>>();
  auto waiting = sent->get_future();
  node_->submit_own({.to = mail.to, .subject = mail.subject, .text = mail.text},
                    [sent](const result<model::queue_id>& id) {
                      sent->set_value(id ? result<void>{} : tl::unexpected(id.error()));
                    });
  if (waiting.wait_for(wait_max) == std::future_status::ready) return waiting.get();
  return fail(errc::unavailable, "the spool takes too long");
}

// ---- life --------------------------------------------------------------------------------------

void node_wiring::look_at_disks() {
  if (plane_) {
    const auto waited = plane_->waited();
    if (waited < control_plane::silent_max) {
      health_.set_ready("control disk");
    } else {
      health_.set_unready("control disk", "has not answered for "
                                              + std::to_string(waited.count() / 1000)
                                              + " s; no changes are possible");
    }
  }
  const auto why = why_unready(*spool_);
  if (why.empty()) {
    health_.set_ready("spool");
  } else {
    health_.set_unready("spool", why);
  }
}

void node_wiring::tell_of_waits() {
  const auto waits = spool_->waits();
  const auto longest = std::max(waits.write, waits.read);
  const bool hangs = longest >= disk_silent_max;
  if (hangs == std::exchange(disk_hangs_, hangs)) return;
  if (hangs) {
    log_.error("spool.hangs", {{"write_ms", waits.write.count()}, {"read_ms", waits.read.count()}});
  } else {
    log_.info("spool.answers_again", {});
  }
}

void node_wiring::look_at_health() {
  look_at_disks();
  tell_of_waits();
  const auto control = plane_ ? plane_->trouble() : std::string();
  if (control.empty()) {
    health_.set_ready("control store");
  } else {
    health_.set_unready("control store", control);
  }
  const bool failed = spool_->health() == storage::spool_health::failed
                      || (plane_ && plane_->failed());
  if (!failed) {
    failed_since_.reset();
  } else if (!failed_since_) {
    failed_since_ = time_.steady_now();
  }
  if (dns_probe_) {
    dns_probe_->step();
    const auto dns = dns_probe_->trouble();
    if (dns.empty()) {
      health_.set_ready("dns");
    } else {
      health_.set_unready("dns", dns);
    }
  }
  const auto refusing = node_->refusing_all();
  if (refusing_.is(!refusing.empty(), time_.steady_now())) {
    health_.set_unready("mail", refusing);
  } else {
    health_.set_ready("mail");
  }
}

void node_wiring::publish_descriptors() const {
  const auto show = [this](std::string_view use, const net::descriptor_budget& budget) {
    metrics_.node.descriptors_used.with(use).set(static_cast<double>(budget.used()));
    metrics_.node.descriptors_limit.with(use).set(static_cast<double>(budget.limit()));
  };
  show("incoming", descriptors_->incoming);
  show("outgoing", descriptors_->outgoing);
  show("control", descriptors_->control);
  show("monitoring", descriptors_->monitoring);
}

void node_wiring::tick() {
  watch_.beat();
  look_at_health();
  metrics_.node.ready.set(health_.ready() ? 1 : 0);
  node_->publish_gauges();
  node_->tell_of_clients();
  if (plane_) plane_->tick();
  const auto now = time_.steady_now();
  if (now < next_reload_) return;
  next_reload_ = now + settings_.reload_interval;
  if (reopen_log_) reopen_log();
  refresh_zones(false);
  refresh_certificate();
  if (plane_) plane_->refresh_certificate();
  signing_.refresh();
}

bool node_wiring::beyond_repair() const {
  if (watch_.beyond_repair()) return true;
  return failed_since_ && settings_.failed_exit_after > milliseconds{0}
         && time_.steady_now() - *failed_since_ >= settings_.failed_exit_after;
}

void node_wiring::refresh_zones(bool forced) {
  if (plane_ && forced) plane_->reload();
  if (!zones_file_) return;
  const auto changed = forced ? zones_file_->refresh_now() : zones_file_->refresh();
  publish_doubt();
  if (!changed) {
    metrics_.config.reloads.add("failed");
    log_.error("config.reload_failed",
               {{"error", changed.error().context}, {"hint", "the previous rules stay in force"}});
    return;
  }
  if (!*changed && !forced) return;
  metrics_.config.reloads.add(*changed ? "changed" : "unchanged");
  publish_config();
  const auto snapshot = zones_file_->current();
  log_.info("config.reloaded", {{"revision", snapshot->revision},
                                {"zones", snapshot->table->zone_count()},
                                {"rules", snapshot->table->rule_count()}});
}

void node_wiring::publish_config() {
  const auto snapshot = zones_file_->current();
  metrics_.config.revision.set(static_cast<double>(snapshot->revision));
  metrics_.config.zones.set(static_cast<double>(snapshot->table->zone_count()));
  metrics_.config.rules.set(static_cast<double>(snapshot->table->rule_count()));
  publish_doubt();
}

void node_wiring::publish_doubt() {
  const auto& doubt = zones_file_->last_error();
  metrics_.config.doubtful.set(doubt ? 1 : 0);
  health_.set_remark(
      "config",
      doubt
          ? doubt->context
                + "; the previous zones stay in force, and mail for other domains is deferred (451)"
          : "");
}

void node_wiring::refresh_certificate() {
  const auto changed = certificate_->reload_if_changed();
  if (!changed) {
    log_.error("tls.reload_failed", {{"error", to_string(changed.error())},
                                     {"hint", "the previous certificate stays in use"}});
  } else if (*changed) {
    log_.info("tls.reloaded", {});
  }
}

// Until it works: the old file may have been moved away, and nobody looks there.
void node_wiring::reopen_log() {
  const auto trouble = configure_logging(log_options_of(settings_));
  reopen_log_ = !trouble.empty();
  if (reopen_log_) {
    log_.error("log.reopen_failed", {{"error", trouble}, {"hint", "it will be retried"}});
  }
}

void node_wiring::reload() {
  reopen_log();
  log_.info("node.reload", {});
  refresh_zones(true);
  refresh_certificate();
  signing_.refresh();
  if (auto srs = load_srs_options(settings_, random_)) {
    keys_->replace(std::move(*srs));
  } else {
    log_.error("srs.reload_failed",
               {{"error", to_string(srs.error())}, {"hint", "the previous secrets stay in use"}});
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
  watch_.stop();
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
    run_on(http_loop_->loop(), [&] { control_server_.reset(); });
    http_loop_->join();
  }
  if (health_loop_) {
    run_on(health_loop_->loop(), [&] { monitoring_server_.reset(); });
    health_loop_->join();
  }
  // Requests that run end first: one may wait for a copy.
  gateway_.reset();
  if (plane_) plane_->close();
  snapshots_.reset();
  if (node_) node_->stop();
  // Requests that are under way end, while those who hear of it are still there.
  web_client_.reset();
  for (auto& loop : loops_) loop->join();
  dns_probe_.reset();
  resolver_.reset();
  const bool was_running = node_ != nullptr;
  node_.reset();
  loops_.clear();
  spool_.reset();
  plane_.reset();
  if (was_running) log_.info("node.stopped", {});
  flush_logs();
}

}  // namespace signpost
