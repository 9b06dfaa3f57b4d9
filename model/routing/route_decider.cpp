// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/route_decider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "model/replies.hpp"
#include "model/routing/rule_choice.hpp"

namespace signpost::model {
namespace {

// Failover may lead to addresses with failover, and each of these is examined separately: this
// bounds the work of one decision, however such rules are laid.
constexpr std::size_t followed_max = 10 * routing_table::destinations_max;

// What work that is not the matching of patterns counts (see step_budget), roughly as measured.
constexpr std::uint64_t steps_of_an_octet = 2;          // of an address that is read
constexpr std::uint64_t steps_of_a_foreign_octet = 50;  // the same with letters beyond ASCII: IDNA

bool is_postmaster(std::string_view local) {
  return equals_ignoring_case(local, "postmaster");
}

bool same_mailbox(const address::mailbox& a, const address::mailbox& b) {
  return a.host() == b.host() && a.literal() == b.literal()
         && equals_ignoring_case(a.local(), b.local());
}

bool same_place(const destination& a, const destination& b) {
  return a.webhook == b.webhook && same_mailbox(a.mailbox, b.mailbox);
}

bool contains(const std::vector<destination>& list, const destination& wanted) {
  return std::ranges::any_of(list, [&](const auto& one) { return same_place(one, wanted); });
}

void add(std::vector<destination>& list, destination one) {
  if (!contains(list, one)) list.push_back(std::move(one));
}

// It is not known what should happen to the mail.
bool is_open(route_kind kind) {
  return kind == route_kind::costly || kind == route_kind::unavailable;
}

bool refuses(route_kind kind) {
  return kind == route_kind::reject || kind == route_kind::unknown;
}

tl::unexpected<error> too_costly() {
  return fail(errc::limit_exceeded, "the decision takes too many steps");
}

tl::unexpected<error> too_many() {
  return fail(errc::limit_exceeded,
              fmt::format("more than {} destinations", routing_table::destinations_max));
}

std::string step_of(const destination& to) {
  auto text = "to " + printable(to.to_string());
  for (const auto& next : to.fallbacks) text += ", failing that " + printable(next.to_string());
  return text;
}

}  // namespace

route_decider::match route_decider::from_action(const zone_routes& z,
                                                const zone_routes::packed_rule& rule) {
  match m{.kind = route_kind::drop, .in = &z, .rule = rule.id};
  if (rule.kind == action_kind::forward) {
    m.kind = route_kind::forward;
    m.destinations = rule.destinations();
  } else if (rule.kind == action_kind::reject) {
    m.kind = route_kind::reject;
    m.reject_text = rule.reject_text;
  }
  return m;
}

route_decider::match route_decider::to_postmaster(const zone_routes* z,
                                                  std::vector<destination> destinations) {
  return {.kind = route_kind::postmaster,
          .in = z,
          .rule = postmaster_rule,
          .destinations = std::move(destinations)};
}

bool route_decider::spend_on(std::string_view packed_destinations) const {
  const auto each = is_ascii(packed_destinations) ? steps_of_an_octet : steps_of_a_foreign_octet;
  return spend(each * packed_destinations.size());
}

// RFC 5321 §4.5.1: "Any system that includes an SMTP server supporting mail relaying or delivery
// MUST support the reserved mailbox "postmaster" as a case-insensitive local name."
route_decider::match route_decider::match_postmaster(const host_map::place& at,
                                                     step_list& steps) const {
  const auto& z = *at.zone;
  if (const auto own = z.postmaster()) {
    if (!spend_on(own->packed_destinations)) return {.kind = route_kind::costly, .in = &z};
    steps.add("to the postmaster of the zone");
    return to_postmaster(&z, own->destinations());
  }
  const auto rest = z.rest(at.host);
  if (rest && rest->kind == action_kind::forward) {
    if (!spend_on(rest->packed_destinations)) return {.kind = route_kind::costly, .in = &z};
    steps.add("the catch-all applies");
    return from_action(z, *rest);
  }
  steps.add("to the postmaster of the node{}",
            node_.postmaster.empty() ? ", which is not set" : "");
  auto m = to_postmaster(&z, to_destinations(node_.postmaster));
  m.of_node = true;
  return m;
}

// What is left when no rule decides.
route_decider::match route_decider::match_rest(const host_map::place& at, bool postmaster,
                                               step_list& steps) const {
  if (postmaster) return match_postmaster(at, steps);
  if (const auto rest = at.zone->rest(at.host)) {
    if (!spend_on(rest->packed_destinations)) {
      return {.kind = route_kind::costly, .in = at.zone.get()};
    }
    steps.add("the catch-all applies");
    return from_action(*at.zone, *rest);
  }
  steps.add("no catch-all: no such address");
  return {.kind = route_kind::unknown, .in = at.zone.get()};
}

route_decider::match route_decider::match_in_zone(const host_map::place& at,
                                                  const address::mailbox& to,
                                                  step_list& steps) const {
  const auto& z = *at.zone;
  const bool postmaster = is_postmaster(to.local());
  const auto choice = choose_rule({.zone = at.zone,
                                   .to = to,
                                   .facts = facts_,
                                   .postmaster = postmaster,
                                   .patterns = patterns_},
                                  steps);
  const bool affordable = !choice.rule || spend_on(choice.rule->packed_destinations);
  if (!affordable || patterns_.budget().used_up()) return {.kind = route_kind::costly, .in = &z};
  auto m = choice.rule ? from_action(z, *choice.rule) : match_rest(at, postmaster, steps);
  if (choice.unknowable) m = {.kind = route_kind::unavailable, .in = &z};
  if (!choice.waiting) return m;
  // Refused in any case: then RCPT may say so, and spare the client the message.
  if (choice.waiting_refuse && refuses(m.kind)) return m;
  return {.kind = route_kind::undecided, .in = &z, .rule = choice.waiting->id};
}

// Addresses at the node's own name and addresses.
route_decider::match route_decider::match_node(const address::mailbox& to, step_list& steps) const {
  const bool at_literal = to.literal().has_value();
  if (!is_node(to)) {
    steps.add("{} is not a domain of this node", at_literal ? "the literal" : to.host().ascii());
    return {.kind = route_kind::not_ours};
  }
  // RFC 2142 §4 wants abuse@ beside postmaster@ at a host that takes mail; mailer-daemon@ is whom
  // our reports are from, and people answer them.
  const auto is = [&](std::string_view name) { return equals_ignoring_case(to.local(), name); };
  if (is_postmaster(to.local()) || (!at_literal && (is("abuse") || is("mailer-daemon")))) {
    steps.add("to the postmaster of the node{}",
              node_.postmaster.empty() ? ", which is not set" : "");
    return to_postmaster(nullptr, to_destinations(node_.postmaster));
  }
  steps.add("the node itself has no mailbox other than postmaster");
  return {.kind = route_kind::unknown};
}

// At the node's own name or addresses; zones are not examined.
bool route_decider::is_node(const address::mailbox& to) const {
  if (to.literal()) {
    return std::ranges::find(node_.addresses, *to.literal()) != node_.addresses.end();
  }
  return !to.host().empty() && to.host() == node_.host_name;
}

route_decider::match route_decider::match_address(const address::mailbox& to,
                                                  step_list& steps) const {
  (void)spend(steps_of_a_lookup);
  const auto* at = to.literal() ? nullptr : hosts_.find(to.host().ascii());
  if (at == nullptr) return match_node(to, steps);
  steps.add("{} is routed by zone {}", to.host().ascii(), at->zone->name().ascii());
  return match_in_zone(*at, to, steps);
}

// Collects where mail leaves us. What was followed once is not followed again, so the work is
// bounded by destinations_max and a circle ends. `chained`: `from` was reached through another
// rule.
result<void> route_decider::expand(const match& from, bool chained, std::size_t depth,
                                   expansion& x) {
  if (depth > routing_table::forward_depth_max) {
    return fail(errc::malformed,
                fmt::format("the forwards between local addresses take more than {} steps",
                            routing_table::forward_depth_max));
  }
  for (const auto& to : from.destinations) {
    if (!to.is_webhook()) {
      SP_CHECK(to.fallbacks.empty() ? follow(to, depth, x) : follow_failover(to, depth, x));
      continue;
    }
    if (x.outside.size() >= routing_table::destinations_max) return too_many();
    auto hook = to;
    if (chained && from.in != nullptr) {
      hook.zone = from.in->name().ascii();
      hook.zone_id = from.in->id();
      hook.rule = from.rule;
    }
    add(x.outside, std::move(hook));
  }
  return {};
}

// What the DNS says about another account's domain applies to us as to everyone; its rules are not
// even read.
bool route_decider::is_anothers(const address::mailbox& to, const expansion& x) const {
  if (x.account == nullptr || to.literal()) return false;
  const auto* at = hosts_.find(to.host().ascii());
  return at != nullptr && at->zone->account() != *x.account;
}

result<void> route_decider::follow(const destination& to, std::size_t depth, expansion& x) {
  if (!spend(x.outside.size() + x.followed.size())) return too_costly();
  if (contains(x.outside, to) || contains(x.followed, to)) return {};
  if (x.outside.size() + x.followed.size() >= routing_table::destinations_max
      || ++followed_ > followed_max) {
    return too_many();
  }
  if (is_anothers(to.mailbox, x)) {
    x.outside.push_back(to);
    return {};
  }
  step_list silent(nullptr);
  const auto m = match_address(to.mailbox, silent);
  note_asked(m.in);
  if (m.kind == route_kind::not_ours) {
    x.outside.push_back(to);
  } else if (m.kind == route_kind::drop) {
    x.dropped = true;
  } else if (m.kind == route_kind::undecided) {
    x.undecided = true;
  } else if (m.kind == route_kind::unavailable && strict_) {
    x.undecided = true;
  } else if (is_open(m.kind)) {
    x.refusal_kind = m.kind;
    x.reject_text = {};
    if (m.kind == route_kind::costly) return too_costly();
    return fail(errc::unavailable,
                fmt::format("the rules of {} exceed a limit", printable(to.to_string())));
  } else if (m.destinations.empty()) {
    const bool rejects = m.kind == route_kind::reject;
    x.refusal_kind = rejects ? route_kind::reject : route_kind::unknown;
    x.reject_text = rejects ? m.reject_text : std::string_view();
    return fail(errc::malformed, fmt::format("forwards to {}, a local address that accepts no mail",
                                             printable(to.to_string())));
  } else {
    x.followed.push_back(to);
    return expand(m, true, depth + 1, x);
  }
  return {};
}

// Local addresses among those for failover are replaced according to their rules. One that refuses
// has failed permanently, so the next one is tried; one that sends to several has the rest behind
// each of them.
result<void> route_decider::follow_failover(const destination& to, std::size_t depth,
                                            expansion& x) {
  auto left = to.fallbacks;
  left.insert(left.begin(), to.mailbox);
  result<void> failed;
  while (!left.empty()) {
    const destination next{.mailbox = std::move(left.front())};
    left.erase(left.begin());
    expansion branch{.followed = x.followed, .account = x.account};
    failed = follow(next, depth, branch);
    if (failed && branch.outside.empty() && !branch.dropped && !branch.undecided) {
      failed = fail(errc::malformed, "the forwards between local addresses form a loop");
    }
    if (!failed) {
      x.refusal_kind = branch.refusal_kind;
      x.reject_text = branch.reject_text;
      if (strict_ || is_open(branch.refusal_kind)) return failed;
      continue;
    }
    x.dropped = x.dropped || branch.dropped;
    x.undecided = x.undecided || branch.undecided;
    SP_TRY(const auto rest, resolved_fallbacks(left, depth, x));
    for (auto& one : branch.outside) {
      for (const auto& m : rest) {
        if (!same_mailbox(m, one.mailbox)) one.fallbacks.push_back(m);
      }
      one.fallbacks.resize(std::min(one.fallbacks.size(), zone_routes::fallbacks_max));
      add(x.outside, std::move(one));
    }
    return {};
  }
  return failed;
}

result<std::vector<address::mailbox>> route_decider::resolved_fallbacks(
    const std::vector<address::mailbox>& list, std::size_t depth, expansion& x) {
  std::vector<address::mailbox> out;
  for (const auto& m : list) {
    if (!spend(x.followed.size())) return too_costly();
    expansion branch{.followed = x.followed, .account = x.account};
    auto done = follow({.mailbox = m}, depth, branch);
    const bool open = !done && is_open(branch.refusal_kind);
    if (open) x.refusal_kind = branch.refusal_kind;
    if (open || (!done && strict_)) return tl::unexpected(std::move(done.error()));
    x.undecided = x.undecided || branch.undecided;
    for (const auto& one : branch.outside) {
      if (one.is_webhook()) continue;  // a fallback is a mailbox
      out.push_back(one.mailbox);
      out.insert(out.end(), one.fallbacks.begin(), one.fallbacks.end());
    }
  }
  return out;
}

result<void> route_decider::check_chain(const std::vector<destination>& first,
                                        const std::string& where, const std::string* account) {
  strict_ = true;
  followed_ = 0;
  asked_.clear();
  expansion x{.account = account};
  auto done = expand({.destinations = first}, false, 0, x);
  if (done && x.outside.empty() && !x.dropped && !x.undecided && !first.empty()) {
    done = fail(errc::malformed, "the forwards between local addresses form a loop");
  }
  if (patterns_.budget().used_up()) done = too_costly();
  if (done) return {};
  return fail(done.error().code, where + ": " + done.error().context);
}

void route_decider::note_asked(const zone_routes* z) {
  if (!strict_ || z == nullptr || asked_.size() > routing_table::builder::asked_max) return;
  if (std::ranges::find(asked_, z) == asked_.end()) asked_.push_back(z);
}

std::vector<std::string> route_decider::asked() const {
  std::vector<std::string> names;
  for (const auto* z : asked_) names.push_back(z->name().ascii());
  return names;
}

bool route_decider::leads_back(const std::vector<destination>& destinations) const {
  const auto ours = [&](const address::mailbox& to) {
    return hosts_.find(to.host().ascii()) != nullptr || to.host() == node_.host_name;
  };
  return std::ranges::any_of(destinations, [&](const destination& to) {
    return !to.is_webhook() && (ours(to.mailbox) || std::ranges::any_of(to.fallbacks, ours));
  });
}

// Chains were followed when their zone came in. This fails for an unset postmaster, for what only a
// message shows (conditions), and when a later change elsewhere took away what a chain led to.
std::string_view route_decider::send_on(route_decision& d, const match& m, bool postmaster) {
  std::string_view reject_text;
  expansion x{.account = account_of(m)};
  auto done = expand(m, false, 0, x);
  const bool nowhere = !done || (x.outside.empty() && !x.dropped && !x.undecided);
  if (nowhere && postmaster && m.in != nullptr && !is_open(x.refusal_kind)) {
    steps_.add("its destinations accept no mail; to the postmaster of the node");
    x = {};
    done = expand(to_postmaster(m.in, to_destinations(node_.postmaster)), false, 0, x);
    d.kind = route_kind::postmaster;
    d.rule = postmaster_rule;
  }
  if (!done) {
    // One of several that refuses is enough: its sender can send to the others again, and no copy
    // is lost silently.
    d.kind = x.refusal_kind;
    reject_text = x.reject_text;
    steps_.add("{}", done.error().context);
  } else if (x.undecided) {
    d.kind = route_kind::undecided;
  } else if (x.outside.empty()) {
    d.kind = x.dropped ? route_kind::drop : route_kind::unknown;
  } else {
    d.destinations = std::move(x.outside);
    if (steps_.wanted()) {
      for (const auto& to : d.destinations) steps_.add("{}", step_of(to));
    }
  }
  return reject_text;
}

void route_decider::give_up(route_decision& d) {
  d.kind = route_kind::costly;
  d.destinations.clear();
  steps_.add("not decided: it would take more than {} steps", patterns_.budget().limit());
}

route_decision route_decider::decide(const smtp::forward_path& recipient) {
  const auto& mailbox = recipient.mailbox();
  const auto m = mailbox ? match_address(*mailbox, steps_)
                         : to_postmaster(nullptr, to_destinations(node_.postmaster));
  route_decision d{.kind = m.kind, .rule = std::string(m.rule)};
  if (m.in != nullptr) {
    d.zone = m.in->name().ascii();
    d.zone_id = m.in->id();
    d.admission = m.in->admission();
  } else {
    d.admission.require_authentication = false;
  }
  auto reject_text = m.reject_text;
  if (m.kind == route_kind::forward || m.kind == route_kind::postmaster) {
    reject_text = send_on(d, m, mailbox && is_postmaster(mailbox->local()));
  }
  if (patterns_.budget().used_up()) give_up(d);
  if (d.kind == route_kind::unknown) d.reply = make_reply(reply_kind::unknown_recipient);
  if (d.kind == route_kind::not_ours) d.reply = make_reply(reply_kind::relaying_denied);
  if (d.kind == route_kind::costly) d.reply = make_reply(reply_kind::rules_costly);
  if (d.kind == route_kind::unavailable) d.reply = make_reply(reply_kind::rules_unusable);
  if (d.kind == route_kind::reject) d.reply = make_reply(reply_kind::rule_reject, reject_text);
  if (d.reply.code != 0) steps_.add("refused: {} {}", d.reply.code, d.reply.status.to_string());
  if (d.kind == route_kind::undecided) steps_.add("will be decided when the message has arrived");
  return d;
}

}  // namespace signpost::model
