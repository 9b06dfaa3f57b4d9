// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/zones/zone_ownership.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/dns/dns_report.hpp"
#include "api/dns/ownership_record.hpp"
#include "api/frame/change.hpp"
#include "api/frame/zone_name.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "proto/crypto/digest.hpp"
#include "proto/dmarc/record.hpp"

namespace signpost::api {
namespace {

using model::zone_object;
using model::zone_ownership;
using model::zone_proof;
using model::zone_status;

const logger log_("api.ownership");

/// How many zones with the name, or above or below it, are examined; beyond that, the name counts
/// as somebody else's.
constexpr std::size_t zones_looked_at_max = 1000;
constexpr std::uint64_t accounts_for_proof_min = 2;

bool has_record(const rest_world& world, const zone_object& zone, const ownership_evidence& seen) {
  const auto wanted = ownership_record(world, zone).content;
  return !wanted.empty() && std::ranges::any_of(seen.texts, [&](const auto& text) {
    return crypto::constant_time_equal(trim(text), wanted);
  });
}

bool told(const dns::answer& a) {
  return a.security != dns::security::bogus
         && (a.status == dns::status::records || a.status == dns::status::nodata
             || a.status == dns::status::nxdomain);
}

bool is_public_suffix(const dns::answer& a) {
  return std::ranges::any_of(a.records, [](const dns::record& r) {
    if (!dmarc::is_dmarc_record(r.text)) return false;
    const auto record = dmarc::parse_record(r.text);
    return record && record->psd == dmarc::public_suffix::yes;
  });
}

void take_mx(const rest_world& world, const dns::answer& a, ownership_evidence& seen) {
  seen.mx_answered = told(a);
  if (!seen.mx_answered || a.records.empty()) return;
  const auto is_here = [&](const dns::record& r) {
    return equals_ignoring_case(r.name, world.host_name);
  };
  seen.mx_here = std::ranges::any_of(a.records, is_here);
  seen.mx_alone = std::ranges::all_of(a.records, is_here);
}

bool is_at_or_below(std::string_view name, std::string_view top) {
  if (equals_ignoring_case(name, top)) return true;
  return name.size() > top.size() && name[name.size() - top.size() - 1] == '.'
         && equals_ignoring_case(name.substr(name.size() - top.size()), top);
}

std::string owner_setting(std::string_view name) {
  return fmt::format("zone_owner/{}", name);
}

// Whether the name belonged to another account before.
result<bool> was_anothers(const model::control_reader& now, const zone_object& zone) {
  const auto last = now.setting(owner_setting(zone.name));
  if (last) return *last != zone.account;
  if (last.error().code == errc::not_found) return false;
  return tl::unexpected(last.error());
}

json state_json(const zone_object& z) {
  const auto& o = z.ownership;
  return {{"name", shown_name(z.name)},
          {"status", to_string(o.status)},
          {"proof", to_string(o.proof)},
          {"proof_missing_since", o.proof_missing ? json(to_rfc3339(*o.proof_missing)) : json()}};
}

// The keys of the service's own domain do not belong to a zone.
dkim_service* keys_of(const rest_world& world, const zone_object& zone) {
  const bool own = zone.name == world.host_name || zone.name == world.service_domain;
  return own ? nullptr : world.dkim;
}

/// One check, and what it changes.
class settlement {
 public:
  settlement(const rest_world& world, model::control_transaction& t, const rest_call* call)
      : world_(world), t_(t), call_(call), now_(world.time.now()) {}

  answer<ownership_outcome> by_evidence(const std::string& id, const ownership_evidence& seen) {
    SP_TRY(auto zone, ask(t_.zone(id), "zone"));
    out_.zone = std::move(zone);
    SP_CHECK(out_.zone.is_active() ? keep(seen) : win(seen));
    return std::move(out_);
  }
  answer<ownership_outcome> by_word(const std::string& id) {
    SP_TRY(auto zone, ask(t_.zone(id), "zone"));
    out_.zone = std::move(zone);
    SP_TRY(const auto holder, holder_of());
    const auto& name = out_.zone.name;
    if (holder) return refuse(already_exists("zone " + name + ", in another account"));
    SP_TRY(const bool routed, is_routed_above());
    if (routed) return refuse(already_exists(name + ", as a subdomain of another zone"));
    SP_CHECK(activate(zone_proof::granted));
    return std::move(out_);
  }

