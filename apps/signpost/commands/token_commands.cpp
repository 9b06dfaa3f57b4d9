// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/config/private_files.hpp"
#include "apps/signpost/client/lookup.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/commands/token_grant.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t token_octets_max = 4096;

constexpr const char* token_create_text = R"(
The token's secret is shown only once, here; nobody can read it again. With --output it goes to a
file with mode 0600 instead.

Permissions are separated by commas; write includes read:
  zones:read   settings:read   rules:read   addresses:read   account:read   tokens:read
  zones:write  settings:write  rules:write  addresses:write  account:write  tokens:write
  audit:read   queue:read      queue:write  admin            everything
Names of the API's permission groups are accepted too.

Without --account it is a token of the administrator and works in all accounts, or in the zones that
are named; with it, it belongs to the account and never reaches beyond it.

Examples:
  signpost token create ci --allow rules:write,zones:read --zone example.org --expires 90d
  signpost token create backup --allow zones:read,rules:read --from 192.0.2.0/24
  signpost token create shop --account "Shop Inc." --allow everything --output ./shop.token
)";

constexpr const char* token_list_text = R"(
Without --account these are the administrator's tokens; those of an account are only shown with
--account. Secrets are not stored and cannot be shown.

Examples:
  signpost token list
  signpost token list --account "Shop Inc."
)";

constexpr const char* token_which_text = R"(
TOKEN is its name or id.

Examples:
  signpost token show ci
)";

constexpr const char* token_roll_text = R"(
The token gets a new secret, which is shown only once; the old one becomes invalid immediately.

Examples:
  signpost token roll ci
)";

constexpr const char* token_verify_text = R"(
Checks the token of the chosen server, or with --token-file another one (`-` is standard input).
Ends with 1 if it is not valid.

Examples:
  signpost token verify --profile work
  signpost token verify --token-file ./shop.token --account "Shop Inc."
)";

struct token_options {
  std::string token;
  std::string account;
  std::vector<std::string> allow;
  std::vector<std::string> zones;
  std::vector<std::string> from;
  std::vector<std::string> not_from;
  std::string expires;
  std::string not_before;
  std::string output;
  std::string token_file;
  bool yes = false;
};

/// A client and the path under which the tokens are.
struct token_place {
  api_client client;
  std::string account;  ///< id; empty: the administrator's tokens
  std::string path;

  [[nodiscard]] answer<json> find(const std::string& text) const {
    SP_TRY(const auto all, client.list(path));
    return one_of(all, "name", text, "token");
  }
};

answer<token_place> place_of(const command_context& context, const std::string& account) {
  SP_TRY(auto client, client_of(context));
  if (account.empty()) {
    return token_place{
        .client = std::move(client), .account = {}, .path = "/client/v4/user/tokens"};
  }
  SP_TRY(const auto found, account_of(client, account));
  const auto id = text_of(found, "id");
  return token_place{.client = std::move(client),
                     .account = id,
                     .path = fmt::format("/client/v4/accounts/{}/tokens", id)};
}

std::string addresses_text(const json& token) {
  std::string text;
  for (const auto* const name : {"in", "not_in"}) {
    for (const auto& one :
         member_of(member_of(member_of(token, "condition"), "request_ip"), name)) {
      if (!one.is_string()) continue;
      text += (text.empty() ? "" : ", ") + std::string(name == std::string_view("in") ? "" : "not ")
              + one.get<std::string>();
    }
  }
  return text.empty() ? "anywhere" : text;
}

tone tone_of(const std::string& status) {
  return status == "active" ? tone::good : tone::warning;
}

exit_status token_list(const command_context& context, const token_options& o) {
  const auto place = place_of(context, o.account);
  if (!place) return complain(context, place.error());
  const auto all = place->client.list(place->path);
  if (!all) return complain(context, all.error());
  if (context.json) return print_json(context, *all);
  const auto now = context.to.time.now();
  text_table table({"NAME", "STATUS", "MAY", "WHERE", "FROM", "EXPIRES", "ISSUED", "ID"},
                   context.to.colours);
  for (const auto& one : *all) {
    const auto status = text_of(one, "status");
    const auto expires = text_of(one, "expires_on");
    table.add({text_of(one, "name"),
               {status, tone_of(status)},
               permissions_text(one),
               resources_text(one),
               addresses_text(one),
               expires.empty() ? "never" : relative(expires, now),
               relative(text_of(one, "issued_on"), now),
               text_of(one, "id")});
  }
  context.to.out(table.size() == 0 ? "there are no tokens\n" : table.to_string());
  return done;
}

std::string token_block(const json& t) {
  const auto line = [](std::string_view name, const std::string& value) {
    return fmt::format("  {:<9}{}\n", name, display_text(value, 2000));
  };
  const auto expires = text_of(t, "expires_on");
  auto text = fmt::format("token {}\n", display_text(text_of(t, "name")));
  text += line("id", text_of(t, "id")) + line("status", text_of(t, "status"));
  text += line("may", permissions_text(t)) + line("where", resources_text(t));
  text += line("from", addresses_text(t));
  return text + line("expires", expires.empty() ? "never" : expires);
}

