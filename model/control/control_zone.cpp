// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "model/control/control_rule.hpp"

namespace signpost::model {
namespace {

// The zone without its rules.
result<zone> frame_of(const zone_object& object) {
  zone z;
  z.id = object.id;
  z.account = object.account;
  SP_TRY(z.name, address::domain::parse(object.name));
  // `paused` means that only the DNS of the zone is served, without a proxy: its MX records remain,
  // and so mail is still routed.
  z.enabled = object.routing_enabled;
  z.subaddressing = object.support_subaddress;
  z.admission = object.admission;
  for (const auto& subdomain : object.subdomains) {
    if (!subdomain.enabled) continue;
    SP_TRY(auto name, address::domain::parse(subdomain.name));
    z.subdomains.push_back(std::move(name));
  }
  return z;
}

// The patterns of the zone as it was.
class known_patterns {
 public:
  explicit known_patterns(const zone_routes* before) {
    if (before == nullptr) return;
    for (const auto& rule : before->ordered()) {
      if (!rule.pattern.empty()) by_text_[key_of(rule.pattern)] = &rule.pattern;
    }
  }
  [[nodiscard]] const address_pattern* find(std::string_view text, bool is_regex) const {
    const auto found = by_text_.find({text, is_regex});
    return found == by_text_.end() ? nullptr : found->second;
  }

 private:
  using key = std::pair<std::string_view, bool>;
  static key key_of(const address_pattern& p) { return {p.text(), p.is_regex()}; }
  std::map<key, const address_pattern*> by_text_;
};

std::string too_many_ordered() {
  return fmt::format("the zone has more than {} rules with patterns or conditions",
                     zone_routes::ordered_rules_max);
}

std::string too_many_steps() {
  return fmt::format(
      "the regular expressions of the zone take more than {} steps for each octet of an address",
      zone_routes::regex_steps_max);
}

class zone_maker {
 public:
  zone_maker(zone frame, const verified_question& is_verified, const zone_routes* before)
      : out_{.routed = std::move(frame), .left_out = {}},
        patterns_(before),
        reader_{.in = out_.routed,
                .is_verified = is_verified,
                .compiled = [this](std::string_view text, bool is_regex) {
                  return patterns_.find(text, is_regex);
                }} {}
  zone_maker(const zone_maker&) = delete;
  zone_maker& operator=(const zone_maker&) = delete;

  void add(const rule_object& rule) {
    if (rule.catch_all) {
      add_catch_all(rule);
      return;
    }
    // Before its pattern is read, which takes time.
    if (is_ordered(rule) && ordered_ >= zone_routes::ordered_rules_max) {
      leave_out(rule, too_many_ordered());
      miss(rule);
      return;
    }
    auto made = reader_.rule(rule);
    if (!made) {
      leave_out(rule, made.error());
      if (has_costly_pattern(rule)) miss(rule);
    } else if (!has_room_for(made->pattern)) {
      leave_out(rule, too_many_steps());
      miss(rule);
    } else if (made->is_plain() && !taken_.insert(made->address.folded()).second) {
      leave_out(rule, "another rule has the same address");
    } else {
      ordered_ += made->is_plain() ? 0 : 1;
      out_.routed.rules.push_back(std::move(*made));
    }
  }

  zone_reading finish() { return std::move(out_); }

