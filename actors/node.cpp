// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/node.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <algorithm>
#include <array>
#include <utility>

#include "actors/auth/authenticator.hpp"
#include "actors/auth/messages.hpp"
#include "actors/delivery/delivery.hpp"
#include "actors/delivery/messages.hpp"
#include "actors/delivery/mx_planner.hpp"
#include "actors/delivery/planner_messages.hpp"
#include "actors/delivery/web_poster.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/ingress/messages.hpp"
#include "actors/ingress/smtp_server.hpp"
#include "actors/messages.hpp"
#include "actors/node_actors.hpp"
#include "actors/queue/bounce_messages.hpp"
#include "actors/queue/bouncer.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/own_letter.hpp"
#include "actors/queue/reading_messages.hpp"
#include "actors/queue/scheduler.hpp"
#include "actors/queue/spool_reader.hpp"
#include "actors/queue/spooler.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "actors/routing/envelopes.hpp"
#include "actors/routing/messages.hpp"
#include "actors/routing/router.hpp"
#include "actors/signing/messages.hpp"
#include "actors/signing/sealer.hpp"
#include "actors/status_messages.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/sure_clock.hpp"
#include "base/text.hpp"
#include "model/authentication/alignment_guard.hpp"
#include "model/queue/next_hop.hpp"
#include "proto/address/dns_name.hpp"
#include "proto/dkim/tag_list.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.node");

/// How long the last outcomes may take to become durable when the node stops.
constexpr milliseconds commit_drain_max = std::chrono::seconds(30);
/// The same, and what running deliveries get, when nothing can be written any more.
constexpr milliseconds failed_drain_max{100};

smtp::server_options server_options_of(const smtp_settings& s, const node_world& world) {
  smtp::server_options o;
  o.host_name = world.host_name;
  o.message_octets_max = s.message_size_max.value;
  o.recipients_max = static_cast<std::uint32_t>(s.recipients_max);
  o.transactions_max = static_cast<std::uint32_t>(s.transactions_max);
  o.errors_max = static_cast<std::uint32_t>(s.errors_max);
  o.idle_commands_max = static_cast<std::uint32_t>(s.client.idle_commands_max);
  o.check_hello = s.client.check_hello;
  o.own_names = world.own_names;
  o.own_addresses = world.own_addresses;
  o.refuse_early_talk = s.client.refuse_early_talkers;
  o.offer_starttls = world.tls_offered;
  o.require_tls = s.require_tls;
  o.command_timeout = s.command_timeout;
  o.data_timeout = s.data_timeout;
  o.data_rate_min = s.data_rate_min.value;
  o.tls_timeout = s.tls_timeout;
  o.session_max = s.session_max;
  return o;
}

result<std::vector<ip_network>> networks_of(const std::vector<std::string>& texts,
                                            std::string_view setting) {
  std::vector<ip_network> out;
  for (const auto& text : texts) {
    const auto network = ip_network::parse(text);
    if (!network) {
      return fail(errc::malformed,
                  std::string(setting) + ": '" + text
                      + "' is neither a network, for example 192.0.2.0/24, nor an address");
    }
    out.push_back(*network);
  }
  return out;
}

model::client_limits client_limits_of(const smtp_settings& s) {
  using model::client_charge;
  model::client_limits out;
  out.sessions_max = s.sessions_per_client_max;
  out.network_factor = s.client.network_factor;
  out.rate(client_charge::connection) = s.client.connections;
  out.rate(client_charge::message) = s.client.messages;
  out.rate(client_charge::recipient) = s.client.recipients;
  out.rate(client_charge::tls_handshake) = s.client.handshakes;
  out.rate(client_charge::error) = s.client.errors;
  out.rate(client_charge::idle_command) = s.client.idle_commands;
  out.pause_first = s.client.pause_first;
  out.pause_max = s.client.pause_max;
  out.reply_delay_max = s.client.reply_delay_max;
  return out;
}

