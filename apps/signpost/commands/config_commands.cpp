// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Commands that need no node: they read the files that a node would read.
#include <fmt/format.h>

#include "api/frame/json.hpp"
#include "apps/config/file_routing_source.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/offline/store_place.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "apps/signpostd/secret_files.hpp"
#include "apps/signpostd/start_checks.hpp"
#include "base/text.hpp"
#include "proto/smtp/path.hpp"

namespace signpost::cli {
namespace {

constexpr const char* config_rules_text = R"(
Reads the zones file that the settings name, as the node would after a reload; asks no node. Ends
with 0 if mail would be accepted, with 1 if it would be refused. With config.source: store the zones
file is not in force: then only with --zones, and `signpost explain` asks the node.

Examples:
  signpost rules test info@example.org
  signpost rules test info+news@example.org --zones ./zones.yaml
)";

constexpr const char* config_check_text = R"(
Every mistake is one line on standard error with its place and how to fix it; then the status is 1.
All mistakes in the settings file are shown, but only the first one in the zones file. Without
mistakes it prints what was read, and from which files. Catch-alls are not counted as rules. With
config.source: store the zones file is not read.

Examples:
  signpost config check && systemctl reload signpostd
)";

// Zones can be tried before the node has a name and a postmaster.
model::node_identity identity_or_default(const daemon_settings& settings) {
  if (auto identity = identity_of(settings)) return std::move(*identity);
  model::node_identity identity;
  for (const auto& name : {settings.host_name, std::string("localhost")}) {
    if (auto host = address::domain::parse(name)) {
      identity.host_name = std::move(*host);
      break;
    }
  }
  return identity;
}

result<smtp::forward_path> recipient_of(const std::string& text) {
  return smtp::forward_path::parse(text.starts_with('<') ? text : "<" + text + ">");
}

std::string decision_line(const std::string& recipient, const model::route_decision& d) {
  std::string targets;
  for (const auto& one : d.destinations) {
    targets += (targets.empty() ? "" : ", ") + one.to_string();
  }
  switch (d.kind) {
    case model::route_kind::forward:
      return fmt::format("{} is forwarded to {}\n", recipient, targets);
    case model::route_kind::postmaster:
      return fmt::format("{} goes to the postmaster: {}\n", recipient,
                         targets.empty() ? "none is configured" : targets);
    case model::route_kind::drop:
      return fmt::format("{} is accepted and dropped\n", recipient);
    case model::route_kind::undecided:
      return fmt::format("{} is decided when the message has arrived\n", recipient);
    case model::route_kind::reject:
    case model::route_kind::unknown:
    case model::route_kind::not_ours:
      break;
    case model::route_kind::costly:
    case model::route_kind::unavailable:
      return fmt::format("{} is deferred: {}\n", recipient, printable(d.reply.to_string()));
  }
  return fmt::format("{} is refused: {}\n", recipient, printable(d.reply.to_string()));
}

std::string decision_text(const std::string& recipient, const model::route_decision& d) {
  auto text = decision_line(recipient, d);
  if (!d.zone.empty()) text += "  zone  " + d.zone + "\n";
  if (!d.rule.empty()) text += "  rule  " + printable(d.rule) + "\n";
  for (const auto& step : d.steps) text += "  - " + printable(step) + "\n";
  return text;
}

/// What `config check` has found.
struct findings {
  std::vector<std::string> mistakes;
  std::vector<std::string> warnings = {};  ///< what works, and is hardly meant
  std::size_t zones = 0;
  std::size_t rules = 0;
};

void check_values(const effective_settings& settings, findings& found) {
  for (const auto& fault : check(settings.values())) {
    found.mistakes.push_back(settings.path().empty() ? fault : settings.path() + ": " + fault);
  }
  for (auto& fault : check_secret_files(settings.values())) {
    found.mistakes.push_back(std::move(fault));
  }
  for (auto& fault : check_start(settings.values(), settings.path())) {
    found.mistakes.push_back(std::move(fault));
  }
  for (auto& one : warnings_of(settings.values())) found.warnings.push_back(std::move(one));
}

