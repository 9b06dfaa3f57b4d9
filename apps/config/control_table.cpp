// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/control_table.hpp"

#include <limits>
#include <unordered_set>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"

namespace signpost::config {
namespace {

const logger log_("config.control");

using model::object_id;

/// The verified destinations of all accounts, while everything is read.
class verified_set {
 public:
  static result<verified_set> read(const model::control_reader& now) {
    verified_set out;
    SP_CHECK(now.for_each_verified_address(
        [&](std::string_view account, std::string_view email) -> result<void> {
          out.names_.insert(name(account, email));
          return {};
        }));
    return out;
  }
  [[nodiscard]] bool has(std::string_view account, std::string_view email) const {
    return names_.contains(name(account, to_lower(email)));
  }

 private:
  static std::string name(std::string_view account, std::string_view email) {
    return std::string(account) + ' ' + std::string(email);
  }
  std::unordered_set<std::string> names_;
};

/// Asks the store, once for each address.
class verified_memory {
 public:
  verified_memory(const model::control_reader& now, std::string_view account)
      : now_(now), account_(account) {}
  bool operator()(std::string_view email) {
    const auto [at, fresh] = answers_.try_emplace(to_lower(email), false);
    if (!fresh) return at->second;
    const auto answer = now_.is_verified(account_, email);
    if (!answer) failure_ = answer.error();
    return at->second = answer && *answer;
  }
  [[nodiscard]] const std::optional<error>& failure() const { return failure_; }