result<ledger_options> ledger_options_of(const smtp_settings& s) {
  ledger_options o;
  o.limits = client_limits_of(s);
  SP_TRY(o.unlimited, networks_of(s.client.unlimited, "smtp.unlimited_clients"));
  SP_TRY(o.unmetered, networks_of(s.client.unmetered, "smtp.unmetered_clients"));
  return o;
}

record_limits record_limits_of(const client_settings& s) {
  return {.lines_per_client = s.log_lines, .events_per_client = s.events};
}

result<ip_address> source_of(const std::string& text, bool v4, std::string_view setting) {
  if (text.empty()) {
    const auto none = ip_address::parse(v4 ? "0.0.0.0" : "::");
    return *none;
  }
  const auto address = ip_address::parse(text);
  if (!address || address->is_v4() != v4) {
    return fail(errc::malformed, std::string(setting) + ": '" + text + "' is not an address of "
                                     + (v4 ? "IPv4" : "IPv6"));
  }
  return *address;
}

result<delivery_options> delivery_options_of(const delivery_settings& s, node_world& world) {
  delivery_options o;
  o.client.host_name = world.host_name;
  o.client.tls = s.starttls ? smtp::tls_mode::opportunistic : smtp::tls_mode::none;
  o.client.greeting_timeout = s.greeting_timeout;
  o.client.command_timeout = s.command_timeout;
  o.client.data_start_timeout = s.data_start_timeout;
  o.client.data_block_timeout = s.data_block_timeout;
  o.client.data_end_timeout = s.data_end_timeout;
  o.client.data_rate_min = s.data_rate_min.value;
  o.client_without_tls = o.client;
  o.client_without_tls.tls = smtp::tls_mode::none;
  o.connect_timeout = s.connect_timeout;
  o.attempt_deadline = s.attempt_deadline;
  SP_TRY(o.source_v4, source_of(s.source_ipv4, true, "delivery.source_ipv4"));
  SP_TRY(o.source_v6, source_of(s.source_ipv6, false, "delivery.source_ipv6"));
  o.idle_max = s.connection_idle;
  o.transactions_max = static_cast<std::uint32_t>(s.messages_per_connection_max);
  o.metrics = &world.metrics;
  return o;
}

recipient_policy_options with_secret(recipient_policy_options o, random_source& random) {
  std::array<std::byte, 32> secret{};
  random.fill(secret);
  o.secret = to_hex(secret);
  return o;
}

result<model::authentication_options> authentication_options_of(const auth_settings& s,
                                                                 const node_world& world) {
  model::authentication_options o;
  o.authserv_id = s.authserv_id.empty() ? world.host_name : s.authserv_id;
  o.dkim.signatures_max = static_cast<std::size_t>(s.signatures_max);
  o.dkim.refuse_partial_body = s.refuse_partial_body;
  for (const auto& name : s.trusted_sealers) {
    auto domain = address::dns_name(name);
    if (!domain) {
      return fail(errc::malformed, "auth.trusted_sealers: '" + name + "' is not a domain");
    }
    o.trusted_sealers.push_back(*std::move(domain));
  }
  return o;
}

rule_desk_options desk_options_of(const routing_settings& s) {
  return {.threads = static_cast<std::size_t>(s.desk_threads),
          .waiting_per_zone_max = static_cast<std::size_t>(s.waiting_per_zone_max),
          .pattern_octets_max = s.pattern_memory.value};
}

}  // namespace

struct node::impl {
  impl(node_world w, mail_settings s, delivery_options d, route_list r, ledger_options l)
      : world(std::move(w)),
        settings(std::move(s)),
        delivery_options(std::move(d)),
        routes(std::move(r)),
        budget(settings.smtp.memory_budget.value),
        queue_memory(std::max<std::size_t>(settings.queue.memory.value,
                                           2 * settings.smtp.message_size_max.value)),
        connection_places(static_cast<std::size_t>(settings.delivery.connections_max)),
        webhook_places(webhooks_at_once(settings.webhook)),
        shares(budget, static_cast<std::size_t>(settings.smtp.memory_client_percent)),
        clients(std::move(l)),
        record(record_limits_of(settings.smtp.client), world.time, world.metrics),
        recipients(world.routing, world.keys, with_secret(world.return_addresses, world.random),
                   world.time),
        system(std::move(world.system)) {
    SP_ASSERT(system != nullptr);
    settings.delivery.mx.own_names = world.own_names;
    settings.delivery.mx.own_addresses = world.own_addresses;
  }

