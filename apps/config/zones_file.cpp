// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/zones_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "apps/config/yaml_file.hpp"
#include "base/text.hpp"
#include "model/routing/webhook_url.hpp"
#include "model/routing/zone_routes.hpp"

namespace signpost::config {
namespace {

constexpr std::array<std::string_view, 3> file_keys{"zones", "allow_empty", "zone_count"};
constexpr std::array<std::string_view, 9> zone_keys{
    "name",       "id",    "enabled",   "subaddressing", "subdomains",
    "postmaster", "rules", "catch_all", "authentication"};
constexpr std::array<std::string_view, 4> authentication_keys{"dmarc", "quarantine",
                                                              "require_pass", "own_author"};
constexpr std::array<std::string_view, 2> subdomain_keys{"name", "catch_all"};
constexpr std::array<std::string_view, 4> matcher_keys{"address", "glob", "regex", "all"};
constexpr std::array<std::string_view, 5> action_keys{"forward", "failover", "webhook", "drop",
                                                      "reject"};
constexpr std::array<std::string_view, 14> rule_keys{
    "address", "glob",     "regex",   "all",      "id",      "name", "enabled",
    "when",    "priority", "forward", "failover", "webhook", "drop", "reject"};
constexpr std::array<std::string_view, 6> catch_all_keys{"forward", "failover", "webhook",
                                                         "drop",    "reject",   "enabled"};
constexpr std::array<std::string_view, 6> when_keys{"spf", "dkim",      "dmarc",
                                                    "arc", "size_over", "size_under"};

// Reads one file; every function turns one node into one value.
class zones_reader {
 public:
  explicit zones_reader(const yaml_file& file) : file_(file) {}

  result<zones_content> content() const {
    const auto& root = file_.root();
    zones_content out;
    if (root.IsNull()) return out;
    SP_CHECK(file_.check_keys(root, "the zones file", file_keys));
    SP_TRY(out.allow_empty, flag_or(root["allow_empty"], "allow_empty", false));
    SP_TRY(out.zones, zones(root["zones"]));
    SP_TRY(out.complete, has_all(root["zone_count"], out.zones.size()));
    return out;
  }

 private:
  result<bool> has_all(const YAML::Node& node, std::size_t zones) const {
    if (!node) return false;
    SP_TRY(const auto text, file_.text(node, "zone_count"));
    const auto count = parse_uint(text);
    if (!count) return file_.wrong(node, "'zone_count' must be the number of zones in the file");
    if (*count == zones) return true;
    return file_.wrong(node, fmt::format("'zone_count' is {}, but the file has {} zones; complete "
                                         "the file, or correct the number",
                                         *count, zones));
  }

  result<std::vector<model::zone>> zones(const YAML::Node& list) const {
    std::vector<model::zone> all;
    if (!list || list.IsNull()) return all;
    if (!list.IsSequence()) {
      return file_.wrong(list, "'zones' must be a list; begin each zone with `- name:`");
    }
    for (const auto& node : list) {
      SP_TRY(auto z, one_zone(node));
      all.push_back(std::move(z));
    }
    return all;
  }

  result<model::zone> one_zone(const YAML::Node& node) const {
    SP_CHECK(file_.check_keys(node, "a zone", zone_keys));
    if (!node["name"]) return file_.wrong(node, "a zone without a name; add `name: example.org`");
    model::zone z;
    SP_TRY(z.name, domain(node["name"]));
    SP_TRY(z.id, text_or(node["id"], "id", z.name.ascii()));
    SP_TRY(z.enabled, flag_or(node["enabled"], "enabled", true));
    SP_TRY(z.subaddressing, flag_or(node["subaddressing"], "subaddressing", false));
    SP_CHECK(add_subdomains(node["subdomains"], z));
    SP_TRY(z.postmaster, mailboxes(node["postmaster"], "postmaster"));
    if (const auto rest = node["catch_all"]) {
      SP_TRY(z.apex_catch_all, one_catch_all(rest));
    }
    if (const auto wanted = node["authentication"]) {
      SP_TRY(z.admission, one_authentication(wanted));
    }
    SP_CHECK(add_rules(node["rules"], z));
    return z;
  }

