// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/zone_routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <tuple>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "model/routing/webhook_url.hpp"

namespace signpost::model {
namespace {

// The pack: for each rule the kind, the priority if it is not 0, then id, address, reject text and
// the destinations as texts behind their length. Nobody but this file writes or reads it.

constexpr unsigned char with_priority = 0x80;  // set in the octet of the kind

void put_number(std::string& out, std::size_t n) {
  for (; n >= 0x80; n >>= 7) out += static_cast<char>(n | 0x80);
  out += static_cast<char>(n);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

std::size_t take_number(std::string_view& in) {
  std::size_t n = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto octet = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    n |= static_cast<std::size_t>(octet & 0x7F) << shift;
    if (octet < 0x80) return n;
  }
}

std::string_view take_text(std::string_view& in) {
  const auto size = take_number(in);
  const auto text = in.substr(0, size);
  in.remove_prefix(size);
  return text;
}

// A destination as a text: the mailbox or URL, then each fallback, separated by line ends, which
// none of them can have.
std::string packed(const destination& to) {
  auto text = to.to_string();
  for (const auto& next : to.fallbacks) text += '\n' + next.to_string();
  return text;
}

address::mailbox unpacked_mailbox(std::string_view text) {
  auto one = address::mailbox::parse(text);
  SP_ASSERT(one);  // it was a mailbox when it was packed
  return std::move(*one);
}

destination unpacked(std::string_view text) {
  destination to;
  const auto parts = split(text, '\n');
  if (is_webhook_url(parts.front())) {
    to.webhook = parts.front();
  } else {
    to.mailbox = unpacked_mailbox(parts.front());
  }
  for (std::size_t i = 1; i < parts.size(); ++i) to.fallbacks.push_back(unpacked_mailbox(parts[i]));
  return to;
}

// What is packed as text must be read again on the mail path, where errors cannot be reported.
bool is_readable(const destination& to) {
  const auto is_mailbox = [](const address::mailbox& m) {
    return address::mailbox::parse(m.to_string()).has_value();
  };
  return (to.is_webhook() ? webhook_origin(to.webhook).has_value() : is_mailbox(to.mailbox))
         && std::ranges::all_of(to.fallbacks, is_mailbox);
}

// What is wrong with an action; empty if nothing is.
std::string_view objection(const rule_action& action) {
  if (action.kind == action_kind::forward && action.destinations.empty()) {
    return "has no destination to forward to";
  }
  const auto printable_ascii = [](char c) { return c >= ' ' && c <= '~'; };
  if (!std::ranges::all_of(action.reject_text, printable_ascii)) {
    return "the reject text must be printable ASCII";
  }
  if (!std::ranges::all_of(action.destinations, is_readable)) {
    return "has an invalid destination";
  }
  const auto too_many = [](const destination& to) {
    return to.fallbacks.size() > zone_routes::fallbacks_max;
  };
  if (std::ranges::any_of(action.destinations, too_many)) return "has more than 50 fallbacks";
  return {};
}

zone_routes::specificity specificity_of(matcher_kind kind) {
  switch (kind) {
    case matcher_kind::literal:
      return zone_routes::specificity::exact;
    case matcher_kind::glob:
      return zone_routes::specificity::glob;
    case matcher_kind::regex:
      return zone_routes::specificity::regex;
    case matcher_kind::all:
      break;
  }
  return zone_routes::specificity::all;
}

bool sends_to(const rule_action& action, const address::mailbox& own) {
  const auto is_own = [&](const address::mailbox& to) {
    return to.host() == own.host() && to.folded() == own.folded();
  };
  return std::ranges::any_of(action.destinations, [&](const destination& to) {
    return is_own(to.mailbox) || std::ranges::any_of(to.fallbacks, is_own);
  });
}

}  // namespace

std::uint32_t folded_hash(std::string_view folded) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : folded) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  // FNV's low bits are its weak ones and the tables use them: finish as murmur3 does.
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  hash ^= hash >> 33;
  return static_cast<std::uint32_t>(hash);
}