  answer<void> win(const ownership_evidence& seen);

 private:
  answer<void> keep(const ownership_evidence& seen);
  answer<void> win_by_record(const ownership_evidence& seen);
  answer<void> win_by_mx();
  answer<std::optional<zone_object>> holder_of() const;
  answer<bool> is_routed_above() const;
  answer<bool> is_claimed_by_others() const;
  answer<bool> is_near_others() const;
  answer<void> activate(zone_proof proof);
  answer<void> displace(zone_object holder);
  answer<void> write(zone_object& zone, const zone_ownership& next, std::string_view action,
                     bool ours);
  [[nodiscard]] bool speaks_for(const zone_object& other) const {
    return call_ != nullptr
           && may(call_->who.token, permission::zone_write,
                  {.account = other.account, .zone = other.id});
  }

  const rest_world& world_;
  model::control_transaction& t_;
  const rest_call* call_;
  wall_time now_;
  ownership_outcome out_;
};

// Only the account that had the zone sees this entry, and it does not say who wanted the zone.
answer<void> settlement::write(zone_object& zone, const zone_ownership& next,
                               std::string_view action, bool ours) {
  const auto before = state_json(zone);
  zone.ownership = next;
  zone.modified = now_;
  SP_CHECK(ask(t_.put(zone), "zone"));
  model::audit_entry e;
  if (ours && call_ != nullptr) {
    e = call_->audit(action, "zone", zone.id, before, state_json(zone));
  } else {
    e.id = new_object_id(world_.random);
    e.when = now_;
    e.action = action;
    e.resource_type = "zone";
    e.resource_id = zone.id;
    e.actor_id = "signpostd";
    e.actor_name = "signpostd";
    e.before_json = to_text(before);
    e.after_json = to_text(state_json(zone));
  }
  e.account = zone.account;
  e.zone = zone.id;
  e.zone_name = zone.name;
  t_.audit(std::move(e));
  return {};
}

answer<std::optional<zone_object>> settlement::holder_of() const {
  auto holder = t_.zone_by_name(out_.zone.name);
  if (!holder && holder.error().code == errc::not_found) return std::nullopt;
  SP_TRY(auto found, ask(std::move(holder), "zone"));
  if (found.id == out_.zone.id) return std::nullopt;
  return found;
}

// The routing table accepts no domain twice.
answer<bool> settlement::is_routed_above() const {
  const auto& name = out_.zone.name;
  for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    auto above = t_.zone_by_name(std::string_view(name).substr(dot + 1));
    if (!above && above.error().code == errc::not_found) continue;
    SP_TRY(const auto zone, ask(std::move(above), "zone"));
    const auto& list = zone.subdomains;
    if (std::ranges::find(list, name, &model::zone_subdomain::name) != list.end()) return true;
  }
  return false;
}

answer<bool> settlement::is_claimed_by_others() const {
  SP_TRY(const auto all, ask(t_.zones_named(out_.zone.name, zones_looked_at_max), "zone"));
  SP_TRY(const bool before, ask(was_anothers(t_, out_.zone), "zone"));
  return before || std::ranges::any_of(all, [&](const auto& z) {
           return z.account != out_.zone.account;
         });
}

answer<bool> settlement::is_near_others() const {
  SP_TRY(const auto around, ask(t_.zones_around(out_.zone.account, out_.zone.name,
                                                zones_looked_at_max),
                                "zone"));
  return std::ranges::any_of(around, [&](const auto& z) { return !speaks_for(z); })
         || around.size() >= zones_looked_at_max;
}

answer<void> settlement::activate(zone_proof proof) {
  SP_CHECK(write(out_.zone,
                 {.status = zone_status::active,
                  .proof = proof,
                  .activated = now_,
                  .proof_missing = {}},
                 "activate", true));
  out_.activated = true;
  return {};
}

answer<void> settlement::displace(zone_object holder) {
  auto next = holder.ownership;
  next.status = zone_status::moved;
  next.proof = zone_proof::none;
  SP_CHECK(write(holder, next, "deactivate", false));
  out_.displaced = std::move(holder);
  return {};
}

// An active zone stays active while its proof, or the MX record, is there, and for the grace period
// after that.
answer<void> settlement::keep(const ownership_evidence& seen) {
  auto next = out_.zone.ownership;
  const bool recorded = has_record(world_, out_.zone, seen);
  if (next.proof == zone_proof::granted || (next.proof == zone_proof::assumed && !recorded)) {
    return {};
  }
  SP_TRY(const bool wanted, ask(wants_proof(world_, t_), "account"));
  if (!wanted && !recorded) return {};
  std::string_view action = "prove";
  if (recorded || seen.mx_here) {
    next.proof = recorded ? zone_proof::txt : zone_proof::mx;
    // No answer about the record: it may still be there.
    if (!recorded && !seen.txt_answered) next.proof = out_.zone.ownership.proof;
    next.proof_missing.reset();
  } else if (!seen.txt_answered || !seen.mx_answered) {
    return {};
  } else if (!next.proof_missing) {
    next.proof_missing = now_;
    action = "lose_proof";
    out_.proof_went = true;
  } else if (now_ - *next.proof_missing >= world_.ownership.grace) {
    next.status = zone_status::moved;
    next.proof = zone_proof::none;
    next.proof_missing.reset();
    action = "deactivate";
    out_.deactivated = true;
  }
  if (next.proof_missing || out_.deactivated) {
    out_.obstacle = "the DNS has neither the TXT record nor an MX record for this service";
  }
  if (next == out_.zone.ownership) return {};
  return write(out_.zone, next, action, true);
}

answer<void> settlement::win(const ownership_evidence& seen) {
  if (seen.public_suffix) {
    out_.obstacle = "according to the DNS, the name is a public suffix (psd=y)";
    return {};
  }
  SP_TRY(const bool routed, is_routed_above());
  if (routed) {
    out_.obstacle = "the name is routed as a subdomain of another zone";
    return {};
  }
  if (has_record(world_, out_.zone, seen)) return win_by_record(seen);
  SP_TRY(const auto holder, holder_of());
  SP_TRY(const bool near, is_near_others());
  SP_TRY(const bool wanted, ask(wants_proof(world_, t_), "account"));
  if (!wanted && !holder && !near) return activate(zone_proof::assumed);
  if (seen.mx_here && seen.mx_alone && world_.ownership.mx_counts) return win_by_mx();
  out_.obstacle =
      seen.txt_answered
          ? fmt::format("the TXT record {} is missing, or does not have this zone's text",
                        ownership_record_name(out_.zone.name))
          : "the TXT record has not been looked up yet, or the DNS did not answer";
  return {};
}

answer<void> settlement::win_by_record(const ownership_evidence& seen) {
  SP_TRY(auto holder, holder_of());
  if (holder) {
    if (holder->ownership.proof == zone_proof::granted) {
      out_.obstacle = "the administrator has assigned the name to another account";
      return {};
    }
    if (has_record(world_, *holder, seen)) {
      out_.obstacle = "the TXT record of another account's zone is also published; remove it";
      return {};
    }
    SP_CHECK(displace(std::move(*holder)));
  }
  return activate(zone_proof::txt);
}

answer<void> settlement::win_by_mx() {
  SP_TRY(const bool claimed, is_claimed_by_others());
  SP_TRY(const bool near, is_near_others());
  if (!claimed && !near) return activate(zone_proof::mx);
  out_.obstacle = claimed ? "another account claims the name or had it before; the MX record does "
                            "not show whose it is, only the TXT record does"
                          : "another account has a zone above or below this name; the TXT record "
                            "must show whose it is";
  return {};
}

}  // namespace