  result<model::admission_policy> one_authentication(const YAML::Node& node) const {
    SP_CHECK(file_.check_keys(node, "authentication", authentication_keys));
    model::admission_policy policy;
    if (const auto dmarc = node["dmarc"]) {
      SP_TRY(policy.enforce_dmarc, one_of(dmarc, "dmarc", "report", "enforce"));
    }
    if (const auto quarantine = node["quarantine"]) {
      SP_TRY(const auto refuse, one_of(quarantine, "quarantine", "mark", "reject"));
      policy.quarantine =
          refuse ? model::quarantine_action::reject : model::quarantine_action::mark;
    }
    SP_TRY(policy.require_authentication,
           flag_or(node["require_pass"], "require_pass", policy.require_authentication));
    if (const auto own = node["own_author"]) {
      SP_TRY(policy.own_author, own_author_of(own));
    }
    if (!policy.enforce_dmarc && node["quarantine"]) {
      return file_.wrong(node["quarantine"],
                         "'quarantine' has no effect with `dmarc: report`; remove one of the two");
    }
    return policy;
  }

  result<model::own_author_action> own_author_of(const YAML::Node& node) const {
    // YAML reads a bare `off` as a word, or as false.
    SP_TRY(const auto text, file_.text(node, "own_author"));
    const auto action = model::parse_own_author_action(text == "false" ? "off" : text);
    if (action) return *action;
    return file_.wrong(node,
                       fmt::format("'own_author: {}' is not a known value; write `own_author: "
                                   "mark`, `own_author: reject` or `own_author: off`",
                                   text));
  }

  // True for the second word, which is the stricter.
  result<bool> one_of(const YAML::Node& node, std::string_view key, std::string_view first,
                      std::string_view second) const {
    SP_TRY(const auto text, file_.text(node, key));
    if (text == first || text == second) return text == second;
    return file_.wrong(
        node, fmt::format("'{}: {}' is not a known value; write `{}: {}` or `{}: {}`", key, text,
                          key, first, key, second));
  }

  // `mail.example.org`, or a map with its own catch-all.
  result<void> add_subdomains(const YAML::Node& list, model::zone& z) const {
    if (!list) return {};
    SP_TRY(const auto items, file_.list(list, "subdomains"));
    for (const auto& item : items) {
      if (!item.IsMap()) {
        SP_TRY(auto name, domain(item));
        z.subdomains.push_back(std::move(name));
        continue;
      }
      SP_CHECK(file_.check_keys(item, "a subdomain", subdomain_keys));
      if (!item["name"]) return file_.wrong(item, "a subdomain without a name; add `name: …`");
      SP_TRY(auto name, domain(item["name"]));
      if (const auto rest = item["catch_all"]) {
        SP_TRY(auto rule, one_catch_all(rest));
        z.subdomain_catch_alls.push_back({name, std::move(rule)});
      }
      z.subdomains.push_back(std::move(name));
    }
    return {};
  }

  result<void> add_rules(const YAML::Node& list, model::zone& z) const {
    if (!list || list.IsNull()) return {};
    if (!list.IsSequence()) {
      return file_.wrong(list, "'rules' must be a list; begin each rule with `- address:`");
    }
    z.rules.reserve(list.size());
    room_in_zone room;
    for (const auto& node : list) {
      SP_TRY(auto rule, one_rule(node, z.name));
      SP_CHECK(check_room(node, rule, room));
      z.rules.push_back(std::move(rule));
    }
    return {};
  }

  // What the rules of one zone have used of its limits.
  struct room_in_zone {
    std::size_t ordered = 0;
    std::uint64_t regex_steps = 0;
  };

  result<void> check_room(const YAML::Node& node, const model::routing_rule& rule,
                          room_in_zone& room) const {
    using model::zone_routes;
    if (!rule.enabled || rule.is_plain()) return {};
    if (++room.ordered > zone_routes::ordered_rules_max) {
      return file_.wrong(node,
                         fmt::format("more than {} rules of the zone have patterns or conditions",
                                     zone_routes::ordered_rules_max));
    }
    if (rule.matcher != model::matcher_kind::regex) return {};
    room.regex_steps += rule.pattern.steps();
    if (room.regex_steps <= zone_routes::regex_steps_max) return {};
    return file_.wrong(
        node["regex"],
        fmt::format("with '{}' ({} steps) the regular expressions of the zone take {} steps for "
                    "each octet of an address, more than {}; use shorter repetitions, or globs",
                    rule.pattern.text(), rule.pattern.steps(), room.regex_steps,
                    zone_routes::regex_steps_max));
  }