 private:
  void add_catch_all(const rule_object& rule) {
    auto action = reader_.catch_all_action(rule);
    if (action) {
      out_.routed.apex_catch_all = {.enabled = true, .action = std::move(*action)};
    } else {
      leave_out(rule, action.error());
    }
  }
  // What was once allowed may exceed today's limits.
  static bool has_costly_pattern(const rule_object& rule) {
    return std::ranges::any_of(rule.matchers, [](const rule_matcher& m) {
      if (m.type != "regex") return false;
      const auto made = address_pattern::regex(m.value.value_or(""));
      return !made && made.error().code == errc::limit_exceeded;
    });
  }
  bool has_room_for(const address_pattern& pattern) {
    const auto steps = pattern.is_regex() ? pattern.steps() : 0;
    if (regex_steps_ + steps > zone_routes::regex_steps_max) return false;
    regex_steps_ += steps;
    return true;
  }
  void miss(const rule_object& rule) {
    const auto of_kind = [&](std::string_view type) {
      return std::ranges::find(rule.matchers, type, &rule_matcher::type) != rule.matchers.end();
    };
    rule_place place{.priority = rule.priority};
    if (of_kind("glob")) place.matcher = matcher_kind::glob;
    if (of_kind("regex")) place.matcher = matcher_kind::regex;
    if (of_kind("all")) place.matcher = matcher_kind::all;
    auto& first = out_.routed.missing_from;
    if (!first || place < *first) first = place;
  }
  void leave_out(const rule_object& rule, std::string_view reason) {
    out_.left_out.push_back(fmt::format("{}: {}", rule.id, reason));
  }

  zone_reading out_;
  known_patterns patterns_;
  rule_reader reader_;
  std::set<std::string> taken_;  ///< addresses of plain rules
  std::size_t ordered_ = 0;
  std::uint64_t regex_steps_ = 0;
};

}  // namespace

result<zone_reading> zone_of(const zone_object& object, const std::vector<rule_object>& rules,
                             const verified_question& is_verified, const zone_routes* before) {
  SP_TRY(auto frame, frame_of(object));
  zone_maker maker(std::move(frame), is_verified, before);
  for (const auto& rule : rules) {
    if (rule.enabled) maker.add(rule);
  }
  return maker.finish();
}

result<void> check_rule(const rule_object& rule, const zone_object& object) {
  SP_TRY(const auto z, frame_of(object));
  const rule_reader reader{.in = z,
                           .is_verified = [](std::string_view) { return true; },
                           .compiled = [](std::string_view, bool) { return nullptr; },
                           .strict = true};
  const auto refuse = [](std::string reason) { return fail(errc::malformed, std::move(reason)); };
  if (rule.catch_all) {
    if (auto made = reader.catch_all_action(rule); !made) return refuse(std::move(made.error()));
  } else if (auto made = reader.rule(rule); !made) {
    return refuse(std::move(made.error()));
  }
  return {};
}

bool is_ordered(const rule_object& rule) {
  return !rule.catch_all
         && (rule.matchers.size() != 1 || rule.matchers.front().type != "literal");
}

pattern_use use_of(const rule_object& rule) {
  if (!rule.enabled || !is_ordered(rule)) return {};
  pattern_use use{.rules = 1, .regex_steps = 0};
  for (const auto& m : rule.matchers) {
    if (m.type != "regex") continue;
    // Unusable rules do not use any capacity.
    if (const auto made = address_pattern::regex(m.value.value_or(""))) {
      use.regex_steps += made->steps();
    }
  }
  return use;
}

result<void> check_room(const rule_object& rule, const pattern_use& others) {
  const auto own = use_of(rule);
  if (own.rules > 0 && others.rules + own.rules > zone_routes::ordered_rules_max) {
    return fail(errc::limit_exceeded, too_many_ordered());
  }
  if (own.regex_steps > 0 && others.regex_steps + own.regex_steps > zone_routes::regex_steps_max) {
    return fail(errc::limit_exceeded,
                fmt::format("{}, with {} for this one", too_many_steps(), own.regex_steps));
  }
  return {};
}

result<void> check_room(const rule_object& rule, const std::vector<rule_object>& others) {
  if (!rule.enabled || !is_ordered(rule)) return {};
  pattern_use sum;
  for (const auto& other : others) {
    if (!other.enabled || !is_ordered(other) || other.id == rule.id) continue;
    // Reading patterns takes time: no more of them than the limit allows.
    if (++sum.rules >= zone_routes::ordered_rules_max) break;
    sum.regex_steps += use_of(other).regex_steps;
    if (sum.regex_steps > zone_routes::regex_steps_max) break;
  }
  return check_room(rule, sum);
}

}  // namespace signpost::model
