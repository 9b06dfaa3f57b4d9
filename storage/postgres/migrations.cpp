// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/migrations.hpp"

#include <array>

#include "base/log.hpp"

namespace signpost::storage::postgres {
namespace {

const logger log_("storage.postgres");

struct migration {
  std::uint64_t version;
  /// The oldest program (by its `schema_version`) that works with the result.
  std::uint64_t needs;
  const char* sql;
};

// Objects are octets, as the codec of storage/control writes them, with columns for what is asked
// for. Texts are compared by octet. Times are milliseconds since 1970, of the node's clock.
constexpr const char* first = R"(
CREATE TABLE head (
  singular boolean PRIMARY KEY DEFAULT true CHECK (singular),
  identity uuid NOT NULL DEFAULT gen_random_uuid(),
  revision bigint NOT NULL DEFAULT 0,
  mark bytea NOT NULL DEFAULT '',
  accounts bigint NOT NULL DEFAULT 0,
  zones bigint NOT NULL DEFAULT 0,
  rules bigint NOT NULL DEFAULT 0);
INSERT INTO head DEFAULT VALUES;

CREATE TABLE change_log (
  revision bigint PRIMARY KEY,
  mark bytea NOT NULL,
  objects bytea[],
  value bytea NOT NULL);

CREATE TABLE account (
  id uuid PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  zones bigint NOT NULL DEFAULT 0,
  inactive_zones bigint NOT NULL DEFAULT 0,
  rules bigint NOT NULL DEFAULT 0,
  addresses bigint NOT NULL DEFAULT 0,
  verified_addresses bigint NOT NULL DEFAULT 0,
  tokens bigint NOT NULL DEFAULT 0,
  value bytea NOT NULL) WITH (fillfactor = 80);
CREATE INDEX account_by_creation ON account (created, id);
CREATE INDEX account_by_name ON account (name);

CREATE TABLE zone (
  id uuid PRIMARY KEY,
  account uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  from_the_right text COLLATE "C" NOT NULL,
  shown_name text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  inactive boolean NOT NULL,
  to_check boolean NOT NULL,
  rules bigint NOT NULL DEFAULT 0,
  value bytea NOT NULL) WITH (fillfactor = 90);
CREATE INDEX zone_by_name ON zone (name, inactive, id);
CREATE UNIQUE INDEX zone_active ON zone (name) WHERE NOT inactive;
CREATE UNIQUE INDEX zone_of_account ON zone (account, name);
CREATE INDEX zone_by_suffix ON zone (from_the_right) WHERE NOT inactive;
CREATE INDEX zone_to_check ON zone (id) WHERE to_check;

CREATE TABLE rule (
  zone uuid NOT NULL,
  id uuid NOT NULL,
  account uuid NOT NULL,
  catch_all boolean NOT NULL,
  priority double precision NOT NULL,
  created bigint NOT NULL,
  enabled boolean NOT NULL,
  matchers bytea,
  owner text COLLATE "C",
  forwards bytea[] NOT NULL,
  value bytea NOT NULL,
  PRIMARY KEY (zone, id));
CREATE INDEX rule_place ON rule (zone, catch_all, priority, created, id);
CREATE UNIQUE INDEX rule_matchers ON rule (zone, matchers) WHERE matchers IS NOT NULL;
CREATE UNIQUE INDEX rule_catch_all ON rule (zone) WHERE catch_all;
CREATE INDEX rule_owner ON rule (account, owner) WHERE owner IS NOT NULL;
CREATE INDEX rule_forwards ON rule USING gin (forwards) WITH (fastupdate = off);

CREATE TABLE address (
  account uuid NOT NULL,
  id uuid NOT NULL,
  email text COLLATE "C" NOT NULL,
  verified boolean NOT NULL,
  created bigint NOT NULL,
  value bytea NOT NULL,
  PRIMARY KEY (account, id));
CREATE UNIQUE INDEX address_email ON address (account, email);
CREATE INDEX address_by_creation ON address (account, created, id);
CREATE INDEX address_verified ON address (account, email) WHERE verified;

CREATE TABLE token (
  id uuid PRIMARY KEY,
  account uuid,
  secret_hash bytea NOT NULL,
  issued bigint NOT NULL,
  value bytea NOT NULL);
CREATE UNIQUE INDEX token_secret_hash ON token (secret_hash);
CREATE INDEX token_by_issue ON token (account, issued, id);

CREATE TABLE setting (
  name bytea PRIMARY KEY,
  version bigint NOT NULL,
  sealed boolean NOT NULL,
  value bytea NOT NULL);

CREATE TABLE usage (
  name bytea NOT NULL,
  until bigint NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (name, until));
CREATE INDEX usage_by_end ON usage (until);

CREATE TABLE audit (
  id uuid PRIMARY KEY,
  happened bigint NOT NULL,
  place bytea NOT NULL,
  refused boolean NOT NULL,
  account uuid,
  action bytea NOT NULL,
  succeeded boolean NOT NULL,
  actor_id bytea NOT NULL,
  actor_name bytea NOT NULL,
  actor_ip bytea NOT NULL,
  method bytea NOT NULL,
  http_status bigint NOT NULL,
  uri bytea NOT NULL,
  resource_id bytea NOT NULL,
  resource_type bytea NOT NULL,
  zone_id bytea NOT NULL,
  zone_name bytea NOT NULL,
  value bytea NOT NULL);
CREATE INDEX audit_by_time ON audit (happened, place);
CREATE INDEX audit_of_account ON audit (account, happened, place);
CREATE INDEX audit_refused ON audit (happened, place) WHERE refused;
)";

// What the coordinator keeps (cluster/coordinator.hpp). A fence is never removed.
constexpr const char* members = R"(
CREATE TABLE member (
  number bigint PRIMARY KEY CHECK (number BETWEEN 1 AND 65535),
  node uuid NOT NULL UNIQUE,
  removed boolean NOT NULL DEFAULT false,
  tenure bigint NOT NULL DEFAULT 0,
  boot uuid,
  disk uuid,
  starts bigint NOT NULL DEFAULT 0,
  renewals bigint NOT NULL DEFAULT 0,
  fenced boolean NOT NULL DEFAULT false,
  address bytea NOT NULL DEFAULT '',
  roles bytea NOT NULL DEFAULT '',
  failure_domain bytea NOT NULL DEFAULT '',
  versions bytea NOT NULL DEFAULT '',
  load bigint NOT NULL DEFAULT 0,
  draining boolean NOT NULL DEFAULT false) WITH (fillfactor = 50);
CREATE TABLE fence (
  number bigint NOT NULL,
  tenure bigint NOT NULL,
  PRIMARY KEY (number, tenure));
CREATE TABLE leader (
  task bytea PRIMARY KEY,
  number bigint NOT NULL,
  tenure bigint NOT NULL,
  term bigint NOT NULL);
)";