  [[nodiscard]] result<storage::new_message> message_of(const own_letter& letter) const;
  void spawn_queue();
  void spawn_spooler();
  void spawn_readers();
  void spawn_delivery();
  [[nodiscard]] sealer_dependencies sealing_with();
  [[nodiscard]] bouncer_dependencies bouncing_with();
  [[nodiscard]] mx_planner_dependencies planning_with();
  [[nodiscard]] destination_dependencies destinations();
  void spawn_ingress();
  void place_on_loops();
  void share_out_disk();
  /// Whose the zone's mail is where tenants share; empty: there is but one.
  [[nodiscard]] std::string tenant_of(std::string_view zone) const;
  [[nodiscard]] sealing_options sealing() const;
  [[nodiscard]] bool is_ours(std::string_view domain) const;
  [[nodiscard]] window_options webhook_window() const;
  [[nodiscard]] std::optional<smtp::refusal> overload() const;
  [[nodiscard]] std::function<model::queue_id(wall_time)> id_source() {
    return [this](wall_time now) { return world.spool.next_id(now); };
  }
  /// The stand-in for one of the actors, or what `spawn_it` makes.
  template <typename Actor, typename Spawn>
  void place(Actor node_actors::*which, const Spawn& spawn_it) {
    handles.*which = has_own(which) ? spawn_it() : (*world.stand_ins).*which;
  }
  template <typename Actor>
  [[nodiscard]] bool has_own(Actor node_actors::*which) const {
    return world.stand_ins == nullptr || !((*world.stand_ins).*which);
  }
  /// For those that wait for the disk.
  template <typename... Args>
  [[nodiscard]] auto spawn_beside(Args&&... args) {
    return world.detached ? system->spawn<caf::detached>(std::forward<Args>(args)...)
                          : system->spawn(std::forward<Args>(args)...);
  }
  void end_actors();
  void add_numbers(node_status& to) const;
  void send_command(queue_command::kind what, const std::optional<model::queue_id>& id,
                    const std::string& next_hop, std::function<void(result<std::size_t>)> done) {
    caf::anon_send(handles.scheduler, queue_command{.what = what,
                                                    .id = id.value_or(model::queue_id{}),
                                                    .next_hop = model::next_hop(next_hop),
                                                    .done = std::move(done)});
  }

  node_world world;
  mail_settings settings;
  actors::delivery_options delivery_options;
  model::authentication_options authentication;
  route_list routes;
  memory_budget budget;        ///< for what comes in, until it is durable
  memory_budget queue_memory;  ///< for what waits or travels
  connection_slots connection_places;
  connection_slots webhook_places;
  memory_shares shares;
  client_ledger clients;
  stranger_record record;
  recipient_policy recipients;
  std::unique_ptr<disk_shares> disk;
  std::unique_ptr<rule_desk> desk;  ///< ended in `stop`, before the actors that it answers
  std::shared_ptr<caf::actor_system> system;  ///< let go of before all that is above

  std::vector<std::shared_ptr<delivery_pool>> pools;
  std::unique_ptr<ingress_context> context;
  std::vector<std::unique_ptr<smtp_server>> servers;
  /// The SPOOLER is created before the SCHEDULER that it informs of new work.
  std::shared_ptr<scheduler_actor> scheduler_slot = std::make_shared<scheduler_actor>();

  node_actors handles;
  bool stopped = false;
};