exit_status token_show(const command_context& context, const token_options& o) {
  const auto place = place_of(context, o.account);
  if (!place) return complain(context, place.error());
  const auto found = place->find(o.token);
  if (!found) return complain(context, found.error());
  return print_outcome(context, *found, token_block(*found));
}

answer<grant_scope> scope_for(const token_place& place, const token_options& o) {
  grant_scope scope{.account = place.account, .zones = {}};
  for (const auto& name : o.zones) {
    SP_TRY(const auto zone, zone_of(place.client, name));
    scope.zones.push_back(text_of(zone, "id"));
  }
  return scope;
}

answer<json> request_for(const token_place& place, const token_options& o, wall_time now) {
  if (o.allow.empty()) {
    return refuse(wrong_usage, "the permissions are missing", "add --allow; see --help");
  }
  SP_TRY(const auto groups, place.client.call("GET", place.path + "/permission_groups"));
  SP_TRY(const auto scope, scope_for(place, o));
  json body{{"name", o.token}};
  SP_TRY(body["policies"], policies_for(o.allow, groups.result, scope));
  if (!o.expires.empty()) {
    SP_TRY(body["expires_on"], expiry_of(o.expires, now));
  }
  if (!o.not_before.empty()) {
    SP_TRY(body["not_before"], expiry_of(o.not_before, now));
  }
  if (!o.from.empty()) body["condition"]["request_ip"]["in"] = o.from;
  if (!o.not_from.empty()) body["condition"]["request_ip"]["not_in"] = o.not_from;
  return body;
}

/// Zones limit permissions of zones alone: what the token may do in whole accounts is said.
void tell_of_wider_policies(const command_context& context, const json& policies,
                            const token_options& o) {
  if (o.zones.empty()) return;
  for (const auto& policy : policies) {
    const auto text = resources_text({{"policies", json::array({policy})}});
    if (text.find("account") == std::string::npos) continue;
    note(context, fmt::format("--zone does not limit {}: {}",
                              permissions_text({{"policies", json::array({policy})}}), text));
  }
}

/// Shows the secret, once, or puts it into the file.
exit_status give_out(const command_context& context, json result, const std::string& secret,
                     const token_options& o) {
  if (!o.output.empty()) {
    result.erase("value");
    if (const auto kept = config::write_private_file(o.output, secret + "\n"); !kept) {
      // It exists now, and this is the only moment to see it.
      note(context, kept.error().context + "; the token is printed here instead");
      context.to.out(secret + "\n");
      return negative;
    }
    return print_outcome(context, result, fmt::format("the token is in {}\n", o.output));
  }
  if (context.json) return print_json(context, result);
  note(context, "this is the only time that the token is shown");
  context.to.out(secret + "\n");
  return done;
}

exit_status token_create(const command_context& context, const token_options& o) {
  const auto place = place_of(context, o.account);
  if (!place) return complain(context, place.error());
  const auto body = request_for(*place, o, context.to.time.now());
  if (!body) return complain(context, body.error());
  const auto made = place->client.call("POST", place->path, *body);
  if (!made) return complain(context, made.error());
  if (!context.json) context.to.err(token_block(made->result));
  tell_of_wider_policies(context, member_of(made->result, "policies"), o);
  return give_out(context, made->result, text_of(made->result, "value"), o);
}

exit_status token_roll(const command_context& context, const token_options& o) {
  const auto place = place_of(context, o.account);
  if (!place) return complain(context, place.error());
  const auto found = place->find(o.token);
  if (!found) return complain(context, found.error());
  const auto name = display_text(text_of(*found, "name"), 120);
  if (!is_agreed(context, o.yes,
                 fmt::format("Invalidate the current secret of the token {}?", name))) {
    return wrong_usage;
  }
  const auto rolled = place->client.call(
      "PUT", fmt::format("{}/{}/value", place->path, text_of(*found, "id")), json::object());
  if (!rolled) return complain(context, rolled.error());
  const auto secret = rolled->result.is_string() ? rolled->result.get<std::string>() : "";
  return give_out(context, {{"id", text_of(*found, "id")}, {"value", secret}}, secret, o);
}

exit_status token_delete(const command_context& context, const token_options& o) {
  const auto place = place_of(context, o.account);
  if (!place) return complain(context, place.error());
  const auto found = place->find(o.token);
  if (!found) return complain(context, found.error());
  const auto name = display_text(text_of(*found, "name"), 120);
  if (!is_agreed(context, o.yes, fmt::format("Delete the token {}?", name))) return wrong_usage;
  const auto gone = place->client.call("DELETE", place->path + "/" + text_of(*found, "id"));
  if (!gone) return complain(context, gone.error());
  return print_outcome(context, gone->result, fmt::format("token {} is deleted\n", name));
}