constexpr std::array migrations{migration{.version = 1, .needs = 1, .sql = first},
                                migration{.version = 2, .needs = 1, .sql = members}};
static_assert(migrations.back().version == schema_version);

/// On a large setup an index takes its time; nodes that start meanwhile wait.
constexpr std::chrono::minutes longest_migration{60};

struct known_schema {
  std::uint64_t version = 0;
  std::uint64_t needs = 0;
};

result<known_schema> look(connection& c, const std::string& schema) {
  statement exists("SELECT to_regclass(");
  exists.bind(text(schema + ".migration")).add(") IS NOT NULL");
  SP_TRY(const auto there, c.run(exists));
  if (!there.flag(0, 0)) return known_schema{};
  SP_TRY(const auto all, c.run("SELECT max(version), max(needs) FROM migration"));
  return known_schema{.version = all.number(0, 0), .needs = all.number(0, 1)};
}

result<void> check_needs(const known_schema& now) {
  if (now.needs <= schema_version) return {};
  return fail(errc::malformed, "the control database has version " + std::to_string(now.version)
                                   + ", which needs a newer Signpost; this one knows version "
                                   + std::to_string(schema_version));
}

result<void> run_one(connection& c, const migration& m) {
  SP_CHECK(c.script(m.sql));
  statement note("INSERT INTO migration (version, needs) VALUES (");
  note.bind_all({number(m.version), number(m.needs)}).add(")");
  SP_TRY([[maybe_unused]] const auto noted, c.run(note));
  log_.info("postgres.migrated", {{"version", m.version}});
  return {};
}

}  // namespace

// The advisory lock lasts until the end of the transaction, and is only for creating tables.
result<void> migrate(connection& c, const std::string& schema) {
  SP_TRY(auto now, look(c, schema));
  SP_CHECK(check_needs(now));
  if (now.version >= schema_version) return {};
  c.wait_up_to(longest_migration);
  SP_CHECK(c.script("BEGIN; SET LOCAL lock_timeout = '30min'; SET LOCAL statement_timeout = 0; "
                    "SELECT pg_advisory_xact_lock(hashtext('signpost migration'))"));
  SP_CHECK(c.script("CREATE SCHEMA IF NOT EXISTS " + schema
                    + "; CREATE TABLE IF NOT EXISTS migration "
                      "(version bigint PRIMARY KEY, needs bigint NOT NULL)"));
  SP_TRY(now, look(c, schema));
  SP_CHECK(check_needs(now));
  // Others wait in the lock above while an index is built.
  for (const auto& m : migrations) {
    if (m.version > now.version) SP_CHECK(run_one(c, m));
  }
  SP_CHECK(c.script("COMMIT"));
  c.wait_as_usual();
  return {};
}

}  // namespace signpost::storage::postgres