std::optional<smtp::refusal> node::impl::overload() const {
  const auto health = world.spool.health();
  if (health == storage::spool_health::well || health == storage::spool_health::slow) {
    return std::nullopt;
  }
  const auto code = health == storage::spool_health::full ? errc::no_space : errc::unavailable;
  return smtp::refusal(smtp::to_reply({code, "the spool is " + std::string(to_string(health))}));
}

sealing_options node::impl::sealing() const {
  const auto& s = settings.signing;
  return {.host_name = world.host_name,
          .authserv_id = settings.auth.authserv_id,
          .service_domain = service_domain_of(s, world.host_name),
          .arc = s.arc,
          .forwarded_fields = s.forwarded_fields,
          .valid_for = s.valid_for,
          .workers = world.workers,
          .reencode = parse_reencoding(settings.delivery.reencode)
                          .value_or(reencoding::unsigned_mail)};
}

bool node::impl::is_ours(std::string_view domain) const {
  return model::is_at_or_below(domain, sealing().service_domain)
         || world.routing.current()->table->is_ours(domain);
}

window_options node::impl::webhook_window() const {
  const auto first = static_cast<std::size_t>(settings.delivery.concurrency_initial);
  const auto most = static_cast<std::size_t>(settings.webhook.concurrency);
  return {.initial = std::min(first, most),
          .max = most,
          .suspend_first = settings.delivery.suspend_first,
          .suspend_max = settings.delivery.suspend_max};
}

void node::impl::spawn_queue() {
  spawn_spooler();
  spawn_readers();
  place(&node_actors::sealer, [this] { return system->spawn(sealer, sealing_with()); });
  place(&node_actors::bouncer, [this] { return system->spawn(bouncer, bouncing_with()); });
  spawn_delivery();
  auto scheduling = world.scheduling;
  scheduling.active_max = static_cast<std::size_t>(settings.queue.active_max);
  scheduling.active_per_next_hop_max =
      static_cast<std::size_t>(settings.queue.active_per_next_hop_max);
  place(&node_actors::scheduler, [&] {
    return system->spawn(
        scheduler,
        scheduler_dependencies{
            .spool = world.spool,
            .destination = std::make_shared<const destination_dependencies>(destinations()),
            .planner = handles.planner,
            .options = scheduling});
  });
  *scheduler_slot = handles.scheduler;
}

void node::impl::spawn_spooler() {
  const auto try_damaged = [slot = scheduler_slot](const model::queue_id& id) {
    if (!*slot) return;
    caf::anon_send(*slot, queue_command{.what = queue_command::kind::retry,
                                        .id = id,
                                        .next_hop = {},
                                        .done = [](const result<std::size_t>&) {}});
  };
  place(&node_actors::spooler, [&] {
    return spawn_beside(spooler, spooler_dependencies{.spool = world.spool,
                                                      .copies = world.copies,
                                                      .time = world.time,
                                                      .metrics = world.metrics,
                                                      .options = {},
                                                      .committed =
                                                          [slot = scheduler_slot](new_work work) {
                                                            if (!*slot) return;
                                                            caf::anon_send(*slot, std::move(work));
                                                          },
                                                      .damaged = try_damaged});
  });
}

sealer_dependencies node::impl::sealing_with() {
  return {.keys = world.keys,
          .signing = world.signing,
          .time = world.time,
          .metrics = world.metrics,
          .budget = &queue_memory,
          .options = sealing(),
          .webhook_key = world.webhook_key};
}

bouncer_dependencies node::impl::bouncing_with() {
  return {.time = world.time,
          .random = world.random,
          .metrics = world.metrics,
          .next_id = id_source(),
          .host_name = world.host_name,
          .retry = settings.queue.retry,
          .destinations =
              [this](const address::mailbox& to) { return recipients.report_destinations(to); },
          .returned_octets_max = settings.queue.returned_message_max.value,
          .limits = settings.queue.reports};
}