// The server that is named, with another token.
answer<api_client> client_with(const command_context& context, const std::string& file) {
  SP_TRY(auto server, server_of(context));
  if (file.empty()) {
    if (server.token.empty()) {
      return refuse(wrong_usage, "the control socket needs no token",
                    "give one with --token-file, or a server with --profile");
    }
    return client_of(context);
  }
  const auto text = file == "-" && context.to.read_input
                        ? result<std::string>(context.to.read_input())
                        : config::read_private_file(file, token_octets_max);
  if (!text) return refuse(wrong_usage, text.error().context);
  server.token = trim(*text);
  auto connection = context.connect(server);
  if (!connection) return refuse(wrong_usage, connection.error().context);
  return api_client(std::move(*connection), std::move(server));
}

exit_status token_verify(const command_context& context, const token_options& o) {
  const auto client = client_with(context, o.token_file);
  if (!client) return complain(context, client.error());
  auto checked = client->call("GET", "/client/v4/user/tokens/verify");
  if (!checked && checked.error().http_status == 401) {
    // Tokens of an account are known there only.
    const auto account = account_path(*client, o.account);
    if (!account) return complain(context, account.error());
    checked = client->call("GET", *account + "/tokens/verify");
  }
  if (!checked) return complain(context, checked.error());
  const auto status = text_of(checked->result, "status");
  const auto expires = text_of(checked->result, "expires_on");
  print_outcome(
      context, checked->result,
      fmt::format("the token is {}{}\n", status, expires.empty() ? "" : ", until " + expires));
  return status == "active" ? done : negative;
}

option token_argument(std::string& target) {
  return {.name = "token",
          .type = "TOKEN",
          .help = "The name or id of the token",
          .target = &target,
          .required = true};
}

option account_option(std::string& target) {
  return {.name = "--account",
          .type = "ACCOUNT",
          .help = "A token of this account instead of the administrator",
          .target = &target};
}

option output_option(std::string& target) {
  return {.name = "-o,--output",
          .type = "FILE",
          .help = "Write the token to this file, with mode 0600",
          .target = &target,
          .completes = completion::file};
}

command create_command() {
  const auto o = std::make_shared<token_options>();
  return {.name = "create",
          .help = "Create a token; its secret is shown only once",
          .text = token_create_text,
          .options = {{.name = "name",
                       .type = "NAME",
                       .help = "A name for people and for the audit log",
                       .target = &o->token,
                       .required = true},
                      {.name = "--allow",
                       .type = "WHAT",
                       .help = "Permissions: rules:write,zones:read",
                       .target = &o->allow},
                      {.name = "--zone",
                       .type = "ZONE",
                       .help = "Only in these zones",
                       .target = &o->zones,
                       .completes = completion::zone},
                      account_option(o->account),
                      {.name = "--from",
                       .type = "NETWORK",
                       .help = "Only from these addresses: 192.0.2.0/24",
                       .target = &o->from},
                      {.name = "--not-from",
                       .type = "NETWORK",
                       .help = "Not from these addresses",
                       .target = &o->not_from},
                      {.name = "--expires",
                       .type = "WHEN",
                       .help = "When it expires: 90d, or a date",
                       .target = &o->expires},
                      {.name = "--not-before",
                       .type = "WHEN",
                       .help = "When it becomes valid",
                       .target = &o->not_before},
                      output_option(o->output)},
          .run = [o](const auto& context) { return token_create(context, *o); }};
}

}  // namespace

command token_commands() {
  const auto o = std::make_shared<token_options>();
  const auto which = token_argument(o->token);
  const auto account = account_option(o->account);
  return {.name = "token",
          .help = "Manage API tokens: who may do what",
          .commands = {{.name = "list",
                        .help = "List tokens",
                        .text = token_list_text,
                        .options = {account},
                        .run = [o](const auto& context) { return token_list(context, *o); }},
                       {.name = "show",
                        .help = "Show what a token may do",
                        .text = token_which_text,
                        .options = {which, account},
                        .run = [o](const auto& context) { return token_show(context, *o); }},
                       create_command(),
                       {.name = "roll",
                        .help = "Give a token a new secret",
                        .text = token_roll_text,
                        .options = {which, account, output_option(o->output), yes_option(o->yes)},
                        .run = [o](const auto& context) { return token_roll(context, *o); }},
                       {.name = "delete",
                        .help = "Delete a token",
                        .text = token_which_text,
                        .options = {which, account, yes_option(o->yes)},
                        .run = [o](const auto& context) { return token_delete(context, *o); }},
                       {.name = "verify",
                        .help = "Check whether a token is valid",
                        .text = token_verify_text,
                        .options = {{.name = "--token-file",
                                     .type = "FILE",
                                     .help = "A file with another token; - is standard input",
                                     .target = &o->token_file,
                                     .completes = completion::file},
                                    account},
                        .run = [o](const auto& context) { return token_verify(context, *o); }}}};
}

}  // namespace signpost::cli