  result<model::routing_rule> one_rule(const YAML::Node& node, const address::domain& apex) const {
    SP_CHECK(file_.check_keys(node, "a rule", rule_keys));
    model::routing_rule rule;
    SP_CHECK(add_matcher(node, apex, rule));
    const bool literal = rule.matcher == model::matcher_kind::literal;
    const auto subject = literal ? rule.address.folded() : rule.subject();
    SP_TRY(rule.id, text_or(node["id"], "id", subject));
    SP_TRY(rule.name, text_or(node["name"], "name", ""));
    SP_TRY(rule.enabled, flag_or(node["enabled"], "enabled", true));
    if (const auto number = node["priority"]) {
      if (!YAML::convert<double>::decode(number, rule.priority)) {
        return file_.wrong(number, "'priority' must be a number; the lowest is tried first");
      }
    }
    if (const auto when = node["when"]) {
      SP_TRY(rule.conditions, conditions(when));
    }
    SP_TRY(rule.action, action(node, "a rule"));
    return rule;
  }

  // Exactly one of address, glob, regex and all.
  result<void> add_matcher(const YAML::Node& node, const address::domain& apex,
                           model::routing_rule& rule) const {
    const auto count = std::ranges::count_if(
        matcher_keys, [&](auto key) { return static_cast<bool>(node[std::string(key)]); });
    if (count == 0) return file_.wrong(node, "a rule without an address; add `address: info`");
    if (count > 1) {
      return file_.wrong(
          node, "a rule with several addresses; use only one of address, glob, regex, all");
    }
    if (const auto all = node["all"]) {
      SP_TRY(const auto really, file_.boolean(all, "all"));
      if (!really) return file_.wrong(all, "`all: false` has no effect; use `enabled: false`");
      rule.matcher = model::matcher_kind::all;
      return {};
    }
    if (const auto at = node["address"]) {
      SP_TRY(const auto text, file_.text(at, "address"));
      if (text == "*" || text.starts_with("*@")) {
        return file_.wrong(
            at, fmt::format("'address: \"{0}\"' is the one address whose local part is an "
                            "asterisk; for all addresses write `catch_all:` in the zone, or "
                            "`glob: \"{0}\"`, or `all: true`",
                            text));
      }
      SP_TRY(rule.address, mailbox(at, at_apex(text, apex)));
      return {};
    }
    const bool is_regex = static_cast<bool>(node["regex"]);
    const auto at = is_regex ? node["regex"] : node["glob"];
    SP_TRY(const auto text, file_.text(at, is_regex ? "regex" : "glob"));
    auto pattern = is_regex ? model::address_pattern::regex(text)
                            : model::address_pattern::glob(at_apex(text, apex));
    if (!pattern) {
      return file_.wrong(at,
                         fmt::format("'{}' is not a pattern ({})", text, pattern.error().context));
    }
    rule.matcher = is_regex ? model::matcher_kind::regex : model::matcher_kind::glob;
    rule.pattern = std::move(*pattern);
    return {};
  }

  static std::string at_apex(const std::string& text, const address::domain& apex) {
    return text.find('@') == std::string::npos ? text + "@" + apex.ascii() : text;
  }

  result<model::rule_conditions> conditions(const YAML::Node& node) const {
    SP_CHECK(file_.check_keys(node, "when", when_keys));
    model::rule_conditions all;
    using enum model::authentication_method;
    for (const auto method : {spf, dkim, dmarc, arc}) {
      const auto word = std::string(model::to_string(method));
      const auto wanted = node[word];
      if (!wanted) continue;
      SP_TRY(const auto results, verdicts(wanted, word));
      all.authentication.push_back({.method = method, .results = results});
    }
    SP_TRY(all.size_over, octets(node["size_over"], "size_over"));
    SP_TRY(all.size_under, octets(node["size_under"], "size_under"));
    if (all.size_over && all.size_under && *all.size_under <= *all.size_over + 1) {
      return file_.wrong(node, "no message can be both over and under these sizes");
    }
    if (all.empty()) return file_.wrong(node, "'when' is empty; remove it, or add a condition");
    return all;
  }

  // `fail`, `[fail, softfail]` or `"!pass"`.
  result<model::verdict_set> verdicts(const YAML::Node& node, const std::string& key) const {
    if (node.Tag().size() > 1 && node.Tag().front() == '!' && node.Tag() != "!!str") {
      return file_.wrong(node, fmt::format("'{}: {}' must be quoted: `{}: \"{}\"`", key, node.Tag(),
                                           key, node.Tag()));
    }
    SP_TRY(const auto items, file_.list(node, key));
    std::string words;
    for (const auto& item : items) {
      SP_TRY(const auto word, file_.text(item, key));
      words += (words.empty() ? "" : ",") + word;
    }
    auto set = model::verdict_set::parse(words);
    if (set) return set;
    return file_.wrong(node, fmt::format("'{}: {}': {}", key, words, set.error().context));
  }

