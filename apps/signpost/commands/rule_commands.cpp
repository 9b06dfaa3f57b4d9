// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "apps/signpost/client/lookup.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/commands/rule_text.hpp"
#include "apps/signpost/terminal/text_table.hpp"

namespace signpost::cli {
namespace {

constexpr const char* rule_list_text = R"(
Rules of a zone in the order in which they apply, the catch-all last; of all zones if none is named.

Examples:
  signpost rule list example.org
  signpost rule list --json | jq -r '.[] | select(.enabled | not) | .id'
)";

constexpr const char* rule_create_text = R"(
The zone is that of the address; for patterns that do not end in it, name it with --zone. Only
verified addresses can be forwarded to (`signpost address add`).

  --match literal   the address itself, without regard to case (the usual)
  --match glob      * is any text, ? one character: 'sales-*@example.org'
  --match regex     an RE2 expression for the whole address
  --match all       every address of the zone that no other rule takes first

Of the rules that match the one with the lowest priority decides; among equals the literal address
before patterns, then the older. A rule with --when, --over or --under is passed over if the
message is not so; mail is then looked at before it is taken or refused.

Examples:
  signpost rule create info@example.org --forward ops@example.net
  signpost rule create team@example.org --forward a@example.net,b@example.net
  signpost rule create desk@example.org --failover a@example.net,b@example.net
  signpost rule create old@example.org --reject 'This address is closed'
  signpost rule create 'sales-*@example.org' --match glob --webhook https://crm.example.net/mail
  signpost rule create '.*' --match regex --zone example.org --when dmarc=fail --drop --priority 1
)";

constexpr const char* rule_update_text = R"(
Changes what is named and keeps the rest. A new address is given with --address.

Examples:
  signpost rule update info@example.org --forward desk@example.net
  signpost rule update info@example.org --name 'Front desk' --priority 5
  signpost rule update 6f… --zone example.org --when dmarc=fail
)";

constexpr const char* rule_which_text = R"(
RULE is an address; or with --zone an id, a pattern as it was given, or `catch-all`.

Examples:
  signpost rule show info@example.org
  signpost rule show catch-all --zone example.org
)";

constexpr const char* rule_catch_all_text = R"(
What happens to addresses of the zone that no rule has. Without options it is shown. An action that
is given acts at once, unless --disable is given, too. A catch-all that is disabled refuses them
with `550 5.1.1`.

Examples:
  signpost rule catch-all example.org --forward ops@example.net
  signpost rule catch-all example.org --disable
)";

constexpr const char* rule_secret_text = R"(
Whoever gets the posts checks with it that they come from this node: Signpost-Signature is
v1=HMAC-SHA256 over Signpost-Timestamp, the queue id and the SHA-256 of the body.

Examples:
  signpost rule secret crm@example.org
)";

/// Cloudflare's, of a rule whose address another one has.
constexpr int duplicated_rule_code = 2014;
/// In lists of Cloudflare's shape the catch-all has this one; no rule has more.
constexpr double catch_all_list_priority = 2147483647;

struct rule_options {
  std::string rule;
  std::string zone;
  std::string account;
  std::uint64_t limit = 0;
  bool yes = false;
  rule_wishes wishes;
};

std::string zone_name_of(const json& rule) {
  return text_of(member_of(rule, "zone"), "name");
}

std::string number_text(const json& value) {
  return value.is_number() ? value.dump() : "-";
}

bool is_catch_all(const json& rule) {
  if (is_true(rule, "catch_all") || !rule.contains("priority")) return true;
  const auto& priority = rule["priority"];
  return priority.is_number() && priority.get<double>() >= catch_all_list_priority;
}

std::string rules_table(const command_context& context, const json& rules, bool with_zone) {
  std::vector<std::string> heading{"ADDRESS", "DOES", "STATE", "PRIORITY", "NAME", "ID"};
  if (with_zone) heading.insert(heading.begin(), "ZONE");
  text_table table(heading, context.to.colours);
  for (const auto& rule : rules) {
    const bool on = is_true(rule, "enabled");
    const auto conditions = conditions_text(rule);
    std::vector<table_cell> cells{
        address_text(rule),
        action_text(rule) + (conditions.empty() ? "" : ", " + conditions),
        {on ? "enabled" : "disabled", on ? tone::plain : tone::warning},
        is_catch_all(rule) ? "last" : number_text(member_of(rule, "priority")),
        text_of(rule, "name"),
        text_of(rule, "id")};
    if (with_zone) cells.insert(cells.begin(), zone_name_of(rule));
    table.add(std::move(cells));
  }
  return table.size() == 0 ? "there are no rules\n" : table.to_string();
}

