// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/signpost/client/lookup.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "proto/address/domain.hpp"

namespace signpost::cli {
namespace {

constexpr const char* zone_list_text = R"(
Shows all zones that you may see, by name, or those with WORD in their name.

Examples:
  signpost zone list
  signpost zone list --account "Example Inc." --json | jq -r '.[].id'
)";

constexpr const char* zone_create_text = R"(
A new zone takes no mail until routing is enabled and it has a rule. `--enable` enables it at once.
Then `signpost dns show ZONE` prints the records to publish.

Where there are several accounts, the zone waits until its DNS shows whose it is: the record to
publish is printed. --verified says that it is the account's; only the administrator may say so.

Examples:
  signpost zone create example.org --enable
  signpost zone create example.org --account "Example Inc." --verified
)";

constexpr const char* zone_check_text = R"(
Looks at the DNS at once: whether the zone's TXT record is there, and so whether it can be active.
The node itself looks every minute in the first hour, and less often later. Ends with 1 if the zone
is not active.

Examples:
  signpost zone check example.org
)";

constexpr const char* zone_verify_text = R"(
Makes a zone active on the administrator's word, without any record in its DNS. Refused while
another account has an active zone of that name.

Examples:
  signpost zone verify example.org
)";

constexpr const char* zone_delete_text = R"(
The zone goes with all its rules; mail for it is refused from then on. Mail that waits is still
delivered. Asks first; without a terminal --yes is needed.

Examples:
  signpost zone delete example.org --yes
)";

constexpr const char* zone_switch_text = R"(
Switches the routing of the zone, or with --subdomain that of a name below it. Mail for what is
disabled is refused with `550 5.7.1`.

Examples:
  signpost zone enable example.org
  signpost zone enable example.org --subdomain mail.example.org
)";

constexpr const char* zone_settings_text = R"(
Without options it shows the settings. With --subaddressing on, user+detail@ falls back to the rule
of user@. The others say what mail must show of its sender:

  --dmarc enforce        the policy of the author's domain is followed (the usual)
  --dmarc report         it is only written down
  --quarantine mark      mail that DMARC wants in quarantine is marked (the usual)
  --quarantine reject    it is refused
  --require-pass on      mail for which neither SPF nor DKIM passes is refused (the usual)
  --own-author mark      mail in the name of a domain that is served here is marked if neither shows
                         that it comes from there (the usual); reject: refused; off: taken

Examples:
  signpost zone settings example.org --subaddressing on
  signpost zone settings example.org --dmarc report --require-pass off
)";

constexpr const char* zone_subdomain_text = R"(
A subdomain has mail addresses of its own; it must be below the zone, and is routed while its zone
is.

Examples:
  signpost zone subdomain add example.org mail.example.org
  signpost zone subdomain remove example.org mail.example.org
)";

struct zone_options {
  std::string zone;
  std::string subdomain;
  std::string account;
  std::string containing;
  std::string subaddressing;
  std::string dmarc;
  std::string quarantine;
  std::string require_pass;
  std::string own_author;
  std::uint64_t limit = 0;
  bool names = false;
  bool enable = false;
  bool verified = false;
  bool yes = false;
};

tone tone_of(const std::string& status) {
  if (status == "ready") return tone::good;
  if (status.starts_with("misconfigured")) return tone::bad;
  return tone::warning;
}

exit_status zone_list(const command_context& context, const zone_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  std::string account;
  if (!o.account.empty()) {
    const auto found = account_of(*client, o.account);
    if (!found) return complain(context, found.error());
    account = text_of(*found, "id");
  }
  bool more = false;
  const auto zones =
      client->list("/client/v4/zones",
                   query_of({{"account.id", account},
                             {"name", o.containing.empty() ? "" : "contains:" + o.containing}}),
                   o.limit, &more);
  if (!zones) return complain(context, zones.error());
  if (context.json) return print_json(context, *zones);
  text_table table({"ZONE", "STATUS", "ACCOUNT", "CREATED", "ID"}, context.to.colours);
  for (const auto& zone : *zones) {
    if (o.names) context.to.out(display_text(text_of(zone, "name")) + "\n");
    table.add({text_of(zone, "name"), is_true(zone, "paused") ? "paused" : text_of(zone, "status"),
               text_of(member_of(zone, "account"), "name"),
               relative(text_of(zone, "created_on"), context.to.time.now()), text_of(zone, "id")});
  }
  if (o.names) return done;
  context.to.out(table.size() == 0 ? "there are no zones\n" : table.to_string());
  if (more) note(context, "there are more; raise --limit, 0 shows all");
  return done;
}