 private:
  const model::control_reader& now_;
  std::string account_;
  std::unordered_map<std::string, bool> answers_;
  std::optional<error> failure_;
};

}  // namespace

void control_table::zone_faults::add(std::string text) {
  if (rules++ < texts_per_zone_max) texts.push_back(std::move(text));
}

result<control_table> control_table::read(const model::control_reader& now,
                                          model::node_identity node, const read_options& options) {
  SP_TRY(const auto verified, verified_set::read(now));
  control_table out;
  auto b = std::make_unique<builder>(std::move(node));
  fault_map faults;
  std::size_t zones = 0;
  const auto visit = [&](const model::zone_object& object,
                         const std::vector<model::rule_object>& rules) -> result<void> {
    const model::verified_question is_verified = [&](std::string_view email) {
      return verified.has(object.account, email);
    };
    out.put(*b, {object, rules, is_verified, nullptr}, faults[object.id]);
    if (++zones % options.zones_at_once != 0) return {};
    out.finish(*b, std::exchange(faults, {}));
    b = std::make_unique<builder>(*out.table_);
    if (options.between && !options.between(zones)) return fail(errc::unavailable, "ended");
    return {};
  };
  SP_CHECK(now.for_each_zone(visit));
  SP_TRY(const auto totals, now.totals());
  b->keep_apart(totals.accounts > 1);
  out.finish(*b, std::move(faults));
  return out;
}

void control_table::update(const model::control_reader& now, const std::set<object_id>& zones) {
  builder b(*table_);
  fault_map faults;
  // Not told: as it was.
  if (const auto totals = now.totals()) b.keep_apart(totals->accounts > 1);
  // A zone that could not be made may be possible now that another has changed, so they come last.
  std::vector<object_id> again;
  for (const auto& id : again_) {
    if (again.size() < zones_again_max && !zones.contains(id)) again.push_back(id);
  }
  for (const auto& id : zones) {
    renew(b, now, id, faults[id]);
    if (faults[id].whole) again.push_back(id);
  }
  for (const auto& id : again) {
    faults[id] = {};
    renew(b, now, id, faults[id]);
  }
  finish(b, std::move(faults));
}

void control_table::renew(builder& b, const model::control_reader& now, const object_id& id,
                          zone_faults& faults) {
  auto object = now.zone(id);
  if (!object && object.error().code == errc::not_found) return drop(b, id);
  const auto keep = [&](const error& why) {
    if (const auto at = names_.find(id); at != names_.end()) faults.name = at->second;
    faults.whole = to_string(why);
  };
  if (!object) return keep(object.error());
  auto rules = now.all_rules(id, std::numeric_limits<std::size_t>::max());
  if (!rules) return keep(rules.error());
  verified_memory is_verified(now, object->account);
  // Asked beforehand: a store that does not answer must not look like an address that is not
  // verified.
  for (const auto& rule : *rules) {
    for (const auto& action : rule.actions) {
      if (!action.value) continue;
      for (const auto& email : *action.value) (void)is_verified(email);
    }
  }
  if (is_verified.failure()) return keep(*is_verified.failure());
  const auto name = address::domain::parse(object->name);
  const auto* before = name ? table_->find_zone(*name) : nullptr;
  if (before != nullptr && before->id() != id) before = nullptr;
  const model::verified_question remembered = std::ref(is_verified);
  put(b, {*object, *rules, remembered, before}, faults);
}

void control_table::put(builder& b, const zone_facts& zone, zone_faults& faults) {
  const auto& object = zone.object;
  faults.name = object.name;
  if (!object.is_active()) return drop(b, object.id);
  auto reading = model::zone_of(object, zone.rules, zone.is_verified, zone.before);
  if (!reading) {
    faults.whole = to_string(reading.error());
    return;
  }
  if (!reading->routed.enabled) return drop(b, object.id);  // nothing of it is asked for
  for (auto& text : reading->left_out) faults.add("rule " + std::move(text));
  const auto old = names_.find(object.id);
  if (old != names_.end() && old->second != object.name) drop(b, object.id);
  if (auto done = b.put(reading->routed); !done) {
    faults.whole = to_string(done.error());
  } else {
    names_.insert_or_assign(object.id, object.name);
  }
}

void control_table::drop(builder& b, const object_id& id) {
  const auto at = names_.find(id);
  if (at == names_.end()) return;
  // The name may be another's by now.
  if (const auto name = address::domain::parse(at->second)) b.remove(*name, id);
  names_.erase(at);
}

void control_table::finish(builder& b, fault_map faults) {
  std::vector<builder::chain_fault> chains;
  table_ = b.finish(chains);
  node_fault_.reset();
  for (auto& chain : chains) {
    if (chain.zone.empty()) {
      node_fault_ = to_string(chain.why);
    } else {
      if (chain.steps <= again_steps_max) faults[chain.zone].has_chains = true;
      faults[chain.zone].add("rule " + chain.rule + ": " + to_string(chain.why));
    }
  }
  for (auto& [id, found] : faults) note(id, std::move(found));
}

void control_table::note(const object_id& id, zone_faults faults) {
  const auto old = faults_.find(id);
  if (old != faults_.end()) {
    left_out_.zones -= old->second.whole ? 1 : 0;
    left_out_.rules -= old->second.rules;
  }
  if (faults.whole || faults.has_chains) {
    again_.insert(id);
  } else {
    again_.erase(id);
  }
  if (!faults.whole && faults.rules == 0) {
    if (old != faults_.end()) faults_.erase(old);
    return;
  }
  left_out_.zones += faults.whole ? 1 : 0;
  left_out_.rules += faults.rules;
  if (old != faults_.end() && old->second == faults) return;
  if (faults.whole) {
    log_.error("config.zone_left_out", {{"zone", faults.name},
                                        {"zone_id", id},
                                        {"error", *faults.whole},
                                        {"hint", "what was in force of it stays in force"}});
  }
  for (const auto& text : faults.texts) {
    log_.warning("config.rule_left_out", {{"zone", faults.name}, {"reason", text}});
  }
  faults_.insert_or_assign(id, std::move(faults));
}

std::vector<std::string> control_table::reasons(std::size_t max) const {
  std::vector<std::string> out;
  if (node_fault_) out.push_back("node: " + *node_fault_);
  for (const auto& [id, found] : faults_) {
    if (out.size() >= max) break;
    if (found.whole) out.push_back("zone " + found.name + ": " + *found.whole);
    for (const auto& text : found.texts) {
      if (out.size() < max) out.push_back("zone " + found.name + ", " + text);
    }
  }
  return out;
}

}  // namespace signpost::config