// After a mistake in the settings, the zones file is only read if it was named: the default
// path would be a false lead.
void check_zones(const effective_settings& settings, findings& found) {
  if (settings.values().api.from_store()) return;  // what the node does not read
  if (!settings.mistakes().empty() && settings.source("node.zones_file") == "default") return;
  const auto store = config::file_routing_source::open(settings.values().zones_file,
                                                     identity_or_default(settings.values()));
  if (!store) {
    auto text = store.error().context;
    if (store.error().code == errc::not_found) {
      text += "; create one, or set node.zones_file to its location";
    }
    found.mistakes.push_back(std::move(text));
    return;
  }
  const auto snapshot = (*store)->current();
  found.zones = snapshot->table->zone_count();
  found.rules = snapshot->table->rule_count();
}

exit_status print_findings(const command_context& context, const findings& found) {
  const bool good = found.mistakes.empty();
  if (context.json) {
    print_json(context, {{"ok", good},
                         {"settings_file", context.settings.path()},
                         {"settings", context.settings.set_count()},
                         {"zones", found.zones},
                         {"rules", found.rules},
                         {"mistakes", found.mistakes},
                         {"warnings", found.warnings}});
    return good ? done : negative;
  }
  for (const auto& mistake : found.mistakes) context.to.err(mistake + "\n");
  for (const auto& one : found.warnings) context.to.err("warning: " + one + "\n");
  if (!good) {
    context.to.err(count_of(found.mistakes.size(), "mistake") + "\n");
    if (context.settings.path().empty()) {
      context.to.err("signpost: no settings file was found at " + effective_settings::places()
                     + "\n");
    }
    return negative;
  }
  const auto from = [](const std::string& path) { return path.empty() ? "" : " in " + path; };
  const auto settings = count_of(context.settings.set_count(), "setting");
  // Where they were read, because a node that is started otherwise may read other files.
  context.to.out(fmt::format("ok: {}{}\n", settings, from(context.settings.path())));
  if (context.settings.values().api.from_store()) {
    context.to.out("ok: zones are in the store\n");
  } else {
    context.to.out(fmt::format("ok: {}, {}{}\n", count_of(found.zones, "zone"),
                               count_of(found.rules, "rule"),
                               from(context.settings.values().zones_file)));
  }
  if (context.settings.path().empty()) {
    context.to.err(fmt::format("signpost: no settings file was found at {}; all settings have "
                               "their defaults\n",
                               effective_settings::places()));
  }
  return done;
}

/// Without a node: routes `address` by the zones file. With `zones` named a settings file with
/// mistakes does not matter.
exit_status rules_test(const command_context& context, const std::string& address,
                       const std::string& zones) {
  if (zones.empty() && !context.settings.mistakes().empty()) {
    return complain(context, {.status = wrong_usage, .text = context.settings.mistakes().front()});
  }
  const auto recipient = recipient_of(address);
  if (!recipient) {
    return complain(context,
                    {wrong_usage, fmt::format("'{}' is not an e-mail address ({})",
                                              printable(address, 100), recipient.error().context)});
  }
  const auto& values = context.settings.values();
  if (zones.empty() && values.api.from_store()) {
    return complain(
        context,
        {.status = wrong_usage,
         .text = "this node has its zones in its store; the zones file is not in force",
         .advice = "ask the node with `signpost explain FROM TO`, or give a file with --zones"});
  }
  const auto store = config::file_routing_source::open(zones.empty() ? values.zones_file : zones,
                                                     identity_or_default(values));
  if (!store) return complain(context, {wrong_usage, store.error().context});
  const auto decision = (*store)->current()->table->explain(*recipient);
  if (context.json) {
    print_json(context, api::to_json(recipient->to_string(), decision));
  } else {
    context.to.out(decision_text(recipient->to_string(), decision));
  }
  return model::is_accepted(decision.kind) ? done : negative;
}

