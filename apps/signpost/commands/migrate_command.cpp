// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The whole setup from a node's own store into the control database, or back.
#include <fmt/format.h>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/offline/store_place.hpp"
#include "apps/signpost/terminal/display_text.hpp"
#include "base/text.hpp"
#include "storage/control/control_history.hpp"
#include "storage/postgres/postgres_store.hpp"

namespace signpost::cli {
namespace {

constexpr const char* migrate_help_text = R"(
Copies accounts, zones, rules, addresses, tokens, keys, the audit log and the revisions, with their
ids. Where they go must be empty; where they come from stays as it is. The node must not run.
Counts of limits over days begin again.

To PostgreSQL: set control.database_url (and cluster.secret_file), stop the node, run this, set
control.store to postgres, start the node. Back: the other way round, with all nodes but this one
stopped for good.

Examples:
  signpost config migrate --to postgres
  signpost config migrate --to rocksdb
)";

struct migrate_choice {
  std::string to;
  std::string store;
};

result<std::unique_ptr<model::control_store>> open_database(const daemon_settings& s) {
  if (s.control.database_url.empty()) {
    return fail(errc::malformed, "control.database_url: not set");
  }
  storage::postgres::postgres_store_options options;
  options.database = {.url = s.control.database_url, .schema = s.control.database_schema};
  if (!s.control.secret_file.empty()) {
    SP_TRY(options.secrets, storage::postgres::secret_box::load(s.control.secret_file));
  }
  return storage::postgres::open_postgres_store(std::move(options));
}

result<storage::history_counts> move_all(model::control_store& from, model::control_store& to,
                                         bool to_postgres) {
  SP_TRY(const auto target, to_postgres ? storage::postgres::begin_history(to)
                                        : storage::begin_history(to));
  return storage::copy_history(*from.read(), from.feed(), *target);
}

exit_status config_migrate(const command_context& context, const migrate_choice& o) {
  if (!context.settings.mistakes().empty()) {
    return complain(context, {.status = wrong_usage, .text = context.settings.mistakes().front()});
  }
  const auto& s = context.settings.values();
  const auto place = o.store.empty() ? s.data_dir + "/config" : o.store;
  const bool to_postgres = o.to == "postgres";
  if (to_postgres && !has_store(place)) {
    return complain(context, {.status = wrong_usage,
                              .text = fmt::format("there is no control store at {}", place)});
  }
  auto own = open_stopped(place);
  if (!own) return complain(context, own.error());
  const auto database = open_database(s);
  if (!database) {
    return complain(context, {.status = negative, .text = printable(database.error().context)});
  }
  const auto moved = to_postgres ? move_all(**own, **database, true)
                                 : move_all(**database, **own, false);
  own->reset();
  hand_to_owner(place);
  if (!moved) {
    return complain(context, {.status = negative,
                              .text = printable(moved.error().context),
                              .advice = "nothing was changed"});
  }
  context.to.out(fmt::format("{}, {}, {}, {} and {} of the audit log, up to revision {}\n",
                             count_of(moved->totals.accounts, "account"),
                             count_of(moved->totals.zones, "zone"),
                             count_of(moved->totals.rules, "rule"),
                             count_of(moved->tokens, "token"),
                             count_of(moved->audit_entries, "record"), moved->revision));
  note(context, fmt::format("set control.store to {} before the node is started", o.to));
  return done;
}

}  // namespace

command migrate_command() {
  const auto o = std::make_shared<migrate_choice>();
  return {.name = "migrate",
          .help = "Move the whole setup into PostgreSQL, or back",
          .text = migrate_help_text,
          .options = {{.name = "--to",
                       .type = "STORE",
                       .help = "postgres or rocksdb",
                       .target = &o->to,
                       .required = true,
                       .words = {"postgres", "rocksdb"}},
                      store_option(o->store)},
          .run = [o](const auto& context) { return config_migrate(context, *o); }};
}

}  // namespace signpost::cli
