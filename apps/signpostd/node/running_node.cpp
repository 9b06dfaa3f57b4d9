// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/running_node.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/node_actors.hpp"
#include "apps/signpostd/control_plane.hpp"
#include "apps/signpostd/node/own_addresses.hpp"
#include "apps/signpostd/version.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "storage/format/volume.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

std::function<std::optional<actors::disk_room>()> room_for_queue(const daemon_settings& s) {
  return [folder = s.data_dir, kept = volume_plan_of(s).free_octets_min]() {
    const auto free = storage::look_at_volume(folder).free_octets;
    return free ? std::optional(actors::disk_room{.free_octets = *free, .kept_octets = kept})
                : std::nullopt;
  };
}

// Whether something else does what this node does not. Nobody has to for `ingress`: clients go to
// another node by themselves.
bool is_served(cluster::role missing, const actors::node_actors* stand_ins) {
  using enum cluster::role;
  if (missing == ingress) return true;
  if (stand_ins == nullptr) return false;
  if (missing == auth) return bool(stand_ins->authenticator);
  if (missing == routing) return bool(stand_ins->router);
  if (missing == signing) return bool(stand_ins->sealer);
  return false;
}

result<void> check_roles(const cluster::role_set& roles, const node_parts& parts) {
  for (const auto one : cluster::all_roles) {
    if (roles.has(one) || is_served(one, parts.stand_ins.get())) continue;
    return fail(errc::unavailable, "this node is not to have the role '"
                                       + std::string(to_string(one))
                                       + "', and no other node can be asked for it");
  }
  return {};
}

}  // namespace

// ---- start -------------------------------------------------------------------------------------

result<std::unique_ptr<running_node>> start_node(daemon_settings settings) {
  node_parts parts{.settings = std::make_unique<daemon_settings>(std::move(settings))};
  if (auto done = complete(parts); !done) {
    flush_logs();
    return tl::unexpected(std::move(done.error()));
  }
  return build_node(std::move(parts), cluster::role_set::all());
}

result<std::unique_ptr<running_node>> build_node(node_parts parts,
                                                 const cluster::role_set& roles) {
  SP_CHECK(check_roles(roles, parts));
  std::unique_ptr<running_node> made(new running_node(std::move(parts)));
  SP_CHECK(made->make_actors());
  SP_CHECK(made->serve());
  SP_CHECK(made->open_doors(roles));
  made->tick();
  return made;
}

running_node::running_node(node_parts parts)
    : parts_(std::move(parts)),
      watch_(*parts_.time, *parts_.health, parts_.settings->hang_exit_after),
      files_(parts_) {}

running_node::~running_node() {
  if (!stopped_) shut_down([](milliseconds) { return true; });
}

actors::node_world running_node::outside() {
  const auto& settings = *parts_.settings;
  std::vector<net::executor*> loops;
  for (auto& loop : parts_.loops) loops.push_back(&loop->loop());
  return {.time = *parts_.time,
          .random = *parts_.random,
          .spool = *parts_.spool,
          .copies = *parts_.copies,
          .resolver = *parts_.resolver,
          .routing = parts_.config->routing(),
          .metrics = *parts_.metrics,
          .keys = *parts_.srs,
          .signing = parts_.signing->signer(),
          .return_addresses = {.fallback_local = settings.srs_fallback_local,
                               .way_back = way_back_options_of(settings)},
          .loops = std::move(loops),
          .own_names = {to_lower(settings.host_name)},
          .own_addresses = own_addresses(settings.mail.smtp.listen),
          .host_name = settings.host_name,
          .tls_offered = true,
          .webhooks = parts_.webhooks.get(),
          .webhook_key = parts_.webhook_key,
          .commit_deadline = settings.commit_deadline,
          .disk = room_for_queue(settings),
          // The node is its only owner, and waits for the actors to end.
          .system = std::move(parts_.system),
          .workers = actor_threads_of(settings),
          .stand_ins = std::move(parts_.stand_ins)};
}

result<void> running_node::make_actors() {
  SP_TRY(node_, actors::node::make(outside(), parts_.settings->mail));
  health_ = std::make_unique<node_health>(parts_, *node_);
  for (auto& loop : parts_.loops) watch_.add(loop->loop().name(), loop->loop());
  watch_.add("http", parts_.http_loop->loop());
  watch_.add("SPOOLER", [this](auto turned) { node_->ask_spooler(std::move(turned)); });
  watch_.add("SCHEDULER", [this](auto turned) { node_->ask_scheduler(std::move(turned)); });
  return {};
}

own_node running_node::own_parts() {
  const auto& settings = *parts_.settings;
  return {.node = *node_,
          .snapshots = *snapshots_,
          .signing = *parts_.signing,
          .keys = *parts_.srs,
          .spool = *parts_.spool,
          .config = *parts_.config,
          .health = *parts_.health,
          .time = *parts_.time,
          .descriptors = settings.descriptors,
          .host_name = settings.host_name,
          .version = std::string(program_version),
          .started = parts_.time->now(),
          .webhook_key = parts_.webhook_key};
}