exit_status config_check(const command_context& context) {
  findings found{.mistakes = context.settings.mistakes(),
                 .warnings = context.settings.warnings()};
  for (auto& one : unknown_variables(context.environment, context.settings.table())) {
    found.warnings.push_back(std::move(one));
  }
  // What was written wrongly is still at its default: complaints about that would mislead.
  if (found.mistakes.empty()) check_values(context.settings, found);
  check_zones(context.settings, found);
  return print_findings(context, found);
}

exit_status config_show(const command_context& context) {
  const auto& settings = context.settings;
  for (const auto& mistake : settings.mistakes()) context.to.err(mistake + "\n");
  const auto status = settings.mistakes().empty() ? done : negative;
  if (context.json) {
    auto rows = json::array();
    for (const auto& row : settings.table().rows()) {
      rows.push_back({{"name", row.name},
                      {"value", row.get()},
                      {"default", row.default_value},
                      {"source", settings.source(row.name)}});
    }
    print_json(context, rows);
    return status;
  }
  text_table table({"SETTING", "VALUE", "SOURCE"});
  for (const auto& row : settings.table().rows()) {
    const auto value = row.get();
    table.add({row.name, value.empty() ? "\"\"" : value, settings.source(row.name)});
  }
  context.to.out(table.to_string());
  return status;
}

// Above the tables of docs/operating/settings.md.
constexpr std::string_view reference_head = R"(# Settings

This page is the output of `signpost config reference`.

A setting `area.name` is written in the YAML file as `area: {name: value}`, in the environment as
`SIGNPOST_AREA_NAME` (lists separated by commas), and on the command line of `signpostd` as
`--set area.name=value`. The later of these takes precedence. Durations are written `500ms`, `30s`,
`5m`, `4h` or `5d`, sizes `65536`, `64KiB`, `25MiB` or `1GiB`. With an unknown name in the file, or
a value out of bounds, the node does not start. `signpost config check` finds such mistakes, and
`signpost config show` prints every setting in force and where its value comes from.

Reload: `yes` means that SIGHUP applies a change, `no` that a restart is needed. The contents of the
files that are named here (zones, certificate, SRS secrets) are read again without a restart.

)";

exit_status config_reference(const command_context& context) {
  // Defaults only: the settings file of this machine must not show up on the page.
  daemon_settings defaults;
  settings_table table;
  declare_settings(table, defaults);
  context.to.out(std::string(reference_head) + config::settings_reference_markdown(table));
  return done;
}

}  // namespace

command rules_commands() {
  const auto address = std::make_shared<std::string>();
  const auto zones = std::make_shared<std::string>();
  return {.name = "rules",
          .help = "Test the rules of a zones file, without a node",
          .commands = {{.name = "test",
                        .help = "Show where mail for an address goes, and why",
                        .text = config_rules_text,
                        .options = {{.name = "address",
                                     .type = "ADDRESS",
                                     .help = "The recipient, as in RCPT TO",
                                     .target = address.get(),
                                     .required = true},
                                    {.name = "--zones",
                                     .type = "FILE",
                                     .help = "The zones file, instead of node.zones_file",
                                     .target = zones.get(),
                                     .completes = completion::file}},
                        .run = [address, zones](const auto& context) {
                          return rules_test(context, *address, *zones);
                        }}}};
}

command config_commands() {
  return {
      .name = "config",
      .help = "Check and show the configuration; import and export zones",
      .commands = {{.name = "check",
                    .help = "Check the settings, the environment, the zones and the certificate",
                    .text = config_check_text,
                    .run = [](const auto& context) { return config_check(context); }},
                   {.name = "show",
                    .help = "Print every setting, its value and where the value comes from",
                    .run = [](const auto& context) { return config_show(context); }},
                   {.name = "reference",
                    .help = "Print the reference of all settings as Markdown",
                    .run = [](const auto& context) { return config_reference(context); }},
                   import_command(),
                   export_command(),
                   migrate_command()}};
}

}  // namespace signpost::cli
