// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/commands/dns_report.hpp"
#include "apps/signpost/commands/health_checks.hpp"
#include "apps/signpost/terminal/display_text.hpp"

namespace signpost::cli {
namespace {

constexpr std::uint64_t unproven_zones_named_max = 10;

void add_left_out(findings& out, const json& numbers) {
  const auto zones = number_of(numbers, "config.zones_left_out");
  const auto rules = number_of(numbers, "config.rules_left_out");
  if (zones + rules > 0) {
    out.push_back({health::warn, "rules",
                   fmt::format("{} and {} are configured but have no effect",
                               count_of(zones, "zone"), count_of(rules, "rule")),
                   "their destinations are not verified, or they have an error; see signpost "
                   "address list --unverified, and the node's log"});
  } else if (numbers.is_object() && numbers.contains("config.rules_left_out")) {
    out.push_back({health::ok, "rules", "all enabled rules are in effect"});
  }
}

void add_unreadable(findings& out, const json& numbers) {
  const auto messages = number_of(numbers, "spool.unreadable");
  if (messages == 0) return;
  out.push_back(
      {health::warn, "queue",
       fmt::format("{} could not be read from the disk and {} given up; nobody else was notified",
                   count_of(messages, "message"), messages == 1 ? "was" : "were"),
       "`signpost spool losses` shows the file that lists them; check the disk"});
}

void add_descriptors(findings& out, const json& numbers) {
  if (!numbers.is_object() || !numbers.contains("descriptors.sessions")) return;
  const auto has = number_of(numbers, "descriptors.sessions");
  const auto wants = number_of(numbers, "descriptors.sessions_wanted");
  const auto limit = number_of(numbers, "descriptors.limit");
  if (has >= wants) {
    out.push_back({health::ok, "descriptors", fmt::format("{} are enough", limit)});
    return;
  }
  out.push_back(
      {health::warn, "descriptors",
       fmt::format("{} allow only {} sessions, and smtp.sessions_max is {}", limit, has, wants),
       fmt::format("set LimitNOFILE={} in its unit, or lower smtp.sessions_max",
                   number_of(numbers, "descriptors.wanted"))});
}

// Never a failure: the mail does not depend on it.
void add_activity_log(findings& out, const json& log) {
  if (!log.is_object()) return;
  const auto lost = number_of(log, "events_lost");
  const auto unreadable = number_of(log, "unreadable");
  const auto replaced = number_of(log, "set_aside");
  if (!is_true(log, "well")) {
    out.push_back(
        {health::warn, "activity log",
         "it is not available: " + display_text(text_of(log, "trouble"), 200),
         "mail is not affected, but events are dropped; see activity_log.failed in the log"});
  } else if (lost + unreadable + replaced > 0) {
    out.push_back(
        {health::warn, "activity log",
         fmt::format(
             "since the start {} were dropped, {} reads failed, and {} damaged logs were set aside",
             count_of(lost, "event"), unreadable, replaced),
         "mail is not affected; check the disk (smartctl -a, dmesg)"});
  } else {
    out.push_back({health::ok, "activity log", "it works"});
  }
}

finding finding_of(const json& report) {
  const auto domain = display_text(text_of(report, "domain"));
  finding out{health::ok, "DNS", domain + " has the records it needs"};
  std::string faults;
  for (const auto& fault : faults_of(report)) {
    faults += (faults.empty() ? "" : "; ") + display_text(fault.text, 200);
    out.level = std::max(out.level, fault.serious ? health::fail : health::warn);
  }
  if (faults.empty()) return out;
  out.text = fmt::format("{}: {}", domain, faults);
  out.advice = "`signpost dns show ZONE` shows what to publish";
  return out;
}

}  // namespace

findings check_node(const answer<api_client>& client) {
  if (!client) return {{health::fail, "node", client.error().text, client.error().advice}};
  const auto status = client->call("GET", "/signpost/v1/status");
  if (!status) return {{health::fail, "node", status.error().text, status.error().advice}};
  const auto& s = status->result;
  findings out;
  if (is_true(s, "ready")) {
    out.push_back({health::ok, "node",
                   fmt::format("signpost {} on {} is ready", display_text(text_of(s, "version")),
                               display_text(text_of(s, "host_name")))});
  } else {
    std::string reasons;
    for (const auto& one : member_of(s, "reasons")) {
      if (one.is_string()) {
        reasons += (reasons.empty() ? "" : "; ") + display_text(one.get<std::string>());
      }
    }
    out.push_back({health::fail, "node", "it is not ready: " + reasons, "see its log"});
  }
  for (const auto& one : member_of(s, "remarks")) {
    if (!one.is_string()) continue;
    out.push_back({health::warn, "node", display_text(one.get<std::string>())});
  }
  add_activity_log(out, member_of(member_of(s, "spool"), "activity_log"));
  add_left_out(out, member_of(s, "numbers"));
  add_descriptors(out, member_of(s, "numbers"));
  add_unreadable(out, member_of(s, "numbers"));
  return out;
}

findings check_ownership(const api_client& client) {
  findings out;
  for (const std::string status : {"pending", "moved"}) {
    bool more = false;
    const auto zones = client.list("/client/v4/zones", query_of({{"status", status}}),
                                   unproven_zones_named_max, &more);
    if (!zones && zones.error().http_status == 503) return {};  // they come from a file
    if (!zones) return {{health::warn, "ownership", zones.error().text, zones.error().advice}};
    if (zones->empty()) continue;
    std::string names;
    for (const auto& zone : *zones) {
      names += (names.empty() ? "" : ", ") + display_text(text_of(zone, "name"));
    }
    out.push_back(
        {health::warn, "ownership",
         fmt::format("{} without proof of ownership, so no mail is accepted: {}{}",
                     status == "moved" ? "taken away" : status, names, more ? " and more" : ""),
         "`signpost zone check ZONE` prints the record to publish, and checks it"});
  }
  return out;
}

findings check_zones(const api_client& client, std::uint64_t zones_max) {
  bool more = false;
  const auto zones = routed_zones(client, zones_max, &more);
  if (!zones && zones.error().http_status == 503) return {};  // they come from a file
  if (!zones) return {{health::warn, "DNS", zones.error().text, zones.error().advice}};
  findings out;
  for (const auto& zone : *zones) {
    const auto reports = dns_reports(client, zone);
    if (!reports) {
      out.push_back({health::warn, "DNS",
                     display_text(text_of(zone, "name")) + ": " + reports.error().text,
                     reports.error().advice});
      continue;
    }
    for (const auto& report : *reports) out.push_back(finding_of(report));
  }
  if (more) {
    out.push_back({health::warn, "DNS",
                   fmt::format("only the first {} zones were checked", zones_max),
                   "signpost dns check checks all of them"});
  }
  return out;
}

}  // namespace signpost::cli
