// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "routing/control_table.hpp"

#include <limits>
#include <unordered_set>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"

namespace signpost::routing {
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

/// Queries the store, once for each address.
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

void control_table::zone_faults::add_chain(const builder::chain_fault& chain,
                                           const std::string& account) {
  if (chains++ < texts_per_zone_max) {
    chain_texts.push_back("rule " + chain.rule + ": " + to_string(chain.why));
  }
  steps = chain.steps;
  // Expensive to check, so left unchanged until the zone itself changes.
  if (chain.steps > again_steps_max) return waits_for.clear();
  if (waits_for.contains(account)) return;
  waits_for.insert(chain.asked.begin(), chain.asked.end());
  // Chains only lead through zones of one account.
  if (waits_for.size() > builder::asked_max) waits_for = {account};
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
  out.zones_read_ = zones;
  return out;
}

void control_table::update(const model::control_reader& now, const std::set<object_id>& zones) {
  builder b(*table_);
  fault_map faults;
  // Not reported: it stays as it was.
  if (const auto totals = now.totals()) b.keep_apart(totals->accounts > 1);
  zones_read_ = 0;
  std::set<std::string> changed;
  for (const auto& id : zones) {
    add_changed(changed, id);
    renew(b, now, id, faults[id]);
    due_.erase(id);
    // Another of these zones may have given up the name that it claims.
    if (faults[id].whole) due_.insert(id);
  }
  // A zone that could not be built may be possible now, so these come last.
  make_due(changed);
  if (!zones.empty()) due_.insert(unread_.begin(), unread_.end());
  look_again(b, now, faults);
  finish(b, std::move(faults));
  // Its name may be new.
  std::set<std::string> made;
  for (const auto& id : zones) add_changed(made, id);
  std::erase_if(made, [&](const std::string& name) { return changed.contains(name); });
  make_due(made);
}

std::string control_table::account_of(const std::string& zone_name) const {
  const auto name = address::domain::parse(zone_name);
  const auto* found = name && table_ ? table_->find_zone(*name) : nullptr;
  return found == nullptr ? std::string() : '@' + found->account();
}

// As in the table now.
void control_table::add_changed(std::set<std::string>& changed, const object_id& id) const {
  const auto at = names_.find(id);
  if (at == names_.end()) return;
  changed.insert(at->second);
  if (auto account = account_of(at->second); !account.empty()) changed.insert(std::move(account));
}

void control_table::make_due(const std::set<std::string>& changed) {
  for (const auto& name : changed) {
    if (const auto at = waiting_.find(name); at != waiting_.end()) {
      due_.insert(at->second.begin(), at->second.end());
    }
  }
}

// What changes of other zones may have fixed: forwards are followed again in the table, without the
// store; only a missing zone has to be read.
void control_table::look_again(builder& b, const model::control_reader& now, fault_map& faults) {
  std::uint64_t steps = 0;
  for (std::size_t looked_at = 0; !due_.empty(); ++looked_at) {
    if (looked_at >= zones_again_max || steps >= again_steps_at_once_max) return;
    const auto id = *due_.begin();
    due_.erase(due_.begin());
    const auto known = faults_.find(id);
    const bool renewed = faults.contains(id);
    if (renewed && !faults[id].whole) continue;
    if (renewed || known == faults_.end() || known->second.whole) {
      steps += again_steps_max;
      faults[id] = {};
      renew(b, now, id, faults[id]);
      continue;
    }
    steps += known->second.steps;
    auto& found = faults[id] = known->second;
    found.chains = 0;
    found.chain_texts.clear();
    found.waits_for.clear();
    if (const auto name = address::domain::parse(found.name)) b.check_again(*name, id);
  }
}

void control_table::renew(builder& b, const model::control_reader& now, const object_id& id,
                          zone_faults& faults) {
  ++zones_read_;
  auto object = now.zone(id);
  if (!object && object.error().code == errc::not_found) return drop(b, id);
  const auto keep = [&](const error& why) {
    if (const auto at = names_.find(id); at != names_.end()) faults.name = at->second;
    faults.whole = to_string(why);
    faults.unread = true;
  };
  if (!object) return keep(object.error());
  auto rules = now.all_rules(id, std::numeric_limits<std::size_t>::max());
  if (!rules) return keep(rules.error());
  verified_memory is_verified(now, object->account);
  // Queried beforehand, because a store that does not answer must not look like an unverified
  // address.
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
  if (!reading->routed.enabled) return drop(b, object.id);  // none of it is requested
  for (auto& text : reading->left_out) faults.add("rule " + std::move(text));
  const auto old = names_.find(object.id);
  if (old != names_.end() && old->second != object.name) drop(b, object.id);
  std::string rival;
  if (auto done = b.put(reading->routed, &rival); !done) {
    faults.whole = to_string(done.error());
    if (!rival.empty()) faults.waits_for.insert(std::move(rival));
  } else {
    names_.insert_or_assign(object.id, object.name);
  }
}

void control_table::drop(builder& b, const object_id& id) {
  const auto at = names_.find(id);
  if (at == names_.end()) return;
  // The name may belong to another zone by now.
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
      auto& found = faults[chain.zone];
      found.add_chain(chain, account_of(found.name));
    }
  }
  for (auto& [id, found] : faults) note(id, std::move(found));
}

void control_table::forget(const object_id& id, const zone_faults& old) {
  left_out_.zones -= old.whole ? 1 : 0;
  left_out_.rules -= old.rules + old.chains;
  for (const auto& name : old.waits_for) {
    const auto at = waiting_.find(name);
    at->second.erase(id);
    if (at->second.empty()) waiting_.erase(at);
  }
}

void control_table::note(const object_id& id, zone_faults faults) {
  const auto old = faults_.find(id);
  if (old != faults_.end()) forget(id, old->second);
  unread_.erase(id);
  if (!faults.whole && faults.rules + faults.chains == 0) {
    if (old != faults_.end()) faults_.erase(old);
    return;
  }
  for (const auto& name : faults.waits_for) waiting_[name].insert(id);
  if (faults.unread) unread_.insert(id);
  left_out_.zones += faults.whole ? 1 : 0;
  left_out_.rules += faults.rules + faults.chains;
  if (old == faults_.end() || !old->second.says_the_same(faults)) tell(id, faults);
  faults_.insert_or_assign(id, std::move(faults));
}

void control_table::tell(const object_id& id, const zone_faults& faults) {
  if (faults.whole) {
    log_.error("config.zone_left_out",
               {{"zone", faults.name},
                {"zone_id", id},
                {"error", *faults.whole},
                {"hint", "the version of the zone in force stays in force"}});
  }
  for (const auto* texts : {&faults.texts, &faults.chain_texts}) {
    for (const auto& text : *texts) {
      log_.warning("config.rule_left_out", {{"zone", faults.name}, {"reason", text}});
    }
  }
}

std::vector<std::string> control_table::reasons(std::size_t max) const {
  std::vector<std::string> out;
  if (node_fault_) out.push_back("node: " + *node_fault_);
  for (const auto& [id, found] : faults_) {
    if (out.size() >= max) break;
    if (found.whole) out.push_back("zone " + found.name + ": " + *found.whole);
    for (const auto* texts : {&found.texts, &found.chain_texts}) {
      for (const auto& text : *texts) {
        if (out.size() < max) out.push_back("zone " + found.name + ", " + text);
      }
    }
  }
  return out;
}

}  // namespace signpost::routing