std::vector<destination> zone_routes::packed_rule::destinations() const {
  std::vector<destination> list;
  for (auto left = packed_destinations; !left.empty();) list.push_back(unpacked(take_text(left)));
  return list;
}

zone_routes::zone_routes(const zone& z)
    : id_(z.id), account_(z.account), admission_(z.admission), subaddressing_(z.subaddressing) {
  hosts_.reserve(1 + z.subdomains.size());
  hosts_.push_back(z.name);
}

result<std::shared_ptr<const zone_routes>> zone_routes::build(const zone& z) {
  std::shared_ptr<zone_routes> made(new zone_routes(z));
  SP_CHECK(made->add_hosts(z));
  SP_CHECK(made->add_rules(z));
  if (z.apex_catch_all.enabled) SP_CHECK(made->add_rest(z, 0, z.apex_catch_all));
  SP_CHECK(made->add_subdomain_rests(z));
  if (!z.postmaster.empty()) {
    made->postmaster_ = made->pack("", "",
                                   {.kind = action_kind::forward,
                                    .destinations = to_destinations(z.postmaster),
                                    .reject_text = {}});
  }
  made->pack_.shrink_to_fit();
  return made;
}

result<void> zone_routes::add_hosts(const zone& z) {
  for (const auto& sub : z.subdomains) {
    if (!sub.is_under(z.name)) {
      return fail(errc::malformed,
                  fmt::format("zone {}: {} is not a subdomain of it", z.name.ascii(), sub.ascii()));
    }
    if (host_number(sub)) {
      return fail(errc::conflict, fmt::format("zone {}: the subdomain {} is given more than once",
                                              z.name.ascii(), sub.ascii()));
    }
    hosts_.push_back(sub);
  }
  return {};
}

result<void> zone_routes::add_rules(const zone& z) {
  const bool all_plain =
      !z.missing_from && std::ranges::all_of(z.rules, [](const routing_rule& r) {
        return !r.enabled || r.is_plain();
      });
  auto ordered = std::make_unique<ordered_rules>();
  if (all_plain) index_.reserve(z.rules.size());
  for (const auto& rule : z.rules) {
    if (!rule.enabled) continue;
    SP_CHECK(check_rule(z, rule));
    if (!rule.is_plain()) {
      add_ordered(rule, *ordered);
      continue;
    }
    const auto folded = rule.address.folded();
    // Nobody asks for the priority where all rules are plain: ten million of them need none.
    const auto priority = all_plain ? 0 : rule.priority;
    index_.push_back({folded_hash(folded), pack(rule.id, folded, rule.action, priority)});
  }
  index_.shrink_to_fit();
  std::ranges::sort(index_, {}, [](const entry& e) { return std::pair(e.hash, e.offset); });
  SP_CHECK(refuse_duplicates(z));
  return keep_ordered(z, std::move(ordered));
}

void zone_routes::add_ordered(const routing_rule& rule, ordered_rules& to) {
  ++to.rules;
  ordered_rule made{.priority = rule.priority,
                    .rank = specificity_of(rule.matcher),
                    .offset = pack(rule.id, rule.subject(), rule.action, rule.priority),
                    .pattern = rule.pattern,
                    .conditions = rule.conditions};
  if (rule.matcher == matcher_kind::glob) made.number = to.globs++;
  if (rule.matcher == matcher_kind::regex) {
    made.number = to.regexes++;
    to.regex_steps += rule.pattern.steps();
  }
  if (rule.matcher == matcher_kind::literal) {
    made.address = rule.address.folded();
    if (subaddressing_) {
      to.list.push_back(made);
      made.rank = specificity::base;
    }
  }
  to.list.push_back(std::move(made));
}

