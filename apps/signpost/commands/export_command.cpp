// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The contents of a store as a file: of one that nobody has open, or through the API of a node.
#include <fmt/format.h>

#include "apps/signpost/client/api_export.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/offline/control_lines.hpp"
#include "apps/signpost/offline/store_place.hpp"
#include "apps/signpost/offline/zones_yaml.hpp"
#include "apps/signpost/terminal/display_text.hpp"
#include "storage/control/control_store.hpp"

namespace signpost::cli {
namespace {

constexpr std::uint32_t objects_at_once = 1000;
constexpr std::size_t left_out_named_max = 10;

constexpr const char* export_help_text = R"(
Prints accounts, destination addresses, zones and rules; not tokens, keys and the audit log. JSON
Lines (the usual) keep everything; a zones file has no words for accounts and for some rules, which
then stand there as comments, and the status is 1. A rule whose destinations are not verified is
written to a zones file as disabled.

The store of a node that does not run is read itself. Of a node that runs, or is elsewhere, the API
is asked zone by zone: what changes meanwhile may be there or not. For a backup of one moment take
the store.

Examples:
  signpost config export >backup.jsonl
  signpost config export --format yaml >zones.yaml
)";

struct export_choice {
  std::string store;
  std::string format;
  bool yaml() const { return format == "yaml"; }
};

/// Where the export goes, in one of both forms.
class export_writer {
 public:
  export_writer(const command_context& context, bool yaml) : context_(context), yaml_(yaml) {
    if (yaml_) context_.to.out("zones:\n");
  }
  void account(const model::account& a) {
    if (!yaml_) line(to_line(a));
  }
  void address(const model::destination_address& a) {
    if (!yaml_) line(to_line(a));
  }
  void zone(const zone_with_rules& z, const std::function<bool(std::string_view)>& is_verified) {
    if (!yaml_) return line(to_line(z));
    auto made = to_yaml(z, is_verified);
    context_.to.out(made.text);
    left_out_.insert(left_out_.end(), made.left_out.begin(), made.left_out.end());
  }
  exit_status end() const {
    for (std::size_t i = 0; i < left_out_.size() && i < left_out_named_max; ++i) {
      note(context_, display_text(left_out_[i], 300));
    }
    if (left_out_.empty()) return done;
    note(context_, fmt::format("{} left out; use --format jsonl to export all",
                               count_of(left_out_.size(), "rule")));
    return negative;
  }

 private:
  void line(const std::string& of) { context_.to.out(of + "\n"); }

  const command_context& context_;
  bool yaml_;
  std::vector<std::string> left_out_;
};

result<void> write_accounts(const model::control_reader& now, export_writer& to) {
  for (std::uint64_t page = 1;; ++page) {
    SP_TRY(const auto some, now.accounts({.page = page, .per_page = objects_at_once}));
    for (const auto& account : some.items) {
      to.account(account);
      for (std::uint64_t inner = 1;; ++inner) {
        SP_TRY(const auto its,
               now.addresses(account.id, {.page = inner, .per_page = objects_at_once}));
        for (const auto& address : its.items) to.address(address);
        if (its.items.size() < objects_at_once) break;
      }
    }
    if (some.items.size() < objects_at_once) return {};
  }
}

result<void> write_store(const model::control_store& store, export_writer& to) {
  const auto now = store.read();
  SP_CHECK(write_accounts(*now, to));
  return now->for_each_zone(
      [&](model::zone_object zone, std::vector<model::rule_object> rules) -> result<void> {
        const auto account = zone.account;
        to.zone({.zone = std::move(zone), .rules = std::move(rules)}, [&](std::string_view email) {
          return now->is_verified(account, email).value_or(false);
        });
        return {};
      });
}

exit_status export_store(const command_context& context, const std::string& place,
                         const export_choice& o) {
  auto store = open_stopped(place);
  if (!store) return complain(context, store.error());
  export_writer to(context, o.yaml());
  const auto written = write_store(**store, to);
  store->reset();
  hand_to_owner(place);
  if (!written) {
    return complain(context, {.status = negative, .text = written.error().context});
  }
  return to.end();
}

exit_status export_api(const command_context& context, const export_choice& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  export_writer to(context, o.yaml());
  const auto written = export_through_api(
      *client, {.account = [&](const auto& a) { to.account(a); },
                .address = [&](const auto& a) { to.address(a); },
                .zone = [&](const auto& z, const auto& verified) { to.zone(z, verified); }});
  if (!written) return complain(context, written.error());
  return to.end();
}

// Without `config.source: store` a node has the API's control resources closed (503), and its store
// is free.
bool is_serving(const command_context& context) {
  const auto client = client_of(context);
  if (!client) return false;
  const auto seen = client->list("/client/v4/accounts", "", 1);
  return seen || (seen.error().http_status != 503 && seen.error().status != no_node);
}

exit_status config_export(const command_context& context, const export_choice& o) {
  if (!o.store.empty()) return export_store(context, o.store, o);
  const auto server = server_of(context);
  if (!server) return complain(context, server.error());
  if (!server->is_local() || is_serving(context)) return export_api(context, o);
  const auto place = store_place_of(context, "");
  if (!place) return complain(context, place.error());
  if (!has_store(*place)) {
    return complain(
        context,
        {.status = no_node,
         .text = fmt::format("there is no control store at {}", *place),
         .advice =
             "it is created by a node with config.source: store, or by `signpost config import`"});
  }
  return export_store(context, *place, o);
}

}  // namespace

command export_command() {
  const auto o = std::make_shared<export_choice>();
  return {.name = "export",
          .help = "Print the zones, rules and addresses of a control store",
          .text = export_help_text,
          .options = {store_option(o->store),
                      {.name = "--format",
                       .type = "FORMAT",
                       .help = "jsonl (the default) or yaml",
                       .target = &o->format,
                       .words = {"yaml", "jsonl"}}},
          .run = [o](const auto& context) { return config_export(context, *o); }};
}

}  // namespace signpost::cli