api::rest_world running_node::api_world() {
  const auto& settings = *parts_.settings;
  api::rest_world w{.store = parts_.config->store(),
                    .routing = parts_.config->routing(),
                    .time = *parts_.time,
                    .random = *parts_.random,
                    .resolver = *parts_.resolver,
                    .limits = rest_limits_of(settings.api),
                    .host_name = settings.host_name};
  w.metrics = parts_.metrics.get();
  w.node = operations_.get();
  w.spool = parts_.spool.get();
  w.service_domain = settings.mail.signing.domain;
  w.answer_to_rcpt = [this](const auto& from, const auto& to) {
    model::pattern_supply supply(model::compiling::once,
                                 model::step_budget(model::route_options{}.steps_max));
    return for_people_->decide(from, to, supply);
  };
  w.way_back_of = [this](const auto& to, auto route, auto message) {
    return for_people_->look(to, std::move(route), message);
  };
  return w;
}

result<void> running_node::serve() {
  // What several nodes share has backups of its own.
  auto* const own_store =
      parts_.settings->control.in_postgres() ? nullptr : parts_.config->store();
  snapshots_ = std::make_unique<snapshot_desk>(*parts_.spool, own_store,
                                               parts_.settings->data_dir);
  operations_ = std::make_unique<own_operations>(own_parts());
  for_people_ = std::make_unique<actors::recipient_policy>(
      parts_.config->routing(), *parts_.srs,
      actors::recipient_policy_options{.fallback_local = parts_.settings->srs_fallback_local,
                                       .way_back = way_back_options_of(*parts_.settings)},
      *parts_.time);
  SP_CHECK(parts_.config->serve(api_world()));
  parts_.health->set_ready("control");
  return {};
}

api::monitoring_dependencies running_node::monitoring_pages() {
  return {.metrics = *parts_.metrics,
          .health = *parts_.health,
          .refresh =
              [this] {
                health_->look_at_disks();
                health_->publish();
              },
          .look =
              [this] {
                watch_.look();
                health_->look_at_disks();
              }};
}

result<void> running_node::open_doors(const cluster::role_set& roles) {
  doors_ = std::make_unique<node_doors>(parts_);
  SP_CHECK(doors_->open_control());
  SP_CHECK(doors_->open_monitoring(monitoring_pages()));
  if (roles.has(cluster::role::ingress)) SP_CHECK(doors_->open_smtp(*node_));
  parts_.health->set_ready("smtp");
  const std::chrono::duration<double> started = parts_.time->now().time_since_epoch();
  parts_.metrics->node.start_time_seconds.set(started.count());
  return {};
}

// ---- life --------------------------------------------------------------------------------------

void running_node::tick() {
  watch_.beat();
  health_->look();
  health_->publish();
  node_->tell_of_clients();
  parts_.config->tick();
  const auto now = parts_.time->steady_now();
  if (now < next_look_) return;
  next_look_ = now + parts_.settings->reload_interval;
  files_.look();
}

bool running_node::beyond_repair() const {
  return watch_.beyond_repair() || health_->beyond_repair();
}

// ---- the end -----------------------------------------------------------------------------------

void running_node::take_no_more_mail(const patience& hurried) {
  using namespace std::chrono_literals;
  const auto& time = *parts_.time;
  const auto wait_until = [&](steady_time deadline, const auto& done) {
    while (!done() && time.steady_now() < deadline && !hurried(20ms)) {
    }
  };
  log_.info("node.stopping", {});
  // Load balancers first learn that this node is not ready, while it still takes mail.
  wait_until(time.steady_now() + parts_.settings->drain_time, [] { return false; });
  if (doors_) doors_->close_smtp();
  node_->stop_accepting();
  const auto deadline = time.steady_now() + parts_.settings->shutdown_timeout;
  wait_until(deadline, [&] { return node_->sessions_ended(); });
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - time.steady_now());
  const bool ended = node_->drain(hurried(0ms) ? 100ms : std::max<milliseconds>(left, 1s));
  if (!ended) log_.warning("node.deliveries_cut", {{"hint", "they stay queued"}});
}

void running_node::stop_answering() {
  doors_.reset();
  parts_.http_loop->join();
  parts_.health_loop->join();
  // Requests that run end first: one may wait for a copy.
  parts_.config->close();
  snapshots_.reset();
}

void running_node::shut_down(const patience& hurried) {
  if (std::exchange(stopped_, true)) return;
  parts_.health->set_unready("smtp", "shutting down");
  watch_.stop();
  const bool was_running = node_ != nullptr;
  if (was_running) take_no_more_mail(hurried);
  stop_answering();
  if (node_) node_->stop();
  // Requests under way end while the objects that are notified still exist.
  parts_.web_client.reset();
  for (auto& loop : parts_.loops) loop->join();
  health_.reset();
  parts_.resolver.reset();
  node_.reset();
  // An answer to one of its questions may have come until then.
  operations_.reset();
  parts_.loops.clear();
  parts_.spool.reset();
  parts_.config.reset();
  if (was_running) log_.info("node.stopped", {});
  flush_logs();
}

}  // namespace signpost
