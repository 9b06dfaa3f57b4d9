// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "apps/signpost/client/lookup.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/commands/token_grant.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "base/settings.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr std::uint64_t page_size = 200;

constexpr const char* audit_list_text = R"(
Every change and every refused attempt, newest first: who, from where, what, and in --json with the
states before and after. `cli` is whoever works at the node's control socket.

Examples:
  signpost audit list --since 2d --zone example.org
  signpost audit list --actor ci --refused
  signpost audit list --since 2026-11-01 --limit 0 --json >november.json
)";

struct audit_options {
  std::string account;
  std::string since;
  std::string before;
  std::string zone;
  std::string action;
  std::string actor;
  std::string address;
  bool refused = false;
  std::uint64_t limit = 100;
};

// `2d` is two days ago; else a date or time.
answer<std::string> past_of(const std::string& text, wall_time now) {
  if (text.empty()) return std::string();
  const auto duration = parse_duration(text);
  if (duration && !is_digit(text.back())) return to_rfc3339(now - *duration);
  return expiry_of(text, now);
}

answer<std::string> query_for(const audit_options& o, wall_time now) {
  SP_TRY(const auto since, past_of(o.since, now));
  SP_TRY(const auto before, past_of(o.before, now));
  return query_of({{"since", since},
                   {"before", before},
                   {"zone.name", o.zone},
                   {"action.type", o.action},
                   {"actor.ip", o.address}});
}

// What the server cannot be asked for.
bool passes(const audit_options& o, const json& entry) {
  if (o.refused && is_true(member_of(entry, "action"), "result")) return false;
  if (o.actor.empty()) return true;
  return text_of(member_of(entry, "actor"), "id") == o.actor
         || equals_ignoring_case(text_of(member_of(entry, "metadata"), "token_name"), o.actor);
}

answer<json> collect(const api_client& client, const std::string& path, const std::string& query,
                     const audit_options& o, bool& more) {
  auto rows = json::array();
  for (std::uint64_t page = 1;; ++page) {
    SP_TRY(auto got, client.call("GET", fmt::format("{}?{}{}page={}&per_page={}", path, query,
                                                    query.empty() ? "" : "&", page, page_size)));
    const auto count = got.result.size();
    for (auto& row : got.result) {
      if (!passes(o, row)) continue;
      more = o.limit > 0 && rows.size() >= o.limit;
      if (more) return rows;
      rows.push_back(std::move(row));
    }
    if (count < page_size) return rows;
  }
}

// All that the token may read; of its only account, if it is a token of an account.
answer<json> entries_of(const api_client& client, const audit_options& o, const std::string& query,
                        bool& more) {
  if (o.account.empty()) {
    auto all = collect(client, "/client/v4/user/audit_logs", query, o, more);
    if (all || all.error().http_status != 403) return all;
  }
  SP_TRY(const auto path, account_path(client, o.account));
  return collect(client, path + "/audit_logs", query, o, more);
}

// The resource as people know it, from its state after or before.
std::string subject_of(const json& entry) {
  const auto type = text_of(member_of(entry, "resource"), "type");
  for (const auto* const name : {"newValue", "oldValue"}) {
    const auto state = json::parse(text_of(entry, name), nullptr, false);
    if (!state.is_object()) continue;
    for (const auto* const member : {"email", "name"}) {
      if (const auto text = text_of(state, member); !text.empty()) return type + " " + text;
    }
    const auto& matchers = member_of(state, "matchers");
    if (matchers.is_array() && !matchers.empty()) {
      const auto value = text_of(matchers.front(), "value");
      if (!value.empty()) return type + " " + value;
    }
  }
  return type.empty() ? text_of(member_of(entry, "resource"), "id") : type;
}

std::string actor_of(const json& entry) {
  const auto name = text_of(member_of(entry, "metadata"), "token_name");
  return name.empty() ? text_of(member_of(entry, "actor"), "id") : name;
}

std::string entries_table(const command_context& context, const json& entries) {
  const auto now = context.to.time.now();
  text_table table({"TIME", "ACTOR", "FROM", "DID", "WHAT", "ZONE", "RESULT"}, context.to.colours);
  for (const auto& entry : entries) {
    const auto& action = member_of(entry, "action");
    const bool good = is_true(action, "result");
    table.add(
        {relative(text_of(entry, "when"), now),
         actor_of(entry),
         text_of(member_of(entry, "actor"), "ip"),
         text_of(action, "type"),
         subject_of(entry),
         text_of(member_of(entry, "metadata"), "zone_name"),
         {good ? std::string("done")
               : fmt::format("refused ({})", number_of(member_of(entry, "metadata"), "status")),
          good ? tone::plain : tone::bad}});
  }
  return table.size() == 0 ? "no entries match\n" : table.to_string();
}

exit_status audit_list(const command_context& context, const audit_options& o) {
  const auto query = query_for(o, context.to.time.now());
  if (!query) return complain(context, query.error());
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  bool more = false;
  const auto entries = entries_of(*client, o, *query, more);
  if (!entries) return complain(context, entries.error());
  if (more) {
    note(context, fmt::format("only the newest {} are shown; --limit 0 shows all", o.limit));
  }
  if (context.json) return print_json(context, *entries);
  context.to.out(entries_table(context, *entries));
  return done;
}

}  // namespace

command audit_commands() {
  const auto o = std::make_shared<audit_options>();
  return {.name = "audit",
          .help = "Show who changed what, and what was refused",
          .commands = {{.name = "list",
                        .help = "List changes and refused attempts",
                        .text = audit_list_text,
                        .options = {{.name = "--since",
                                     .type = "WHEN",
                                     .help = "Only entries since then: 2d, a date, a time",
                                     .target = &o->since},
                                    {.name = "--before",
                                     .type = "WHEN",
                                     .help = "Only entries before then",
                                     .target = &o->before},
                                    {.name = "--zone",
                                     .type = "DOMAIN",
                                     .help = "Only entries about this zone",
                                     .target = &o->zone,
                                     .completes = completion::zone},
                                    {.name = "--action",
                                     .type = "WORD",
                                     .help = "Only this action: create, update, delete, enable, …",
                                     .target = &o->action},
                                    {.name = "--actor",
                                     .type = "TOKEN",
                                     .help = "Only entries by this token (name or id), or cli",
                                     .target = &o->actor},
                                    {.name = "--from",
                                     .type = "ADDRESS",
                                     .help = "Only requests from this address",
                                     .target = &o->address},
                                    {.name = "--refused",
                                     .help = "Only refused attempts",
                                     .target = &o->refused},
                                    {.name = "--account",
                                     .type = "ACCOUNT",
                                     .help = "Only entries of this account",
                                     .target = &o->account},
                                    {.name = "--limit",
                                     .type = "N",
                                     .help = "At most this many; 0 = all",
                                     .target = &o->limit}},
                        .run = [o](const auto& context) { return audit_list(context, *o); }}}};
}

}  // namespace signpost::cli