result<bool> wants_proof(const rest_world& world, const model::control_reader& now) {
  if (world.ownership.mode == ownership_mode::off) return false;
  if (world.ownership.mode == ownership_mode::verify) return true;
  SP_TRY(const auto totals, now.totals());
  return totals.accounts >= accounts_for_proof_min;
}

std::optional<std::string> reserved_because(const rest_world& world, std::string_view name) {
  if (is_at_or_below(name, world.host_name)) return "it is the host name of this service";
  if (!world.service_domain.empty() && is_at_or_below(name, world.service_domain)) {
    return "it is the domain of this service";
  }
  for (const auto& entry : world.ownership.reserved) {
    const bool below = entry.starts_with('.');
    const auto top = std::string_view(entry).substr(below ? 1 : 0);
    if (equals_ignoring_case(name, entry)
        || (below && is_at_or_below(name, top) && !equals_ignoring_case(name, top))) {
      return fmt::format("the operator has reserved {} (zones.reserved)", entry);
    }
  }
  return std::nullopt;
}

std::vector<dns::question> ownership_questions(const zone_object& zone) {
  return {{.name = zone.name, .type = dns::record_type::mx},
          {.name = "_dmarc." + zone.name, .type = dns::record_type::txt},
          {.name = ownership_record_name(zone.name), .type = dns::record_type::txt}};
}