/// `s`: the settings of its routing, with those of `authentication` if they are to be shown.
std::string settings_block(const command_context& context, const json& zone, const json& s) {
  const auto line = [](std::string_view name, std::string_view value) {
    return fmt::format("  {:<14}{}\n", name, value);
  };
  const auto status = text_of(s, "status");
  auto text = fmt::format("zone {}\n", display_text(text_of(zone, "name")));
  if (const auto name = address::domain::parse(text_of(zone, "name"));
      name && name->ascii() != text_of(zone, "name")) {
    text += line("in the DNS", name->ascii());
  }
  text += line("id", text_of(zone, "id"));
  text += line("status", text_of(zone, "status"));
  text += line("account", display_text(text_of(member_of(zone, "account"), "name")));
  text += line("routing", is_true(s, "enabled") ? "enabled" : "disabled: no mail is accepted");
  text += line("dns", painted(status, tone_of(status), context.to.colours));
  text += line("subaddressing", is_true(s, "support_subaddress") ? "on" : "off");
  if (s.contains("authentication")) {
    const auto& asked = s["authentication"];
    text += line("dmarc", text_of(asked, "dmarc"));
    text += line("quarantine", text_of(asked, "quarantine"));
    text += line("require-pass", is_true(asked, "require_pass") ? "on" : "off");
    if (asked.contains("own_author")) text += line("own-author", text_of(asked, "own_author"));
  }
  text += line("created", text_of(zone, "created_on"));
  text_table table({"SUBDOMAIN", "ROUTING", "DNS"}, context.to.colours);
  for (const auto& sub : member_of(s, "subdomains")) {
    const auto its = text_of(sub, "status");
    table.add({text_of(sub, "name"),
               is_true(sub, "enabled") ? "enabled" : "disabled",
               {its, tone_of(its)}});
  }
  return table.size() == 0 ? text : text + "\n" + table.to_string(2);
}

exit_status show_settings(const command_context& context, const json& zone, const json& settings) {
  if (context.json) return print_json(context, {{"zone", zone}, {"routing", settings}});
  context.to.out(settings_block(context, zone, settings));
  return done;
}

exit_status show_zone(const command_context& context, const api_client& client,
                      const json& zone) {
  auto settings = client.call("GET", zone_path(zone) + "/email/routing");
  if (!settings) return complain(context, settings.error());
  const auto asked = client.call("GET", own_zone_path(zone) + "/authentication");
  if (!asked) return complain(context, asked.error());
  settings->result["authentication"] = asked->result;
  return show_settings(context, zone, settings->result);
}

exit_status zone_show(const command_context& context, const std::string& name) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto zone = zone_of(*client, name);
  if (!zone) return complain(context, zone.error());
  return show_zone(context, *client, *zone);
}

/// What to publish, if the zone waits for it.
std::string ownership_block(const json& ownership) {
  const auto status = text_of(ownership, "status");
  if (status == "active" && !ownership["proof_missing_since"].is_string()) return {};
  const auto& record = member_of(ownership, "record");
  auto text = fmt::format("the zone is {}: publish this record, then run: signpost zone check {}\n",
                          status == "active" ? "active, but its proof has disappeared" : status,
                          text_of(ownership, "name"));
  return text + fmt::format("  {}. IN TXT \"{}\"\n", text_of(record, "name"),
                            text_of(record, "content"));
}

exit_status zone_ownership(const command_context& context, const std::string& name,
                           std::string_view verb) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto zone = zone_of(*client, name);
  if (!zone) return complain(context, zone.error());
  const auto told =
      client->call("POST", fmt::format("{}/ownership/{}", own_zone_path(*zone), verb));
  if (!told) return complain(context, told.error());
  auto text = fmt::format("zone {} is {} (proof: {})\n",
                          display_text(text_of(told->result, "name")),
                          text_of(told->result, "status"), text_of(told->result, "proof"));
  if (told->result["obstacle"].is_string()) {
    text += display_text(text_of(told->result, "obstacle"), 200) + "\n";
  }
  const auto printed = print_outcome(context, told->result, text + ownership_block(told->result));
  return text_of(told->result, "status") == "active" ? printed : negative;
}

