// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/signpost/client/lookup.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/commands/dns_report.hpp"
#include "apps/signpost/terminal/text_table.hpp"

namespace signpost::cli {
namespace {

constexpr const char* dns_show_text = R"(
What to publish so that mail comes here and what is forwarded passes: the node asks the DNS at this
moment and says of each record whether it is there. The same for each subdomain.

Examples:
  signpost dns show example.org
)";

constexpr const char* dns_check_text = R"(
Prints only what is wrong, of the zones that are named or of all whose mail is routed. Ends with 1
if mail suffers from it.

Examples:
  signpost dns check
  signpost dns check example.org example.net
)";

constexpr const char* dns_export_text = R"(
Prints the records as lines of a zone file, to be added to the zone's own.

Examples:
  signpost dns export example.org >>example.org.zone
)";

std::string record_text(const command_context& context, const json& r) {
  const auto& priority = member_of(r, "priority");
  auto text = fmt::format(
      "  {:<4}{}{}\n      {}{}\n      {}\n", display_text(text_of(r, "type"), 20),
      display_text(text_of(r, "name")), is_true(r, "required") ? "" : "  (recommended)",
      priority.is_number() ? priority.dump() + " " : "", display_text(text_of(r, "content"), 4000),
      painted(display_text(status_text(r), 1000), status_tone(r), context.to.colours));
  for (const auto& found : member_of(r, "found")) {
    if (text_of(r, "status") == "ok" || !found.is_string()) continue;
    text += "      found: " + display_text(found.get<std::string>(), 1000) + "\n";
  }
  if (const auto fix = text_of(r, "fix"); !fix.empty()) {
    text += "      " + display_text(fix, 1000) + "\n";
  }
  return text;
}

exit_status dns_show(const command_context& context, const std::string& name) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto zone = zone_of(*client, name);
  if (!zone) return complain(context, zone.error());
  const auto reports = dns_reports(*client, *zone);
  if (!reports) return complain(context, reports.error());
  if (context.json) return print_json(context, *reports);
  for (const auto& report : *reports) {
    context.to.out(display_text(text_of(report, "domain")) + "\n");
    for (const auto& r : member_of(report, "records")) context.to.out(record_text(context, r));
  }
  return done;
}

answer<json> zones_named(const api_client& client, const std::vector<std::string>& names) {
  if (names.empty()) return routed_zones(client, 0, nullptr);
  auto zones = json::array();
  for (const auto& name : names) {
    SP_TRY(auto zone, zone_of(client, name));
    zones.push_back(std::move(zone));
  }
  return zones;
}

// One line for each fault; true if mail suffers.
bool print_faults(const command_context& context, const json& report) {
  bool serious = false;
  for (const auto& fault : faults_of(report)) {
    serious = serious || fault.serious;
    if (context.json) continue;
    const auto shade = fault.serious ? tone::bad : tone::warning;
    context.to.out(fmt::format("{}  {}  {}\n", display_text(text_of(report, "domain")),
                               display_text(fault.record),
                               painted(display_text(fault.text, 1000), shade, context.to.colours)));
    if (!fault.fix.empty()) context.to.out("  " + display_text(fault.fix, 1000) + "\n");
  }
  return serious;
}

exit_status dns_check(const command_context& context, const std::vector<std::string>& names) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto zones = zones_named(*client, names);
  if (!zones) return complain(context, zones.error());
  auto list = json::array();
  bool good = true;
  for (const auto& zone : *zones) {
    const auto reports = dns_reports(*client, zone);
    if (!reports) return complain(context, reports.error());
    for (const auto& report : *reports) {
      if (print_faults(context, report)) good = false;
      list.push_back(report);
    }
  }
  if (context.json) {
    print_json(context, list);
  } else if (good) {
    context.to.out(list.empty() ? "no mail is routed, so there is nothing to publish\n"
                                : fmt::format("ok: {}\n", count_of(list.size(), "domain")));
  }
  return good ? done : negative;
}

exit_status dns_export(const command_context& context, const std::string& name) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto zone = zone_of(*client, name);
  if (!zone) return complain(context, zone.error());
  const auto text = client->content(own_zone_path(*zone) + "/dns/export");
  if (!text) return complain(context, text.error());
  if (context.json) return print_json(context, {{"zone_file", *text}});
  context.to.out(printable_lines(*text));
  return done;
}

}  // namespace

command dns_commands() {
  const auto zone = std::make_shared<std::string>();
  const auto zones = std::make_shared<std::vector<std::string>>();
  return {
      .name = "dns",
      .help = "Show the DNS records that a zone needs, and those it has",
      .commands = {{.name = "show",
                    .help = "Show the records needed and what the DNS has now",
                    .text = dns_show_text,
                    .options = {zone_argument(*zone)},
                    .run = [zone](const auto& context) { return dns_show(context, *zone); }},
                   {.name = "check",
                    .help = "Show what is wrong in the DNS",
                    .text = dns_check_text,
                    .options = {{.name = "zones",
                                 .type = "ZONE",
                                 .help = "Names or ids; default: all zones",
                                 .target = zones.get(),
                                 .completes = completion::zone}},
                    .run = [zones](const auto& context) { return dns_check(context, *zones); }},
                   {.name = "export",
                    .help = "Print the records as lines of a zone file",
                    .text = dns_export_text,
                    .options = {zone_argument(*zone)},
                    .run = [zone](const auto& context) { return dns_export(context, *zone); }}}};
}

}  // namespace signpost::cli