exit_status rule_list(const command_context& context, const rule_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  std::string path;
  if (o.zone.empty()) {
    const auto account = account_path(*client, o.account);
    if (!account) return complain(context, account.error());
    path = *account + "/email/routing/rules";
  } else {
    const auto zone = zone_of(*client, o.zone);
    if (!zone) return complain(context, zone.error());
    path = own_zone_path(*zone) + "/rules";
  }
  bool more = false;
  const auto rules = client->list(path, "", o.limit, &more);
  if (!rules) return complain(context, rules.error());
  if (context.json) return print_json(context, *rules);
  context.to.out(rules_table(context, *rules, o.zone.empty()));
  if (more) note(context, "there are more; raise --limit, 0 shows all");
  return done;
}

std::string rule_block(const json& zone, const json& rule) {
  const auto line = [](std::string_view name, const std::string& value) {
    return fmt::format("  {:<10}{}\n", name, display_text(value));
  };
  const auto conditions = conditions_text(rule);
  auto text = fmt::format("rule {}\n", display_text(text_of(rule, "id"), 80));
  text += line("zone", text_of(zone, "name"));
  text += line("address", address_text(rule));
  if (!conditions.empty()) text += line("when", conditions);
  text += line("does", action_text(rule));
  text += line("state", is_true(rule, "enabled") ? "enabled" : "disabled");
  text += line("priority", number_text(member_of(rule, "priority")));
  if (const auto name = text_of(rule, "name"); !name.empty()) text += line("name", name);
  return text;
}

exit_status show(const command_context& context, const json& zone, const json& rule) {
  if (context.json) return print_json(context, rule);
  context.to.out(rule_block(zone, rule));
  return done;
}

// A change of what a rule does that is not seen to do anything should say so.
void note_if_resting(const command_context& context, const rule_wishes& wishes, const json& rule) {
  if (!wishes.names_action() || wishes.disable || is_true(rule, "enabled")) return;
  note(context, "the rule is disabled and does nothing; --enable lets it act");
}

exit_status rule_show(const command_context& context, const rule_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto found = rule_of(*client, o.rule, o.zone);
  if (!found) return complain(context, found.error());
  return show(context, found->zone, found->rule);
}

// What a PUT or POST has: the rest is the server's.
json body_of(const json& rule) {
  json body = json::object();
  for (const auto* const name : {"name", "enabled", "priority", "matchers", "actions"}) {
    if (rule.contains(name)) body[name] = rule[name];
  }
  return body;
}

// Where a rule of that content is made or changed.
std::string rules_path(const json& zone, const json& rule) {
  return is_extended(rule) ? own_zone_path(zone) + "/rules"
                           : zone_path(zone) + "/email/routing/rules";
}

answer<json> put_rule(const api_client& client, const json& zone, const json& before, json after) {
  // In lists the catch-all has a priority; its own resource knows none.
  const bool last = is_catch_all(before);
  if (last) after.erase("priority");
  const auto id = last ? std::string("catch_all") : text_of(before, "id");
  SP_TRY(auto changed, client.call("PUT", rules_path(zone, after) + "/" + id, body_of(after)));
  return std::move(changed.result);
}

exit_status rule_secret(const command_context& context, const rule_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto found = rule_of(*client, o.rule, o.zone);
  if (!found) return complain(context, found.error());
  const auto id = is_catch_all(found->rule) ? "catch_all" : text_of(found->rule, "id");
  const auto secret = client->call(
      "GET", fmt::format("{}/rules/{}/webhook_secret", own_zone_path(found->zone), id));
  if (!secret) return complain(context, secret.error());
  return print_outcome(context, secret->result, text_of(secret->result, "secret") + "\n");
}

// Patterns that can only be meant otherwise.
answer<void> check_pattern(const rule_options& o) {
  const auto& w = o.wishes;
  if (w.match == "regex" && o.zone.empty()) {
    return refuse(wrong_usage, "a regular expression does not say which zone it is for",
                  "add --zone ZONE");
  }
  if ((w.match.empty() || w.match == "literal")
      && (w.address == "*" || w.address.starts_with("*@"))) {
    return refuse(wrong_usage, fmt::format("'{}' would be the one address with an asterisk",
                                           display_text(w.address, 80)),
                  "for all addresses that no rule has: signpost rule catch-all ZONE --forward TO; "
                  "for a pattern add --match glob");
  }
  return {};
}