exit_status zone_create(const command_context& context, const zone_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto account = account_of(*client, o.account);
  if (!account) return complain(context, account.error());
  json wanted{{"name", o.zone}, {"account", {{"id", text_of(*account, "id")}}}};
  if (o.verified) wanted["verified"] = true;
  const auto made = client->call("POST", "/client/v4/zones", wanted);
  if (!made) return complain(context, made.error());
  const auto name = text_of(made->result, "name");
  const bool active = text_of(made->result, "status") == "active";
  auto text = fmt::format("zone {} is created\n", name);
  if (o.enable) {
    const auto enabled =
        client->call("POST", zone_path(made->result) + "/email/routing/enable", json::object());
    if (!enabled) return complain(context, enabled.error());
    text = fmt::format("zone {} is created, and its mail is routed{}\n", name,
                       active ? "" : " once it is active");
  }
  if (!active) {
    const auto ownership = client->call("GET", own_zone_path(made->result) + "/ownership");
    if (!ownership) return complain(context, ownership.error());
    text += ownership_block(ownership->result);
  }
  text += fmt::format("next: signpost dns show {}{}\n", name,
                      o.enable ? "" : fmt::format(", signpost zone enable {}", name));
  return print_outcome(context, made->result, text);
}

exit_status zone_delete(const command_context& context, const zone_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto zone = zone_of(*client, o.zone);
  if (!zone) return complain(context, zone.error());
  const auto name = display_text(text_of(*zone, "name"));
  if (!is_agreed(context, o.yes, fmt::format("Delete the zone {} with all its rules?", name))) {
    return wrong_usage;
  }
  const auto gone = client->call("DELETE", zone_path(*zone));
  if (!gone) return complain(context, gone.error());
  return print_outcome(context, gone->result, fmt::format("zone {} is deleted\n", name));
}

/// Asks for a change of the zone's routing and shows what holds then.
exit_status change_routing(const command_context& context, const std::string& zone_text,
                           std::string_view method, std::string_view path, const json& body) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto zone = zone_of(*client, zone_text);
  if (!zone) return complain(context, zone.error());
  const auto changed =
      client->call(method, fmt::format("{}/email/routing{}", zone_path(*zone), path), body);
  if (!changed) return complain(context, changed.error());
  return show_settings(context, *zone, changed->result);
}

json named(const std::string& subdomain) {
  return subdomain.empty() ? json::object() : json{{"name", subdomain}};
}

exit_status zone_settings(const command_context& context, const zone_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto zone = zone_of(*client, o.zone);
  if (!zone) return complain(context, zone.error());
  auto asked = json::object();
  if (!o.dmarc.empty()) asked["dmarc"] = o.dmarc;
  if (!o.quarantine.empty()) asked["quarantine"] = o.quarantine;
  if (!o.require_pass.empty()) asked["require_pass"] = o.require_pass == "on";
  if (!o.own_author.empty()) asked["own_author"] = o.own_author;
  if (!asked.empty()) {
    const auto changed = client->call("PATCH", own_zone_path(*zone) + "/authentication", asked);
    if (!changed) return complain(context, changed.error());
  }
  if (o.subaddressing.empty()) return show_zone(context, *client, *zone);
  const auto changed = client->call("PATCH", zone_path(*zone) + "/email/routing",
                                    {{"support_subaddress", o.subaddressing == "on"}});
  if (!changed) return complain(context, changed.error());
  return show_settings(context, *zone, changed->result);
}

exit_status subdomain_remove(const command_context& context, const zone_options& o) {
  const auto question = fmt::format("Stop accepting mail for {}?", display_text(o.subdomain, 100));
  if (!is_agreed(context, o.yes, question)) return wrong_usage;
  return change_routing(context, o.zone, "DELETE", "/dns", named(o.subdomain));
}

option account_option(std::string& target) {
  return {.name = "--account",
          .type = "ACCOUNT",
          .help = "The account's name or id; required if there are several",
          .target = &target};
}

option subdomain_option(std::string& target) {
  return {.name = "--subdomain",
          .type = "DOMAIN",
          .help = "A subdomain, instead of the zone itself",
          .target = &target};
}

option subdomain_argument(std::string& target) {
  return {.name = "subdomain",
          .type = "DOMAIN",
          .help = "The full name of the subdomain",
          .target = &target,
          .required = true};
}

command list_command() {
  const auto o = std::make_shared<zone_options>();
  return {.name = "list",
          .help = "List zones, by name",
          .text = zone_list_text,
          .options = {{.name = "word",
                       .type = "WORD",
                       .help = "Only zones with this text in their names",
                       .target = &o->containing},
                      account_option(o->account),
                      {.name = "--limit",
                       .type = "N",
                       .help = "At most this many; 0 = all",
                       .target = &o->limit},
                      {.name = "--names",
                       .help = "Print only names, one per line",
                       .target = &o->names}},
          .run = [o](const auto& context) { return zone_list(context, *o); }};
}