void node::impl::spawn_readers() {
  const auto& authserv_id = settings.auth.authserv_id;
  spool_reader_dependencies reading{
      .spool = world.spool,
      .budget = queue_memory,
      .authserv_id = authserv_id.empty() ? world.host_name : authserv_id};
  const auto reader = [&] { return spawn_beside(spool_reader, reading); };
  place(&node_actors::part_reader, reader);
  reading.for_parts = handles.part_reader;
  place(&node_actors::large_reader, reader);
  reading.for_large = handles.large_reader;
  place(&node_actors::reader, reader);
}

void node::impl::spawn_delivery() {
  std::vector<delivery_lane> lanes;
  for (std::size_t i = 0; i < pools.size(); ++i) {
    lanes.push_back({.network = world.loops[i], .pool = pools[i].get()});
  }
  place(&node_actors::delivery, [&] {
    return system->spawn(delivery, delivery_dependencies{.time = world.time,
                                                         .lanes = std::move(lanes),
                                                         .webhooks = world.webhooks});
  });
  place(&node_actors::planner, [this] { return system->spawn(mx_planner, planning_with()); });
}

mx_planner_dependencies node::impl::planning_with() {
  return {.resolver = world.resolver,
          .time = world.time,
          .random = world.random,
          .metrics = world.metrics,
          .mx = settings.delivery.mx,
          .routes = routes,
          .port = static_cast<std::uint16_t>(settings.delivery.port),
          .use_ipv4 = settings.delivery.use_ipv4,
          .use_ipv6 = settings.delivery.use_ipv6,
          .webhooks = world.webhooks != nullptr,
          .routed_here =
              [this](const address::domain& domain) {
                return world.routing.current()->table->find_zone(domain) != nullptr;
              },
          .in_doubt = [this] { return world.routing.current()->doubtful; },
          .account_of =
              [this](std::string_view zone) { return recipients.account_of(zone); }};
}

destination_dependencies node::impl::destinations() {
  return {
      .time = world.time,
      .random = world.random,
      .metrics = world.metrics,
      .retry = settings.queue.retry,
      .sure_time = std::make_shared<const sure_clock>(world.time),
      .mx = settings.delivery.mx,
      .window = {.initial = static_cast<std::size_t>(settings.delivery.concurrency_initial),
                 .max = static_cast<std::size_t>(settings.delivery.concurrency_max),
                 .suspend_first = settings.delivery.suspend_first,
                 .suspend_max = settings.delivery.suspend_max},
      .webhook_window = webhook_window(),
      .memory = queue_memory,
      .memory_per_site_max = settings.queue.memory_per_destination.value,
      .slots = connection_places,
      .webhook_slots = webhook_places,
      .stop_patience = settings.delivery.stop_patience,
      .reader = handles.reader,
      .sealer = handles.sealer,
      .delivery = handles.delivery,
      .bouncer = handles.bouncer,
      .spooler = handles.spooler};
}

void node::impl::spawn_ingress() {
  place(&node_actors::authenticator, [this] {
    return system->spawn(authenticator, authenticator_dependencies{.resolver = world.resolver,
                                                                   .time = world.time,
                                                                   .metrics = world.metrics,
                                                                   .options = authentication,
                                                                   .verify = settings.auth.verify,
                                                                   .timeout = settings.auth.timeout,
                                                                   .workers = world.workers});
  });
  place(&node_actors::router, [this] { return system->spawn(router, settings.queue.retry); });
  place(&node_actors::ingress, [this] {
    return system->spawn(
        ingress,
        ingress_dependencies{
            .time = world.time,
            .metrics = world.metrics,
            .record = record,
            .next_id = id_source(),
            .host_name = world.host_name,
            .loop = settings.queue.loop,
            .recipients = recipients,
            .is_ours = [this](std::string_view name) { return is_ours(name); },
            .authenticator = handles.authenticator,
            .router = handles.router,
            .spooler = handles.spooler,
            .desk = *desk,
            .accept_deadline = world.commit_deadline});
  });
}