  result<std::optional<std::uint64_t>> octets(const YAML::Node& node, std::string_view key) const {
    if (!node) return std::optional<std::uint64_t>();
    SP_TRY(const auto text, file_.text(node, key));
    const auto number = parse_uint(text);
    if (!number) return file_.wrong(node, fmt::format("'{}' must be a number of octets", key));
    return number;
  }

  result<model::catch_all> one_catch_all(const YAML::Node& node) const {
    SP_CHECK(file_.check_keys(node, "a catch_all", catch_all_keys));
    model::catch_all rest;
    SP_TRY(rest.enabled, flag_or(node["enabled"], "enabled", true));
    SP_TRY(rest.action, action(node, "a catch_all"));
    return rest;
  }

  // Exactly one of the actions.
  result<model::rule_action> action(const YAML::Node& node, std::string_view what) const {
    const auto count = std::ranges::count_if(
        action_keys, [&](auto key) { return static_cast<bool>(node[std::string(key)]); });
    if (count != 1) {
      return file_.wrong(node,
                         fmt::format("{} with {} actions; use exactly one of {}", what,
                                     count == 0 ? "no" : "several", fmt::join(action_keys, ", ")));
    }
    if (const auto to = node["forward"]) return forward(to);
    if (const auto to = node["failover"]) return failover(to);
    if (const auto to = node["webhook"]) return webhook(to);
    model::rule_action a;
    if (const auto reject = node["reject"]) {
      a.kind = model::action_kind::reject;
      SP_TRY(a.reject_text, file_.text(reject, "reject"));
      return a;
    }
    const auto drop = node["drop"];
    a.kind = model::action_kind::drop;
    SP_TRY(const auto really, file_.boolean(drop, "drop"));
    if (!really) return file_.wrong(drop, "`drop: false` has no effect; use `enabled: false`");
    return a;
  }

  result<model::rule_action> forward(const YAML::Node& node) const {
    SP_TRY(const auto to, mailboxes(node, "forward"));
    if (to.empty()) {
      return file_.wrong(node, "'forward' is empty; add an address, or write `drop: true`");
    }
    model::rule_action a;
    a.destinations = model::to_destinations(to);
    return a;
  }

  result<model::rule_action> failover(const YAML::Node& node) const {
    SP_TRY(auto to, mailboxes(node, "failover"));
    if (to.size() < 2) {
      return file_.wrong(node, "'failover' needs at least two addresses; for one, use `forward`");
    }
    model::destination first{.mailbox = std::move(to.front())};
    to.erase(to.begin());
    first.fallbacks = std::move(to);
    model::rule_action a;
    a.destinations.push_back(std::move(first));
    return a;
  }

  result<model::rule_action> webhook(const YAML::Node& node) const {
    SP_TRY(auto url, file_.text(node, "webhook"));
    if (const auto origin = model::webhook_origin(url); !origin) {
      return file_.wrong(node,
                         fmt::format("'{}' cannot be a webhook ({})", url, origin.error().context));
    }
    model::rule_action a;
    a.destinations.push_back({.webhook = std::move(url)});
    return a;
  }

  result<address::domain> domain(const YAML::Node& node) const {
    SP_TRY(const auto text, file_.text(node, "name"));
    auto parsed = address::domain::parse(text);
    if (parsed) return parsed;
    return file_.wrong(node,
                       fmt::format("'{}' is not a domain name ({})", text, parsed.error().context));
  }

  result<address::mailbox> mailbox(const YAML::Node& node, const std::string& text) const {
    auto parsed = address::mailbox::parse(text);
    if (parsed) return parsed;
    return file_.wrong(
        node, fmt::format("'{}' is not an e-mail address ({}); write user@example.org", text,
                          parsed.error().context));
  }

  result<std::vector<address::mailbox>> mailboxes(const YAML::Node& node,
                                                  std::string_view key) const {
    std::vector<address::mailbox> list;
    if (!node) return list;
    SP_TRY(const auto items, file_.list(node, key));
    list.reserve(items.size());
    for (const auto& item : items) {
      SP_TRY(const auto text, file_.text(item, key));
      SP_TRY(auto one, mailbox(item, text));
      list.push_back(std::move(one));
    }
    return list;
  }

  result<std::string> text_or(const YAML::Node& node, std::string_view key,
                              std::string fallback) const {
    if (!node) return fallback;
    return file_.text(node, key);
  }

  result<bool> flag_or(const YAML::Node& node, std::string_view key, bool fallback) const {
    if (!node) return fallback;
    return file_.boolean(node, key);
  }

