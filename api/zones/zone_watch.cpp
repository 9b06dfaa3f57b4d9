// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/zones/zone_watch.hpp"

#include <utility>

#include "api/dns/dns_report.hpp"
#include "api/frame/change.hpp"
#include "api/zones/zone_ownership.hpp"
#include "base/log.hpp"

namespace signpost::api {
namespace {

const logger log_("api.zone_watch");

constexpr std::chrono::milliseconds between_steps{200};
/// The wait after the store did not answer.
constexpr std::chrono::seconds retry_after{10};
/// Zones that are read in one step.
constexpr std::size_t zones_read_max = 500;

}  // namespace

zone_watch::zone_watch(const rest_world& world, zone_watch_counts counts)
    : world_(world), counts_(std::move(counts)) {}

bool zone_watch::is_due(const model::zone_object& zone) const {
  const bool waits = zone.ownership.status == model::zone_status::pending;
  const auto age = world_.time.now() - zone.created;
  if (waits && age > pending_looked_at_max) return false;
  const auto at = looked_.find(zone.id);
  if (at == looked_.end()) return true;
  const auto passed = world_.time.steady_now() - at->second;
  if (!waits) return passed >= world_.ownership.recheck;
  if (age > std::chrono::hours(24)) return passed >= pending_later;
  return passed >= (age > std::chrono::hours(1) ? pending_next : pending_first);
}

std::chrono::milliseconds zone_watch::step() {
  const auto now = world_.store->read();
  const auto zones = now->zones_to_check(after_, zones_read_max);
  if (!zones) {
    log_.warning("zones.not_read", {{"error", to_string(zones.error())}});
    return retry_after;
  }
  if (zones->empty()) {
    finish_round(*now);
    return round_min;
  }
  std::vector<model::zone_object> due;
  for (const auto& zone : *zones) {
    after_ = zone.id;
    pending_ += zone.ownership.status == model::zone_status::pending ? 1 : 0;
    moved_ += zone.ownership.status == model::zone_status::moved ? 1 : 0;
    missing_ += zone.ownership.proof_missing ? 1 : 0;
    const bool look = is_due(zone);
    const auto at = looked_.find(zone.id);
    if (look) due.push_back(zone);
    if (look || at != looked_.end()) {
      next_looked_[zone.id] = look ? world_.time.steady_now() : at->second;
    }
    if (due.size() >= zones_at_once) break;
  }
  if (!due.empty()) look_at(due);
  return between_steps;
}

// All queries are sent together, so that a slow domain does not delay the others.
void zone_watch::look_at(const std::vector<model::zone_object>& due) {
  std::vector<dns::question> questions;
  for (const auto& zone : due) {
    for (auto& q : ownership_questions(zone)) questions.push_back(std::move(q));
  }
  const auto answers = world_.checks->answers(world_.resolver, questions, ownership_wait_max);
  const auto each = questions.size() / due.size();
  for (std::size_t i = 0; i < due.size(); ++i) {
    const auto from = answers.begin() + static_cast<std::ptrdiff_t>(i * each);
    settle(due[i], {from, from + static_cast<std::ptrdiff_t>(each)});
  }
}

void zone_watch::settle(const model::zone_object& zone,
                        const std::vector<std::optional<dns::answer>>& answers) {
  const auto seen = evidence_of(world_, zone, answers);
  const bool told = seen.txt_answered && seen.mx_answered;
  const auto done = commit_change<ownership_outcome>(
      world_, "zone", [&](model::control_transaction& t) {
        return settle_ownership(world_, t, zone.id, seen);
      });
  if (!done) {
    if (done.error().http_status == 404) return;
    log_.warning("zone.not_settled", {{"zone", zone.name}, {"error", done.error().message}});
    return;
  }
  follow_up(world_, *done);
  const bool well = done->zone.is_active() && !done->zone.ownership.proof_missing;
  counts_.looked(well ? "found" : told ? "missing" : "unknown");
  if (done->activated) counts_.changed("activated");
  if (done->proof_went) counts_.changed("proof_missing");
  if (done->deactivated) counts_.changed("deactivated");
  if (done->displaced) counts_.changed("displaced");
}

void zone_watch::finish_round(const model::control_reader& now) {
  after_.clear();
  looked_ = std::exchange(next_looked_, {});
  if (const auto totals = now.totals()) {
    const auto others = pending_ + moved_;
    counts_.zones(pending_, totals->zones > others ? totals->zones - others : 0, moved_, missing_);
  }
  pending_ = moved_ = missing_ = 0;
}

}  // namespace signpost::api
