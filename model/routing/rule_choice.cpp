// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/rule_choice.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace signpost::model {
namespace {

using packed_rule = zone_routes::packed_rule;
using ordered_rule = zone_routes::ordered_rule;
using specificity = zone_routes::specificity;

std::string_view kind_word(specificity rank) {
  switch (rank) {
    case specificity::exact:
    case specificity::base:
      return "literal";
    case specificity::glob:
      return "glob";
    case specificity::regex:
      return "regex";
    case specificity::all:
      return "all";
  }
  return "";
}

// `user` of `user+detail`; nothing if there is no detail.
std::optional<address::mailbox> without_detail(const address::mailbox& to) {
  const auto plus = to.local().find('+');
  if (plus == std::string::npos || plus == 0) return std::nullopt;
  return address::mailbox::make(to.local().substr(0, plus), to.host());
}

class chooser {
 public:
  chooser(const rule_question& q, step_list& steps) : q_(q), steps_(steps) {}

  rule_choice choose() {
    find_plain();
    const auto ordered = q_.zone->ordered();
    const bool all_there = q_.postmaster || !q_.zone->missing_from();
    if (ordered.empty() && all_there) {
      out_.rule = plain_;
      return std::move(out_);
    }
    folded_ = q_.to.folded();
    if (const auto base = without_detail(q_.to)) folded_base_ = base->folded();
    for (const auto& rule : ordered) {
      if (plain_goes_before(rule)) take_plain();
      if (decided_ && !steps_.wanted()) break;
      if (!decided_ && !all_there && is_behind_gap({rule.priority, rule.rank})) break;
      if (!budget().spend(1)) break;
      if (matches(rule)) look_at(rule);
    }
    if (plain_) take_plain();
    if (!decided_ && !all_there) stop_at_gap();
    return std::move(out_);
  }

 private:
  void find_plain() {
    plain_ = q_.zone->find(q_.to);
    if (plain_) {
      steps_.add("rule {} ({}) is for exactly this address", plain_->id, plain_->address);
    } else {
      steps_.add("no rule is for exactly this address");
      find_base();
    }
    if (plain_ && !may_take(*plain_, plain_rank_)) {
      steps_.add("the rule is skipped: postmaster is never refused");
      plain_.reset();
    }
  }

  void find_base() {
    const auto user = without_detail(q_.to);
    if (!user) return;
    if (!q_.zone->subaddressing()) {
      steps_.add("subaddressing is off: +detail is an ordinary part of the address");
      return;
    }
    plain_ = q_.zone->find(*user);
    plain_rank_ = specificity::base;
    if (plain_) {
      steps_.add("subaddressing: rule {} is for {}", plain_->id, plain_->address);
    } else {
      steps_.add("subaddressing: no rule is for {}", printable(user->to_string()));
    }
  }

  // Among equals the ordered rule has conditions, so it goes first.
  [[nodiscard]] bool plain_goes_before(const ordered_rule& rule) const {
    return plain_ && std::pair(plain_->priority, plain_rank_) < std::pair(rule.priority, rule.rank);
  }

  // Everything that comes behind a rule that is missing might have been that rule's.
  [[nodiscard]] bool is_behind_gap(std::pair<double, specificity> place) const {
    const auto gap = q_.zone->missing_from();
    return !q_.postmaster && gap && !(place < *gap);
  }

  void stop_at_gap() {
    if (!out_.unknowable) steps_.add("rules beyond a limit of the zone would be tried now");
    out_.unknowable = true;
  }

  void take_plain() {
    if (!decided_ && is_behind_gap({plain_->priority, plain_rank_})) {
      stop_at_gap();
    } else if (!decided_) {
      steps_.add("rule {} (literal, priority {}) applies", plain_->id, plain_->priority);
      out_.rule = plain_;
      decided_ = true;
    } else {
      steps_.add("rule {} (literal, priority {}) comes later", plain_->id, plain_->priority);
    }
    plain_.reset();
  }