std::string node::impl::tenant_of(std::string_view zone) const {
  const auto name = address::domain::parse(zone);
  const auto table = world.routing.current()->table;
  const auto* found = name ? table->find_zone(*name) : nullptr;
  const bool of_account = found != nullptr && !found->account().empty();
  const bool alone = of_account ? !table->keeps_apart() : table->zone_count() <= 1;
  if (alone) return {};
  return of_account ? found->account() : std::string(zone);
}

void node::impl::share_out_disk() {
  if (!world.disk) return;
  disk = std::make_unique<disk_shares>(disk_shares_options{
      .spool = world.spool,
      .room = world.disk,
      .tenant_of = [this](std::string_view zone) { return tenant_of(zone); }});
  disk->begin();
}

void node::impl::place_on_loops() {
  context.reset(new ingress_context{
      .server = server_options_of(settings.smtp, world),
      .recipients = recipients,
      .desk = *desk,
      .time = world.time,
      .memory = shares,
      .metrics = world.metrics,
      .clients = clients,
      .record = record,
      .ingress = handles.ingress,
      .spooler = handles.spooler,
      .overload = [this] { return overload(); },
      .is_over_share = [this](std::string_view zone) { return disk && disk->is_over(zone); },
      .sessions_max = static_cast<std::size_t>(settings.smtp.sessions_max),
      .banner_delay = settings.smtp.client.refuse_early_talkers ? settings.smtp.client.banner_delay
                                                                : milliseconds{0}});
  for (auto* loop : world.loops) {
    servers.push_back(std::make_unique<smtp_server>(*loop, *context));
  }
}

node::node(std::unique_ptr<impl> i) : impl_(std::move(i)) {}

node::~node() {
  if (impl_) stop();
}

result<std::unique_ptr<node>> node::make(node_world world, const mail_settings& settings) {
  SP_TRY(auto delivery, delivery_options_of(settings.delivery, world));
  SP_TRY(auto routes, route_list::parse(settings.delivery.routes));
  SP_TRY(auto authentication, authentication_options_of(settings.auth, world));
  SP_TRY(auto ledger, ledger_options_of(settings.smtp));
  auto i = std::make_unique<impl>(std::move(world), settings, std::move(delivery),
                                  std::move(routes), std::move(ledger));
  i->authentication = std::move(authentication);
  for (auto* loop : i->world.loops) {
    i->pools.push_back(std::make_shared<delivery_pool>(*loop, i->delivery_options));
  }
  i->desk = std::make_unique<rule_desk>(desk_options_of(settings.routing), i->world.time,
                                        i->world.metrics);
  i->spawn_queue();
  i->spawn_ingress();
  i->share_out_disk();
  i->place_on_loops();
  return std::unique_ptr<node>(new node(std::move(i)));
}

smtp_server& node::server(std::size_t loop) { return *impl_->servers.at(loop); }

void node::retry(const std::optional<model::queue_id>& id, const std::string& next_hop,
                 std::function<void(result<std::size_t>)> done) {
  impl_->send_command(queue_command::kind::retry, id, next_hop, std::move(done));
}

void node::remove(const std::optional<model::queue_id>& id, const std::string& next_hop,
                  std::function<void(result<std::size_t>)> done) {
  impl_->send_command(queue_command::kind::remove, id, next_hop, std::move(done));
}

result<storage::new_message> node::impl::message_of(const own_letter& letter) const {
  SP_TRY(const auto to, address::mailbox::parse(letter.to));
  const auto destinations = destinations_of(*world.routing.current()->table, to);
  if (destinations.empty()) return fail(errc::denied, "the rules accept no mail for this address");
  std::array<std::byte, 16> random{};
  world.random.fill(random);
  const letter_facts facts{.host_name = world.host_name,
                           .bounces_to = world.return_addresses.fallback_local,
                           .message_id = to_hex(random) + "@" + world.host_name,
                           .now = world.time.now()};
  SP_TRY(auto octets, compose(letter, facts));
  return to_spool(std::move(octets), to, destinations, world.spool.next_id(facts.now), facts,
                  settings.queue.retry);
}