result<void> zone_routes::keep_ordered(const zone& z, std::unique_ptr<ordered_rules> made) {
  if (z.missing_from) {
    made->missing_from = {z.missing_from->priority, specificity_of(z.missing_from->matcher)};
  }
  if (made->list.empty() && !made->missing_from) return {};
  if (made->rules > ordered_rules_max) {
    return fail(errc::limit_exceeded,
                fmt::format("zone {}: more than {} rules with patterns or conditions",
                            z.name.ascii(), ordered_rules_max));
  }
  if (made->regex_steps > regex_steps_max) {
    return fail(errc::limit_exceeded,
                fmt::format("zone {}: its regular expressions take {} steps for each octet of an "
                            "address, more than {}",
                            z.name.ascii(), made->regex_steps, regex_steps_max));
  }
  std::ranges::stable_sort(made->list, {}, [](const ordered_rule& r) {
    return std::tuple(r.priority, r.rank, r.conditions.empty());
  });
  made->list.shrink_to_fit();
  ordered_ = std::move(made);
  return {};
}

std::span<const zone_routes::ordered_rule> zone_routes::ordered() const {
  return ordered_ ? std::span(ordered_->list) : std::span<const ordered_rule>();
}

std::optional<std::pair<double, zone_routes::specificity>> zone_routes::missing_from() const {
  return ordered_ ? ordered_->missing_from : std::nullopt;
}

std::uint32_t zone_routes::regex_steps() const {
  return ordered_ ? static_cast<std::uint32_t>(ordered_->regex_steps) : 0;
}

std::uint64_t zone_routes::steps_to_compile() const {
  if (!ordered_) return 0;
  return compiled_patterns::steps_to_compile(ordered_->regex_steps, ordered_->globs);
}

result<std::shared_ptr<const compiled_patterns>> zone_routes::compile() const {
  std::vector<const address_pattern*> globs;
  std::vector<const address_pattern*> regexes;
  if (ordered_) {
    globs.resize(ordered_->globs);
    regexes.resize(ordered_->regexes);
  }
  for (const auto& rule : ordered()) {
    if (rule.rank == specificity::glob) globs[rule.number] = &rule.pattern;
    if (rule.rank == specificity::regex) regexes[rule.number] = &rule.pattern;
  }
  globs.insert(globs.end(), regexes.begin(), regexes.end());
  return compiled_patterns::compile(globs);
}

std::shared_ptr<const compiled_patterns> zone_routes::kept() const {
  return ordered_ ? ordered_->compiled.get() : nullptr;
}

void zone_routes::keep(std::shared_ptr<const compiled_patterns> compiled) const {
  if (ordered_) ordered_->compiled.set(std::move(compiled));
}

bool zone_routes::is_within(const routing_rule& rule) const {
  switch (rule.matcher) {
    case matcher_kind::literal:
      return !rule.address.literal() && host_number(rule.address.host());
    case matcher_kind::glob:
    case matcher_kind::regex:
      return std::ranges::any_of(
          hosts_, [&](const auto& host) { return rule.pattern.may_match_at(host.ascii()); });
    case matcher_kind::all:
      return true;
  }
  return false;
}

result<void> zone_routes::check_rule(const zone& z, const routing_rule& rule) const {
  const auto refuse = [&](std::string_view why) {
    return fail(errc::malformed, fmt::format("zone {}, rule {}: {}", z.name.ascii(),
                                             printable(rule.subject()), why));
  };
  if (!is_within(rule)) return refuse("the address is not at a domain of the zone");
  if (std::isnan(rule.priority)) return refuse("the priority is not a number");
  if (const auto wrong = objection(rule.action); !wrong.empty()) return refuse(wrong);
  if (rule.matcher == matcher_kind::literal && sends_to(rule.action, rule.address)) {
    return refuse("forwards to itself");
  }
  return {};
}

result<void> zone_routes::refuse_duplicates(const zone& z) {
  for (std::size_t i = 0; i < index_.size(); ++i) {
    const auto address = at(index_[i].offset).address;
    for (auto j = i + 1; j < index_.size() && index_[j].hash == index_[i].hash; ++j) {
      if (at(index_[j].offset).address != address) continue;
      return fail(errc::conflict, fmt::format("zone {}, rule {}: another rule has the same address",
                                              z.name.ascii(), printable(address)));
    }
  }
  return {};
}

