// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/own_operations.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "actors/queue/own_letter.hpp"
#include "actors/signing/webhook_signing.hpp"
#include "apps/signpostd/node/answered_once.hpp"

namespace signpost {
namespace {

// As `actors::node` takes it.
struct spelt_target {
  std::optional<model::queue_id> id;
  std::string next_hop;
};

spelt_target spell(const api::queue_target& what) {
  if (const auto* id = std::get_if<model::queue_id>(&what)) return {.id = *id, .next_hop = {}};
  return {.id = {}, .next_hop = std::get<model::next_hop>(what).text()};
}

std::optional<api::routing_state> routing_in_force(const set_up& config) {
  const auto snapshot = config.routing().current();
  if (!snapshot || !snapshot->table) return std::nullopt;
  return api::routing_state{.revision = snapshot->revision,
                            .zones = snapshot->table->zone_count(),
                            .rules = snapshot->table->rule_count(),
                            .left_out = config.left_out()};
}

}  // namespace

void own_operations::retry(api::queue_target what, answer_to<std::size_t> done) {
  const auto [id, next_hop] = spell(what);
  here_.node.retry(id, next_hop, answered_once(std::move(done)));
}

void own_operations::remove(api::queue_target what, answer_to<std::size_t> done) {
  const auto [id, next_hop] = spell(what);
  here_.node.remove(id, next_hop, answered_once(std::move(done)));
}

void own_operations::send_mail(api::own_mail mail, answer_to<model::queue_id> done) {
  here_.node.submit_own({.to = std::move(mail.to),
                         .subject = std::move(mail.subject),
                         .text = std::move(mail.text)},
                        answered_once(std::move(done)));
}

// As the SEALER does it.
void own_operations::rewritten_sender(std::string sender, std::string zone,
                                      answer_to<std::string> done) {
  if (sender.empty()) return done(std::string());
  const auto& alias = zone.empty() ? here_.host_name : zone;
  const auto keys = here_.keys.current();
  done(keys->forward_or_fallback(sender, alias, here_.time.now()).value_or(""));
}

void own_operations::dkim_changed(answer_to<void> done) {
  here_.signing.refresh();
  done({});
}

void own_operations::webhook_secret(std::string zone_name, std::string rule_id,
                                    answer_to<std::string> done) {
  done(actors::webhook_secret(here_.webhook_key, zone_name, rule_id));
}

void own_operations::status(answer_to<api::node_state> done) {
  here_.node.status(
      [this, tell = answered_once(std::move(done))](actors::node_status told) {
        tell(state(std::move(told.numbers)));
      });
}

api::node_state own_operations::state(named_numbers numbers) const {
  add_own_numbers(numbers);
  return {
      .host_name = here_.host_name,
      .version = here_.version,
      .started = here_.started,
      .uptime = std::chrono::duration_cast<seconds>(here_.time.now() - here_.started),
      .live = here_.health.live(),
      .ready = here_.health.ready(),
      .reasons = here_.health.reasons(),
      .remarks = here_.health.remarks(),
      .spool = here_.spool.health(),
      .totals = here_.spool.totals(),
      .activity_log = here_.spool.log_state(),
      .routing = routing_in_force(here_.config),
      .numbers = std::move(numbers)};
}

void own_operations::add_own_numbers(named_numbers& numbers) const {
  const auto add = [&](const char* name, std::uint64_t value) {
    numbers.emplace_back(name, static_cast<std::int64_t>(value));
  };
  add("descriptors.limit", here_.descriptors.limit);
  add("descriptors.wanted", here_.descriptors.wanted);
  add("descriptors.sessions", here_.descriptors.sessions);
  add("descriptors.sessions_wanted", here_.descriptors.sessions_wanted);
  std::ranges::move(here_.config.numbers(), std::back_inserter(numbers));
}

void own_operations::make_snapshot(answer_to<api::snapshot_report> done) {
  here_.snapshots.make(answered_once(std::move(done)));
}

void own_operations::remove_snapshot(answer_to<void> done) {
  done(here_.snapshots.remove());
}

}  // namespace signpost