void node::submit_own(const own_letter& letter,
                      std::function<void(result<model::queue_id>)> done) {
  auto message = impl_->message_of(letter);
  if (!message) return done(tl::unexpected(std::move(message.error())));
  const auto id = message->message.id;
  log_.info("own_mail.queued",
            {{"queue_id", id.to_string()}, {"to", loggable_address(letter.to)}});
  settle_request request;
  request.messages.push_back(std::move(*message));
  // With an argument: for an actor that is made of a function alone CAF 0.17 dereferences a null
  // pointer to no arguments.
  const auto submit = [spooler = impl_->handles.spooler, done = std::move(done), id](
                          caf::event_based_actor* self, const settle_request& m) {
    self->request(spooler, caf::infinite, m)
        .then([done, id](settle_response) { done(id); },
              [done](const caf::error&) { done(fail(errc::unavailable, "the node is stopping")); });
  };
  impl_->system->spawn(submit, std::move(request));
}

void node::ask_spooler(std::function<void()> turned) {
  caf::anon_send(impl_->handles.spooler, sign_of_life{std::move(turned)});
}

void node::ask_scheduler(std::function<void()> turned) {
  caf::anon_send(impl_->handles.scheduler, sign_of_life{std::move(turned)});
}

// Asks all at once, on a thread of its own: it answers in time also while all the scheduler's
// threads hang.
void node::status(std::function<void(node_status)> done) const {
  auto told = std::make_shared<node_status>();
  impl_->add_numbers(*told);
  const auto answer = [told, done = std::move(done)] { done(std::move(*told)); };
  const auto collect = [told, answer](caf::event_based_actor* self, const node_actors& all) {
    const auto left = std::make_shared<int>(0);
    const auto end = [left, answer] {
      if (--*left == 0) answer();
    };
    const auto ask = [&](const auto& actor) {
      ++*left;
      self->request(actor, status_patience, get_status{})
          .then(
              [told, end](const status_report& report) {
                for (const auto& [key, value] : report.numbers) {
                  told->numbers.emplace_back(report.actor + "." + key, value);
                }
                end();
              },
              [end](const caf::error&) { end(); });
    };
    ask(all.ingress);
    ask(all.authenticator);
    ask(all.spooler);
    ask(all.scheduler);
    ask(all.planner);
    ask(all.delivery);
  };
  [[maybe_unused]] const auto collector = impl_->spawn_beside(collect, impl_->handles);
}

void node::impl::add_numbers(node_status& to) const {
  const auto add = [&](const char* name, std::uint64_t value) {
    to.numbers.emplace_back(name, static_cast<std::int64_t>(value));
  };
  add("spool.unreadable", world.spool.unreadable());
  add("memory.used", budget.used());
  add("memory.queue", queue_memory.used());
  add("smtp.sessions", context->sessions.load());
}

void node::publish_gauges() const {
  const auto& world = impl_->world;
  world.metrics.node.memory_used_octets.set(static_cast<double>(impl_->budget.used()));
  world.metrics.node.memory_limit_octets.set(static_cast<double>(impl_->budget.limit()));
  world.metrics.queue.memory_used_octets.set(static_cast<double>(impl_->queue_memory.used()));
  world.metrics.queue.memory_limit_octets.set(static_cast<double>(impl_->queue_memory.limit()));
  const auto totals = world.spool.totals();
  const std::chrono::duration<double> age =
      totals.oldest ? world.time.now() - *totals.oldest : milliseconds{0};
  world.metrics.queue.messages.set(static_cast<double>(totals.messages));
  const auto& waiting = world.metrics.queue.recipients;
  waiting.with("queued").set(static_cast<double>(totals.envelopes - totals.deferred));
  waiting.with("deferred").set(static_cast<double>(totals.deferred));
  world.metrics.queue.oldest_age_seconds.set(age.count());
  // From outside the SPOOLER, which may be what hangs.
  world.metrics.spool.state.show_state(storage::to_string(world.spool.health()));
  const auto waits = world.spool.waits();
  const auto show = [&](std::string_view what, milliseconds wait) {
    world.metrics.spool.wait_seconds.with(what).set(std::chrono::duration<double>(wait).count());
  };
  show("write", waits.write);
  show("read", waits.read);
}