result<void> zone_routes::add_rest(const zone& z, std::size_t host, const catch_all& rest) {
  if (const auto wrong = objection(rest.action); !wrong.empty()) {
    const auto where =
        host == 0 ? std::string("catch-all") : "catch-all of " + hosts_[host].ascii();
    return fail(errc::malformed, fmt::format("zone {}, {}: {}", z.name.ascii(), where, wrong));
  }
  rests_.emplace_back(static_cast<std::uint32_t>(host), pack("catch-all", "", rest.action));
  return {};
}

result<void> zone_routes::add_subdomain_rests(const zone& z) {
  for (const auto& rest : z.subdomain_catch_alls) {
    const auto host = host_number(rest.domain);
    if (!host || *host == 0) {
      return fail(errc::malformed,
                  fmt::format("zone {}, catch-all of {}: the name is not a subdomain of the zone",
                              z.name.ascii(), rest.domain.ascii()));
    }
    if (rest.rule.enabled) SP_CHECK(add_rest(z, *host, rest.rule));
  }
  return {};
}

std::optional<std::size_t> zone_routes::host_number(const address::domain& name) const {
  const auto at = std::ranges::find(hosts_, name);
  if (at == hosts_.end()) return std::nullopt;
  return static_cast<std::size_t>(at - hosts_.begin());
}

std::uint32_t zone_routes::pack(std::string_view id, std::string_view address,
                                const rule_action& action, double priority) {
  SP_ASSERT(pack_.size() < none);
  const auto offset = static_cast<std::uint32_t>(pack_.size());
  std::string destinations;
  for (const auto& to : action.destinations) put_text(destinations, packed(to));
  const auto kind = static_cast<unsigned char>(action.kind);
  pack_ += static_cast<char>(priority == 0 ? kind : kind | with_priority);
  if (priority != 0) pack_.append(reinterpret_cast<const char*>(&priority), sizeof(priority));
  put_text(pack_, id);
  put_text(pack_, address);
  put_text(pack_, action.reject_text);
  put_text(pack_, destinations);
  return offset;
}

zone_routes::packed_rule zone_routes::at(std::uint32_t offset) const {
  auto in = std::string_view(pack_).substr(offset);
  packed_rule rule;
  const auto kind = static_cast<unsigned char>(in.front());
  in.remove_prefix(1);
  rule.kind = static_cast<action_kind>(kind & ~with_priority);
  if ((kind & with_priority) != 0) {
    std::memcpy(&rule.priority, in.data(), sizeof(rule.priority));
    in.remove_prefix(sizeof(rule.priority));
  }
  rule.id = take_text(in);
  rule.address = take_text(in);
  rule.reject_text = take_text(in);
  rule.packed_destinations = take_text(in);
  return rule;
}

std::optional<zone_routes::packed_rule> zone_routes::find(const address::mailbox& to) const {
  const auto folded = to.folded();
  const auto hash = folded_hash(folded);
  auto found = std::ranges::lower_bound(index_, hash, {}, &entry::hash);
  for (; found != index_.end() && found->hash == hash; ++found) {
    auto rule = at(found->offset);
    if (rule.address == folded) return rule;
  }
  return std::nullopt;
}

std::optional<zone_routes::packed_rule> zone_routes::rest(std::size_t host) const {
  const auto found = std::ranges::find(rests_, static_cast<std::uint32_t>(host),
                                       &std::pair<std::uint32_t, std::uint32_t>::first);
  if (found == rests_.end()) return std::nullopt;
  return at(found->second);
}

std::optional<zone_routes::packed_rule> zone_routes::postmaster() const {
  if (postmaster_ == none) return std::nullopt;
  return at(postmaster_);
}

result<void> zone_routes::for_each(
    const std::function<result<void>(const packed_rule&)>& look) const {
  for (const auto& e : index_) SP_CHECK(look(at(e.offset)));
  for (const auto& rule : ordered()) {
    if (rule.rank != specificity::base) SP_CHECK(look(at(rule.offset)));
  }
  for (const auto& [host, offset] : rests_) SP_CHECK(look(at(offset)));
  if (postmaster_ != none) SP_CHECK(look(at(postmaster_)));
  return {};
}

}  // namespace signpost::model