ownership_evidence evidence_of(const rest_world& world, const zone_object& zone,
                               const std::vector<std::optional<dns::answer>>& answers) {
  ownership_evidence seen;
  if (!answers.empty() && answers[0]) take_mx(world, *answers[0], seen);
  if (answers.size() > 1 && answers[1] && told(*answers[1])) {
    seen.public_suffix = is_public_suffix(*answers[1]);
  }
  if (answers.size() > 2 && answers[2] && told(*answers[2])) {
    const auto& a = *answers[2];
    seen.txt_answered = true;
    // A wildcard CNAME would let the owner of its target speak for the domain.
    const auto asked = ownership_record_name(zone.name);
    const bool itself = a.canonical_name.empty() || equals_ignoring_case(a.canonical_name, asked);
    for (const auto& r : a.records) {
      if (itself) seen.texts.push_back(r.text);
    }
  }
  return seen;
}

ownership_evidence look_at_ownership(const rest_world& world, const zone_object& zone, bool txt) {
  auto questions = ownership_questions(zone);
  if (!txt) questions.pop_back();
  const auto answers = world.checks->answers(world.resolver, questions, ownership_wait_max);
  return evidence_of(world, zone, answers);
}

answer<ownership_outcome> settle_ownership(const rest_world& world, model::control_transaction& t,
                                           const std::string& zone_id,
                                           const ownership_evidence& seen, const rest_call* call) {
  return settlement(world, t, call).by_evidence(zone_id, seen);
}

answer<ownership_outcome> grant_ownership(const rest_world& world, model::control_transaction& t,
                                          const std::string& zone_id, const rest_call& call) {
  return settlement(world, t, &call).by_word(zone_id);
}

void follow_up_removal(const rest_world& world, const zone_object& zone) {
  if (auto* const keys = keys_of(world, zone)) keys->discard(zone.name, zone.id, zone.is_active());
}

void follow_up(const rest_world& world, const ownership_outcome& out) {
  const auto& zone = out.zone;
  if (out.displaced) {
    if (auto* const keys = keys_of(world, zone)) keys->put_away(zone.name, out.displaced->id);
    log_.warning("zone.displaced", {{"zone", zone.name},
                                    {"zone_id", out.displaced->id},
                                    {"by_zone_id", zone.id},
                                    {"hint", "another account has proven that it owns the name"}});
  }
  if (out.deactivated) {
    if (auto* const keys = keys_of(world, zone)) keys->put_away(zone.name, zone.id);
    log_.warning("zone.deactivated",
                 {{"zone", zone.name},
                  {"zone_id", zone.id},
                  {"hint", "its proof of ownership has disappeared from the DNS"}});
  }
  if (out.proof_went) {
    log_.warning("zone.proof_missing",
                 {{"zone", zone.name},
                  {"zone_id", zone.id},
                  {"hint", "mail is still accepted for the time set in zones.ownership_grace"}});
  }
  if (!out.activated) return;
  if (auto* const keys = keys_of(world, zone)) keys->bring_back(zone.name, zone.id);
  log_.info("zone.activated", {{"zone", zone.name},
                               {"zone_id", zone.id},
                               {"proof", to_string(zone.ownership.proof)}});
}