void node::tell_of_clients() {
  auto& i = *impl_;
  std::uint64_t more = 0;
  for (const auto& pause : i.clients.take_pauses(more)) {
    ++more;
    log_.warning("client.paused",
                 {{"client", pause.client}, {"pause_s", pause.length.count() / 1000}});
  }
  i.world.metrics.smtp.client_pauses.add(more);
  const auto figures = i.clients.count(i.world.time.steady_now());
  i.world.metrics.smtp.known_clients.set(static_cast<double>(figures.entries));
  i.world.metrics.smtp.paused_clients.set(static_cast<double>(figures.paused));
  i.record.tell(i.handles.spooler);
}

void node::stop_accepting() {
  for (std::size_t i = 0; i < impl_->servers.size(); ++i) {
    impl_->world.loops[i]->post([server = impl_->servers[i].get()] { server->shut_down(); });
  }
}

std::string node::refusing_all() const {
  const auto& i = *impl_;
  // What is left is for small messages; some come through still.
  if (i.budget.left() < i.budget.limit() / 16) {
    return "the memory for messages is used up; see smtp.memory_budget";
  }
  if (i.context->sessions.load() >= i.context->sessions_max) {
    return "all sessions are in use; see smtp.sessions_max";
  }
  return {};
}

bool node::sessions_ended() const { return impl_->context->sessions.load() == 0; }

bool node::drain(milliseconds patience) {
  const bool failed = impl_->world.spool.health() == storage::spool_health::failed;
  if (failed) patience = std::min(patience, failed_drain_max);
  impl_->record.tell_all(impl_->handles.spooler);
  caf::scoped_actor self(*impl_->system);
  bool all_ended = true;
  self->request(impl_->handles.scheduler, patience, drain_request{})
      .receive([](settle_response) {}, [&](const caf::error&) { all_ended = false; });
  self->request(impl_->handles.spooler, failed ? failed_drain_max : commit_drain_max,
                drain_request{})
      .receive([](settle_response) {},
               [](const caf::error&) { log_.error("node.spool_not_drained", {}); });
  return all_ended;
}

// In this order: who asks goes before who answers.
void node::impl::end_actors() {
  const auto end = [this](auto node_actors::*which) {
    if (has_own(which)) caf::anon_send_exit(handles.*which, caf::exit_reason::user_shutdown);
    handles.*which = nullptr;
  };
  end(&node_actors::ingress);
  end(&node_actors::authenticator);
  end(&node_actors::router);
  end(&node_actors::scheduler);
  end(&node_actors::planner);
  end(&node_actors::delivery);
  end(&node_actors::bouncer);
  end(&node_actors::sealer);
  end(&node_actors::reader);
  end(&node_actors::large_reader);
  end(&node_actors::part_reader);
  end(&node_actors::spooler);
  // No handle outlives the actor system.
  world.stand_ins.reset();
}

node_inside node::inside() {
  return {.actors = impl_->handles,
          .incoming = impl_->budget,
          .queue = impl_->queue_memory,
          .sessions = *impl_->context,
          .servers = impl_->servers};
}

void node::stop() {
  if (std::exchange(impl_->stopped, true)) return;
  impl_->desk->end();
  if (impl_->disk) impl_->disk->end();
  for (std::size_t i = 0; i < impl_->pools.size(); ++i) {
    // A loop may come to it when the node is gone.
    impl_->world.loops[i]->post([pool = std::weak_ptr(impl_->pools[i])] {
      if (const auto there = pool.lock()) there->abort();
    });
  }
  impl_->end_actors();
  // The handles in `context` and `scheduler_slot` stay: loops and the SPOOLER may be reading them.
}

}  // namespace signpost::actors