  [[nodiscard]] step_budget& budget() { return q_.patterns.budget(); }

  // nullptr: the budget is used up, or they cannot be compiled.
  const compiled_patterns* compiled() {
    if (!asked_for_patterns_) {
      asked_for_patterns_ = true;
      auto got = q_.patterns.of(q_.zone);
      if (got) {
        compiled_ = std::move(*got);
      } else {
        cannot_match(got.error());
      }
    }
    return compiled_.get();
  }

  void cannot_match(const error& why) {
    steps_.add("the patterns of the zone cannot be matched: {}", why.context);
    if (!decided_) out_.unknowable = true;
  }

  bool glob_matches(const ordered_rule& rule) {
    const auto* patterns = compiled();
    return patterns != nullptr && budget().spend(rule.pattern.steps() * folded_.size())
           && patterns->glob_matches(rule.number, folded_);
  }

  // All expressions are matched at once, when the first is asked for.
  bool regex_matches(const ordered_rule& rule) {
    if (!regexes_) {
      regexes_.emplace();
      const auto* patterns = compiled();
      if (patterns == nullptr) return false;
      if (!budget().spend(std::uint64_t{q_.zone->regex_steps()} * folded_.size())) return false;
      auto found = patterns->matching_regexes(folded_);
      if (found) {
        regexes_ = std::move(*found);
      } else {
        cannot_match(found.error());
      }
    }
    return std::ranges::binary_search(*regexes_, static_cast<int>(rule.number));
  }

  [[nodiscard]] bool matches(const ordered_rule& rule) {
    switch (rule.rank) {
      case specificity::exact:
        return rule.address == folded_;
      case specificity::base:
        return !folded_base_.empty() && rule.address == folded_base_;
      case specificity::glob:
        return glob_matches(rule);
      case specificity::regex:
        return regex_matches(rule);
      case specificity::all:
        return true;
    }
    return false;
  }

  void look_at(const ordered_rule& rule) {
    const auto action = q_.zone->action_of(rule);
    const auto say = [&](std::string_view what) {
      if (!steps_.wanted()) return;
      steps_.add("rule {} ({} {}, priority {}) {}", action.id, kind_word(rule.rank),
                 printable(action.address), rule.priority, what);
    };
    if (decided_) return say("comes later");
    if (!may_take(action, rule.rank)) return say("is skipped: postmaster is never refused");
    if (rule.conditions.empty()) {
      say("applies");
    } else if (q_.facts == nullptr) {
      if (steps_.wanted()) say("applies if " + rule.conditions.to_string());
      if (!out_.waiting) out_.waiting = action;
      out_.waiting_refuse = out_.waiting_refuse && action.kind == action_kind::reject;
      return;
    } else if (!rule.conditions.hold(*q_.facts)) {
      if (steps_.wanted()) say("is skipped: " + rule.conditions.unmet(*q_.facts));
      return;
    } else if (steps_.wanted()) {
      say("applies: " + rule.conditions.to_string());
    }
    out_.rule = action;
    decided_ = true;
  }

  [[nodiscard]] bool may_take(const packed_rule& rule, specificity rank) const {
    if (!q_.postmaster) return true;
    const bool own = rank == specificity::exact || rank == specificity::base;
    return rule.kind == action_kind::forward || (own && rule.kind == action_kind::drop);
  }

  const rule_question& q_;
  step_list& steps_;
  std::string folded_;
  std::string folded_base_;
  std::optional<packed_rule> plain_;  ///< as long as it has not had its turn
  specificity plain_rank_ = specificity::exact;
  bool decided_ = false;
  bool asked_for_patterns_ = false;
  std::shared_ptr<const compiled_patterns> compiled_;
  std::optional<std::vector<int>> regexes_;  ///< that match, by number
  rule_choice out_;
};

}  // namespace

rule_choice choose_rule(const rule_question& question, step_list& steps) {
  return chooser(question, steps).choose();
}

}  // namespace signpost::model