answer<first_ownership> first_ownership_of(const rest_call& call, const model::control_reader& now,
                                           const zone_object& zone,
                                           const ownership_evidence& seen, bool vouched) {
  using enum zone_proof;
  const auto& world = call.world;
  const auto speaks_for = [&](const zone_object& z) {
    return may(call.who.token, permission::zone_write, {.account = z.account, .zone = z.id});
  };
  const auto active = [&](zone_proof proof) {
    return first_ownership{.ownership = {.proof = proof, .activated = zone.created},
                           .obstacle = {}};
  };
  SP_TRY(const auto named, ask(now.zones_named(zone.name, zones_looked_at_max), "zone"));
  SP_TRY(const auto around,
         ask(now.zones_around(zone.account, zone.name, zones_looked_at_max), "zone"));
  SP_TRY(const bool wanted, ask(wants_proof(world, now), "account"));
  const bool held = !named.empty() && named.front().is_active();
  if (vouched) {
    if (held) return refuse(already_exists("zone " + zone.name));
    return active(zone_proof::granted);
  }
  const bool consent = std::ranges::all_of(around, speaks_for);
  if (!wanted && consent) {
    // No proof is required: first come, first served.
    if (held) return refuse(already_exists("zone " + zone.name));
    return active(assumed);
  }
  const bool below = std::ranges::any_of(around, [&](const auto& z) {
    return is_at_or_below(zone.name, z.name) && z.ownership.proof != assumed;
  });
  SP_TRY(const bool before, ask(was_anothers(now, zone), "zone"));
  const bool free = named.empty() && !before && !seen.public_suffix;
  if (free && consent && below) return active(zone_proof::granted);
  if (free && consent && seen.mx_here && seen.mx_alone && world.ownership.mx_counts) {
    return active(mx);
  }
  const auto most = world.ownership.inactive_per_account_max;
  SP_TRY(const auto inactive, ask(now.inactive_zones(zone.account), "zone"));
  if (most > 0 && inactive >= most) {
    return refuse(over_limit("zones of the account whose ownership is not proven"));
  }
  return first_ownership{
      .ownership = {.status = zone_status::pending, .proof = none, .activated = {}},
      .obstacle = fmt::format("publish the TXT record {}", ownership_record_name(zone.name))};
}

answer<ownership_outcome> check_ownership(const rest_call& call) {
  const auto& world = call.world;
  const auto wait = world.ownership_checked->wait_for_turn(
      call.zone->id, world.time.steady_now(), world.ownership.checks_per_hour_max);
  if (wait > 0) return refuse(rate_limited(wait));
  const auto seen = look_at_ownership(world, *call.zone, true);
  const auto settle = [&](model::control_transaction& t) {
    return settle_ownership(world, t, call.zone->id, seen, &call);
  };
  SP_TRY(auto done, commit_change<ownership_outcome>(world, "zone", settle));
  follow_up(world, done);
  return done;
}

result<void> remember_owner(model::control_transaction& t, const zone_object& zone) {
  if (!zone.is_active() && !zone.ownership.activated) return {};
  return t.put_setting(owner_setting(zone.name), zone.account);
}

int ownership_checks::wait_for_turn(std::string_view zone, steady_time now,
                                    std::uint64_t per_hour_max) {
  constexpr std::chrono::hours span{1};
  if (per_hour_max == 0) return 0;
  const std::lock_guard lock(mutex_);
  if (zones_.size() >= zones_max) {
    std::erase_if(zones_, [&](const auto& z) { return now - z.second.began >= span; });
    if (zones_.size() >= zones_max) zones_.erase(zones_.begin());
  }
  auto& w = zones_.try_emplace(std::string(zone), window{.began = now}).first->second;
  if (now - w.began >= span) w = {.began = now};
  if (w.checks < per_hour_max) {
    ++w.checks;
    return 0;
  }
  const auto left = std::chrono::ceil<std::chrono::seconds>(span - (now - w.began));
  return static_cast<int>(std::max<std::int64_t>(left.count(), 1));
}

std::shared_ptr<ownership_checks> make_ownership_checks() {
  return std::make_shared<ownership_checks>();
}

json ownership_json(const rest_world& world, const zone_object& zone, std::string_view obstacle) {
  const auto record = ownership_record(world, zone);
  auto out = state_json(zone);
  out["zone_id"] = zone.id;
  out["record"] = {{"type", record.type}, {"name", record.name}, {"content", record.content}};
  out["obstacle"] = obstacle.empty() ? json() : json(obstacle);
  return out;
}

}  // namespace signpost::api