  const yaml_file& file_;
};

}  // namespace

namespace {

result<zones_content> parse_content(const std::string& text, const std::string& name) {
  // What a file system leaves of a file whose octets did not reach the disk before a crash.
  if (text.find('\0') != std::string::npos) {
    return fail(errc::malformed, name + ": contains NUL octets: it was not written completely");
  }
  SP_TRY(const auto file, yaml_file::parse(text, name));
  try {
    return zones_reader(file).content();
  } catch (const YAML::Exception& e) {
    return fail(errc::malformed, name + ": " + e.what());
  }
}

// The zone, and the rule or catch-all of it, that an error of the routing table speaks of.
struct spoken_of {
  std::string zone;
  std::string rule;  ///< empty: the zone itself
};

std::optional<spoken_of> subject_of(std::string_view said) {
  const auto after = [&](std::string_view words) -> std::optional<std::string_view> {
    const auto at = said.find(words);
    if (at == std::string_view::npos) return std::nullopt;
    return said.substr(at + words.size());
  };
  if (said.starts_with("domain ")) {
    return spoken_of{.zone = std::string(said.substr(7, said.find(" is claimed") - 7)),
                     .rule = {}};
  }
  const auto zone = after("zone ");
  if (!zone) return std::nullopt;
  spoken_of out{.zone = std::string(zone->substr(0, zone->find_first_of(",: "))), .rule = {}};
  if (zone->size() > out.zone.size() && (*zone)[out.zone.size()] == ',') {
    auto rest = zone->substr(out.zone.size() + 2);
    if (rest.starts_with("rule ")) rest.remove_prefix(5);
    out.rule = std::string(rest.substr(0, rest.find(": ")));
  }
  return out;
}

bool is_rule(const YAML::Node& node, const std::string& name, const std::string& apex) {
  for (const auto* const key : {"address", "glob", "regex", "id"}) {
    const auto value = node[key];
    if (!value || !value.IsScalar()) continue;
    auto text = value.Scalar();
    if (equals_ignoring_case(printable(text), name)) return true;
    if (text.find('@') == std::string::npos) text += "@" + apex;
    const auto parsed = address::mailbox::parse(text);
    if (equals_ignoring_case(parsed ? parsed->folded() : text, name)) return true;
  }
  return false;
}

/// Nodes of one file that bear a name, in the order of the file.
std::vector<YAML::Node> nodes_of(const YAML::Node& root, const spoken_of& what) {
  std::vector<YAML::Node> found;
  for (const auto& zone : root["zones"]) {
    if (!zone.IsMap() || !zone["name"] || !zone["name"].IsScalar()) continue;
    const auto name = address::domain::parse(zone["name"].Scalar());
    if (!name || name->ascii() != what.zone) continue;
    if (what.rule.starts_with("catch-all") && zone["catch_all"]) {
      found.push_back(zone["catch_all"]);
    } else if (what.rule.empty() || !zone["rules"] || !zone["rules"].IsSequence()) {
      found.push_back(zone);
    } else {
      for (const auto& rule : zone["rules"]) {
        if (rule.IsMap() && is_rule(rule, what.rule, what.zone)) found.push_back(rule);
      }
    }
  }
  return found;
}

}  // namespace

std::string with_place(const std::string& said, const std::string& path) {
  const auto nowhere = path + ": " + said;
  const auto what = subject_of(said);
  const auto text = what ? read_whole_file(path) : result<std::string>(std::string());
  const auto file = what && text ? yaml_file::parse(*text, path)
                                 : result<yaml_file>(fail(errc::not_found, path));
  if (!file || !file->root().IsMap()) return nowhere;
  try {
    const auto nodes = nodes_of(file->root(), *what);
    if (nodes.empty()) return nowhere;
    auto out = file->wrong(nodes.back(), said).value().context;
    if (nodes.size() > 1) {
      out += fmt::format(" (the first is in line {})", nodes.front().Mark().line + 1);
    }
    return out;
  } catch (const YAML::Exception&) {
    return nowhere;
  }
}

result<std::vector<model::zone>> parse_zones(const std::string& text, const std::string& name) {
  SP_TRY(auto content, parse_content(text, name));
  return std::move(content.zones);
}

result<zones_content> load_zones_file(const std::string& path) {
  SP_TRY(const auto text, read_whole_file(path));
  return parse_content(text, path);
}

result<std::vector<model::zone>> load_zones(const std::string& path) {
  SP_TRY(auto content, load_zones_file(path));
  return std::move(content.zones);
}

}  // namespace signpost::config