// The rule that has the address already, as far as it can be seen.
no_answer with_holder(const api_client& client, no_answer why, const rule_options& o) {
  if (why.code != duplicated_rule_code) return why;
  const auto holder = rule_of(client, o.wishes.address, o.zone);
  if (!holder) return why;
  why.text = fmt::format("there is a rule for {} already: {}, {} (code {})",
                         display_text(address_text(holder->rule), 100),
                         display_text(action_text(holder->rule), 200),
                         is_true(holder->rule, "enabled") ? "enabled" : "disabled", why.code);
  why.advice = fmt::format("change it: signpost rule update {}",
                           display_text(address_text(holder->rule), 100));
  return why;
}

exit_status rule_create(const command_context& context, const rule_options& o) {
  if (const auto sound = check_pattern(o); !sound) return complain(context, sound.error());
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto zone =
      o.zone.empty() ? zone_of_address(*client, o.wishes.address) : zone_of(*client, o.zone);
  if (!zone) return complain(context, zone.error());
  const auto rule = with_wishes(json::object(), o.wishes, text_of(*zone, "name"));
  if (!rule) return complain(context, rule.error());
  const auto made = client->call("POST", rules_path(*zone, *rule), *rule);
  if (!made) return complain(context, with_holder(*client, made.error(), o));
  return show(context, *zone, made->result);
}

exit_status rule_update(const command_context& context, const rule_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto found = rule_of(*client, o.rule, o.zone);
  if (!found) return complain(context, found.error());
  auto after = with_wishes(found->rule, o.wishes, text_of(found->zone, "name"));
  if (!after) return complain(context, after.error());
  const auto changed = put_rule(*client, found->zone, found->rule, std::move(*after));
  if (!changed) return complain(context, changed.error());
  note_if_resting(context, o.wishes, *changed);
  return show(context, found->zone, *changed);
}

exit_status rule_delete(const command_context& context, const rule_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto found = rule_of(*client, o.rule, o.zone);
  if (!found) return complain(context, found.error());
  const auto what = display_text(address_text(found->rule), 100);
  if (!is_agreed(context, o.yes, fmt::format("Delete the rule for {}?", what))) {
    return wrong_usage;
  }
  const auto gone = client->call(
      "DELETE", zone_path(found->zone) + "/email/routing/rules/" + text_of(found->rule, "id"));
  if (!gone) return complain(context, gone.error());
  return print_outcome(context, gone->result, fmt::format("the rule for {} is deleted\n", what));
}

exit_status rule_catch_all(const command_context& context, const rule_options& o) {
  auto as_rule = o;
  as_rule.rule = "catch-all";
  const auto& w = o.wishes;
  const bool changes = w.names_action() || w.enable || w.disable || w.name;
  // A zone is born with a catch-all that refuses: who says what it shall do wants it done.
  if (w.names_action() && !w.disable) as_rule.wishes.enable = true;
  return changes ? rule_update(context, as_rule) : rule_show(context, as_rule);
}

option rule_argument(std::string& target) {
  return {.name = "rule",
          .type = "RULE",
          .help = "The address of the rule; with --zone also its id",
          .target = &target,
          .required = true};
}

option zone_option(std::string& target) {
  return {.name = "--zone",
          .type = "ZONE",
          .help = "The zone's name or id",
          .target = &target,
          .completes = completion::zone};
}

std::vector<option> action_options(rule_wishes& to) {
  return {{.name = "--forward",
           .type = "ADDRESS",
           .help = "Forward to this address; if repeated, a copy to each",
           .target = &to.forward},
          {.name = "--failover",
           .type = "A,B",
           .help = "Forward to the first one that accepts it",
           .target = &to.failover},
          {.name = "--drop", .help = "Accept the mail and discard it", .target = &to.drop},
          {.name = "--reject",
           .type = "TEXT",
           .help = "Refuse the mail with 550 5.7.1 and this text",
           .target = &to.reject},
          {.name = "--webhook",
           .type = "URL",
           .help = "Post the mail, signed, to an https URL",
           .target = &to.webhook}};
}

std::vector<option> condition_options(rule_wishes& to) {
  return {
      {.name = "--match",
       .type = "HOW",
       .help = "How ADDRESS is matched",
       .target = &to.match,
       .words = {"literal", "glob", "regex", "all"}},
      {.name = "--when",
       .type = "TEST",
       .help = "Only with these results: dmarc=fail, spf!=pass",
       .target = &to.when,
       .separator = 0},
      {.name = "--over",
       .type = "SIZE",
       .help = "Only if larger than this: 10MiB",
       .target = &to.over},
      {.name = "--under", .type = "SIZE", .help = "Only if smaller than this", .target = &to.under},
      {.name = "--priority",
       .type = "N",
       .help = "Rules with lower numbers are tried first",
       .target = &to.priority},
      {.name = "--name", .type = "TEXT", .help = "A name for people to read", .target = &to.name}};
}

