// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/terminal/display_text.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr const char* node_events_text = R"(
Examples:
  signpost events --zone example.org --limit 20
)";

struct events_options {
  std::string zone;
  std::uint64_t limit = 100;
};

std::string reasons_of(const json& status) {
  std::string text;
  for (const auto& reason : status.value("reasons", json::array())) {
    if (!reason.is_string()) continue;
    text += (text.empty() ? "" : "; ") + printable(reason.get<std::string>());
  }
  return text;
}

std::string spool_line(const json& spool, wall_time now) {
  auto line = fmt::format("{}; {}, {}", text_of(spool, "health"),
                          count_of(number_of(spool, "messages"), "message"),
                          count_of(number_of(spool, "recipients"), "recipient"));
  if (const auto oldest = text_of(spool, "oldest"); !oldest.empty()) {
    line += ", the oldest from " + relative(oldest, now);
  }
  return line;
}

std::string log_line(const json& log) {
  if (!is_true(log, "well")) {
    return "not available (mail is not affected): " + printable(text_of(log, "trouble"));
  }
  const auto times = number_of(log, "unreadable");
  return times == 0 ? "well" : fmt::format("damaged: {} reads failed", times);
}

std::string config_line(const json& config) {
  if (!config.is_object()) return "no zones are loaded";
  return fmt::format("{}, {} (revision {})", count_of(number_of(config, "zones"), "zone"),
                     count_of(number_of(config, "rules"), "rule"), number_of(config, "revision"));
}

std::string status_text(const json& s, wall_time now) {
  auto text =
      fmt::format("signpost {} on {}, up {}\n", text_of(s, "version"), text_of(s, "host_name"),
                  short_duration(seconds(number_of(s, "uptime_s"))));
  text += fmt::format("  {:<8}{}\n", "ready", is_true(s, "ready") ? "yes" : "no: " + reasons_of(s));
  for (const auto& remark : member_of(s, "remarks")) {
    if (remark.is_string()) {
      text += fmt::format("  {:<8}{}\n", "remark", display_text(remark.get<std::string>(), 1000));
    }
  }
  text += fmt::format("  {:<8}{}\n", "spool", spool_line(s.value("spool", json()), now));
  const auto log = member_of(s.value("spool", json()), "activity_log");
  if (log.is_object()) text += fmt::format("  {:<8}{}\n", "log", log_line(log));
  text += fmt::format("  {:<8}{}\n", "zones", config_line(s.value("config", json())));
  text_table numbers({"NUMBER", "VALUE"});
  const auto named = s.value("numbers", json::object());
  for (const auto& [name, value] : named.items()) {
    numbers.add({name, value.dump()});
  }
  return numbers.size() == 0 ? text : text + "\n" + numbers.to_string(2);
}

exit_status node_status(const command_context& context) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto reply = client->call("GET", "/signpost/v1/status");
  if (!reply) return complain(context, reply.error());
  const auto& status = reply->result;
  if (context.json) {
    print_json(context, status);
  } else {
    context.to.out(printable_lines(status_text(status, context.to.time.now())));
  }
  return is_true(status, "ready") ? done : negative;
}

exit_status node_events(const command_context& context, const events_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto reply =
      client->call("GET", "/signpost/v1/events?"
                              + query_of({{"zone", o.zone}, {"max", std::to_string(o.limit)}}));
  if (!reply) return complain(context, reply.error());
  if (context.json) return print_json(context, reply->result);
  text_table table(
      {"TIME", "EVENT", "QUEUE ID", "SENDER", "RECIPIENT", "DESTINATION", "HOST", "REPLY"},
      context.to.colours);
  for (const auto& e : reply->result) {
    table.add({text_of(e, "at"), text_of(e, "event"), text_of(e, "queue_id"), text_of(e, "sender"),
               text_of(e, "recipient"), text_of(e, "destination"), text_of(e, "host"),
               text_of(e, "reply")});
  }
  context.to.out(table.size() == 0 ? "there are no events yet\n" : table.to_string());
  return done;
}

}  // namespace

command status_command() {
  return {.name = "status",
          .help = "Show the state of the running node",
          .text = "Ends with 1 if the node is not ready.\n",
          .run = [](const auto& context) { return node_status(context); }};
}

command events_command() {
  const auto o = std::make_shared<events_options>();
  return {.name = "events",
          .help = "Show events of mail, newest first",
          .text = node_events_text,
          .options = {{.name = "--zone",
                       .type = "DOMAIN",
                       .help = "Only events of this zone",
                       .target = &o->zone,
                       .completes = completion::zone},
                      {.name = "--limit",
                       .type = "N",
                       .help = "At most this many",
                       .target = &o->limit,
                       .max = 1000}},
          .run = [o](const auto& context) { return node_events(context, *o); }};
}

}  // namespace signpost::cli