command create_command() {
  const auto o = std::make_shared<zone_options>();
  return {.name = "create",
          .help = "Create a zone",
          .text = zone_create_text,
          .options = {{.name = "name",
                       .type = "DOMAIN",
                       .help = "The domain",
                       .target = &o->zone,
                       .required = true},
                      account_option(o->account),
                      {.name = "--enable",
                       .help = "Also enable its e-mail routing",
                       .target = &o->enable},
                      {.name = "--verified",
                       .help = "Assign it to the account, whatever its DNS says (administrators)",
                       .target = &o->verified}},
          .run = [o](const auto& context) { return zone_create(context, *o); }};
}

command switch_command(bool on) {
  const auto o = std::make_shared<zone_options>();
  return {.name = on ? "enable" : "disable",
          .help = on ? "Accept mail for a zone" : "Stop accepting mail for a zone",
          .text = zone_switch_text,
          .options = {zone_argument(o->zone), subdomain_option(o->subdomain)},
          .run = [o, on](const auto& context) {
            return change_routing(context, o->zone, "POST", on ? "/enable" : "/disable",
                                  named(o->subdomain));
          }};
}

command subdomain_commands() {
  const auto o = std::make_shared<zone_options>();
  return {
      .name = "subdomain",
      .help = "Add and remove subdomains of a zone",
      .commands = {{.name = "list",
                    .help = "Show a zone with its subdomains",
                    .options = {zone_argument(o->zone)},
                    .run = [o](const auto& context) { return zone_show(context, o->zone); }},
                   {.name = "add",
                    .help = "Accept mail for a subdomain",
                    .text = zone_subdomain_text,
                    .options = {zone_argument(o->zone), subdomain_argument(o->subdomain)},
                    .run =
                        [o](const auto& context) {
                          return change_routing(context, o->zone, "POST", "/enable",
                                                named(o->subdomain));
                        }},
                   {.name = "remove",
                    .help = "Remove a subdomain",
                    .text = zone_subdomain_text,
                    .options = {zone_argument(o->zone), subdomain_argument(o->subdomain),
                                yes_option(o->yes)},
                    .run = [o](const auto& context) { return subdomain_remove(context, *o); }}}};
}

}  // namespace

command zone_commands() {
  const auto o = std::make_shared<zone_options>();
  return {
      .name = "zone",
      .help = "Manage zones: the domains whose mail is routed",
      .commands = {
          list_command(),
          {.name = "show",
           .help = "Show a zone, its settings and subdomains",
           .text = "Examples:\n  signpost zone show example.org\n",
           .options = {zone_argument(o->zone)},
           .run = [o](const auto& context) { return zone_show(context, o->zone); }},
          create_command(),
          {.name = "delete",
           .help = "Delete a zone with all its rules",
           .text = zone_delete_text,
           .options = {zone_argument(o->zone), yes_option(o->yes)},
           .run = [o](const auto& context) { return zone_delete(context, *o); }},
          {.name = "check",
           .help = "Check whether a zone's DNS proves its ownership",
           .text = zone_check_text,
           .options = {zone_argument(o->zone)},
           .run = [o](const auto& context) { return zone_ownership(context, o->zone, "check"); }},
          {.name = "verify",
           .help = "Create a zone active on the administrator's word",
           .text = zone_verify_text,
           .options = {zone_argument(o->zone)},
           .run = [o](const auto& context) { return zone_ownership(context, o->zone, "grant"); }},
          switch_command(true),
          switch_command(false),
          {.name = "settings",
           .help = "Show or change the settings of a zone",
           .text = zone_settings_text,
           .options = {zone_argument(o->zone),
                       {.name = "--subaddressing",
                        .type = "on|off",
                        .help = "Whether user+detail@ reaches user@",
                        .target = &o->subaddressing,
                        .words = {"on", "off"}},
                       {.name = "--dmarc",
                        .type = "enforce|report",
                        .help = "Whether DMARC policies are followed",
                        .target = &o->dmarc,
                        .words = {"enforce", "report"}},
                       {.name = "--quarantine",
                        .type = "mark|reject",
                        .help = "What happens to mail to be quarantined",
                        .target = &o->quarantine,
                        .words = {"mark", "reject"}},
                       {.name = "--require-pass",
                        .type = "on|off",
                        .help = "Whether SPF or DKIM must pass",
                        .target = &o->require_pass,
                        .words = {"on", "off"}},
                       {.name = "--own-author",
                        .type = "mark|reject|off",
                        .help = "What happens to unproven mail from your own domains",
                        .target = &o->own_author,
                        .words = {"mark", "reject", "off"}}},
           .run = [o](const auto& context) { return zone_settings(context, *o); }},
          subdomain_commands()}};
}

}  // namespace signpost::cli