std::vector<option> switch_options(rule_wishes& to) {
  return {{.name = "--enable", .help = "Enable the rule", .target = &to.enable},
          {.name = "--disable",
           .help = "Disable the rule",
           .target = &to.disable,
           .excludes = {"--enable"}}};
}

std::vector<option> all_named(std::initializer_list<std::vector<option>> lists) {
  std::vector<option> out;
  for (const auto& list : lists) std::ranges::copy(list, std::back_inserter(out));
  return out;
}

command create_command() {
  const auto o = std::make_shared<rule_options>();
  return {
      .name = "create",
      .help = "Create a rule",
      .text = rule_create_text,
      .options = all_named(
          {{{.name = "address",
             .type = "ADDRESS",
             .help = "The recipient's address, or a pattern",
             .target = &o->wishes.address}},
           action_options(o->wishes),
           condition_options(o->wishes),
           {{.name = "--disable", .help = "Create the rule disabled", .target = &o->wishes.disable},
            zone_option(o->zone)}}),
      .run = [o](const auto& context) {
        if (o->wishes.address.empty() && o->wishes.match != "all") {
          return complain(context, {wrong_usage, "the address is missing",
                                    "signpost rule create ADDRESS --forward TO"});
        }
        return rule_create(context, *o);
      }};
}

command update_command() {
  const auto o = std::make_shared<rule_options>();
  return {.name = "update",
          .help = "Change a rule",
          .text = rule_update_text,
          .options = all_named({{rule_argument(o->rule)},
                             {{.name = "--address",
                               .type = "ADDRESS",
                               .help = "The new address or pattern",
                               .target = &o->wishes.address}},
                             action_options(o->wishes),
                             condition_options(o->wishes),
                             {{.name = "--always",
                               .help = "Remove the rule's conditions",
                               .target = &o->wishes.always,
                               .excludes = {"--when", "--over", "--under"}}},
                             switch_options(o->wishes),
                             {zone_option(o->zone)}}),
          .run = [o](const auto& context) { return rule_update(context, *o); }};
}

command switch_command(bool on) {
  const auto o = std::make_shared<rule_options>();
  return {.name = on ? "enable" : "disable",
          .help = on ? "Enable a rule" : "Disable a rule",
          .text = rule_which_text,
          .options = {rule_argument(o->rule), zone_option(o->zone)},
          .run = [o, on](const auto& context) {
            o->wishes.enable = on;
            o->wishes.disable = !on;
            return rule_update(context, *o);
          }};
}

command catch_all_command() {
  const auto o = std::make_shared<rule_options>();
  return {.name = "catch-all",
          .help = "Show or change what happens to all other addresses",
          .text = rule_catch_all_text,
          .options = all_named({{zone_argument(o->zone)},
                             action_options(o->wishes),
                             switch_options(o->wishes),
                             {{.name = "--name",
                               .type = "TEXT",
                               .help = "A name for people to read",
                               .target = &o->wishes.name}}}),
          .run = [o](const auto& context) { return rule_catch_all(context, *o); }};
}

}  // namespace

command rule_commands() {
  const auto o = std::make_shared<rule_options>();
  return {
      .name = "rule",
      .help = "Manage rules: what happens to mail for an address",
      .commands = {{.name = "list",
                    .help = "List rules in the order in which they are tried",
                    .text = rule_list_text,
                    .options = {zone_argument(o->zone, false),
                                {.name = "--account",
                                 .type = "ACCOUNT",
                                 .help = "The account whose rules are listed if no zone is given",
                                 .target = &o->account},
                                {.name = "--limit",
                                 .type = "N",
                                 .help = "At most this many; 0 = all",
                                 .target = &o->limit}},
                    .run = [o](const auto& context) { return rule_list(context, *o); }},
                   {.name = "show",
                    .help = "Show a rule",
                    .text = rule_which_text,
                    .options = {rule_argument(o->rule), zone_option(o->zone)},
                    .run = [o](const auto& context) { return rule_show(context, *o); }},
                   create_command(),
                   update_command(),
                   {.name = "delete",
                    .help = "Delete a rule",
                    .text = rule_which_text,
                    .options = {rule_argument(o->rule), zone_option(o->zone), yes_option(o->yes)},
                    .run = [o](const auto& context) { return rule_delete(context, *o); }},
                   switch_command(true),
                   switch_command(false),
                   catch_all_command(),
                   {.name = "secret",
                    .help = "Print the key that signs the requests of a webhook",
                    .text = rule_secret_text,
                    .options = {rule_argument(o->rule), zone_option(o->zone)},
                    .run = [o](const auto& context) { return rule_secret(context, *o); }}}};
}

}  // namespace signpost::cli
