// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/command_tree.hpp"
#include "apps/signpost/commands/health_checks.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "net/dns/unbound_resolver.hpp"

namespace signpost::cli {
namespace {

constexpr const char* doctor_help_text = R"(
Looks at settings, data directory, certificate, clock, ports, resolver, PTR records, the running
node and the DNS of its zones; each line says ok, warn or fail, and below it what to do. Ends with 1
if anything failed. Of a node elsewhere (--profile) only what its API tells.

Examples:
  signpost doctor
  signpost doctor --json | jq '.[] | select(.level != "ok")'
)";

struct doctor_options {
  std::uint64_t zones = 50;
  bool offline = false;
};

std::string_view word_of(health level) {
  if (level == health::ok) return "ok";
  return level == health::warn ? "warn" : "fail";
}

tone tone_of(health level) {
  if (level == health::ok) return tone::good;
  return level == health::warn ? tone::warning : tone::bad;
}

/// Prints what is found at once: some checks take seconds.
class report {
 public:
  explicit report(const command_context& context) : context_(context) {}

  void add(const findings& found) {
    for (const auto& one : found) {
      failed_ = failed_ || one.level == health::fail;
      rows_.push_back({{"level", word_of(one.level)},
                       {"check", one.check},
                       {"text", one.text},
                       {"advice", one.advice}});
      if (!context_.json) print(one);
    }
  }
  exit_status end() const {
    if (context_.json) print_json(context_, rows_);
    return failed_ ? negative : done;
  }

 private:
  void print(const finding& one) const {
    // Padded before it is painted: colours have no width.
    const auto word =
        painted(fmt::format("{:<4}", word_of(one.level)), tone_of(one.level), context_.to.colours);
    context_.to.out(fmt::format("{}  {:<16}{}\n", word, one.check, display_text(one.text, 1000)));
    if (!one.advice.empty()) {
      context_.to.out(fmt::format("{:22}{}\n", "", display_text(one.advice, 1000)));
    }
  }

  const command_context& context_;
  json rows_ = json::array();
  bool failed_ = false;
};

void examine_dns(report& to, const daemon_settings& s, std::uint64_t zones_max) {
  auto options = s.dns;
  options.threads = 1;
  const auto resolver = net::unbound_resolver::make(options);
  if (!resolver) {
    to.add({{health::fail, "resolver", resolver.error().context, "check the settings dns.*"}});
    return;
  }
  const auto found = check_resolver(**resolver);
  to.add(found);
  const bool answers =
      std::ranges::none_of(found, [](const auto& one) { return one.level == health::fail; });
  if (!answers) return;
  to.add(check_own_names(**resolver, s.host_name, sending_addresses(s)));
  to.add(check_signing_keys(**resolver, s));
  to.add(check_outbound(**resolver, s));
  if (!s.api.from_store()) to.add(check_file_zones(**resolver, s, zones_max));
}

void examine_machine(report& to, const command_context& context, const doctor_options& o) {
  to.add(check_settings(context));
  if (!context.settings.mistakes().empty()) return;
  const auto& s = context.settings.values();
  to.add(check_data_directory(s));
  to.add(check_secrets(s));
  to.add(check_certificate(s, context.to.time.now()));
  to.add(check_clock());
  to.add(check_control_database(s));
  to.add(check_first_token(s));
  to.add(check_ports(s));
  if (!o.offline) examine_dns(to, s, o.zones);
}

exit_status doctor(const command_context& context, const doctor_options& o) {
  report to(context);
  const auto client = client_of(context);
  if (!client || client->server().is_local()) examine_machine(to, context, o);
  to.add(check_node(client));
  if (client) to.add(check_ownership(*client));
  if (client && !o.offline) to.add(check_zones(*client, o.zones));
  return to.end();
}

}  // namespace

command doctor_command() {
  const auto o = std::make_shared<doctor_options>();
  return {.name = "doctor",
          .help = "Check this node for problems",
          .text = doctor_help_text,
          .options = {{.name = "--zones",
                       .type = "N",
                       .help = "Check the DNS of at most this many zones; 0 = all",
                       .target = &o->zones},
                      {.name = "--offline", .help = "Make no DNS queries", .target = &o->offline}},
          .run = [o](const auto& context) { return doctor(context, *o); }};
}

}  // namespace signpost::cli
