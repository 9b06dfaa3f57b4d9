// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/coordination/postgres_coordinator.hpp"

#include <utility>

#include "cluster/coordination/node_name.hpp"
#include "storage/postgres/migrations.hpp"

namespace signpost::cluster {
namespace {

namespace pg = storage::postgres;

constexpr std::string_view lease_columns = "tenure, boot, disk, starts, renewals, fenced";

// A tenure that has ended: fenced, of another disk, or of a node that was removed. `t` names it.
constexpr std::string_view ended =
    "(EXISTS (SELECT 1 FROM fence f WHERE f.number = t.number AND f.tenure = t.tenure) "
    "OR NOT EXISTS (SELECT 1 FROM member m WHERE m.number = t.number AND m.tenure = t.tenure "
    "AND NOT m.removed))";

node_lease lease_at(const pg::rows& r, std::size_t row, int column) {
  node_lease l;
  l.tenure = static_cast<std::uint32_t>(r.number(row, column));
  l.boot = r.is_null(row, column + 1) ? std::string() : r.id(row, column + 1);
  l.disk = r.is_null(row, column + 2) ? std::string() : r.id(row, column + 2);
  l.starts = r.number(row, column + 3);
  l.renewals = r.number(row, column + 4);
  l.fenced = r.flag(row, column + 5);
  return l;
}

constexpr std::string_view member_columns =
    "number, node, removed, tenure, boot, disk, starts, renewals, fenced, address, roles, "
    "failure_domain, versions, load, draining";

member member_at(const pg::rows& r, std::size_t row) {
  const auto text = [&](int column) { return std::string(r.octets(row, column)); };
  return {.number = static_cast<std::uint16_t>(r.number(row, 0)),
          .node = r.id(row, 1),
          .removed = r.flag(row, 2),
          .lease = lease_at(r, row, 3),
          .facts = {.address = text(9),
                    .roles = text(10),
                    .failure_domain = text(11),
                    .versions = text(12),
                    .load = r.number(row, 13),
                    .draining = r.flag(row, 14)}};
}

tenure_name name_at(const pg::rows& r, std::size_t row, int column) {
  return {.number = static_cast<std::uint16_t>(r.number(row, column)),
          .tenure = static_cast<std::uint32_t>(r.number(row, column + 1))};
}

tl::unexpected<error> removed() {
  return fail(errc::denied, "the node was removed from the cluster");
}

}  // namespace

result<std::unique_ptr<postgres_coordinator>> postgres_coordinator::open(
    pg::connection_options options) {
  const auto schema = options.schema;
  std::unique_ptr<postgres_coordinator> made(new postgres_coordinator(std::move(options)));
  SP_TRY(auto lease, made->pool_.take());
  SP_CHECK(pg::migrate(*lease, schema));
  return made;
}

// A statement that was sent is never repeated: it may have been done.
result<pg::rows> postgres_coordinator::run(const pg::statement& s) {
  SP_TRY(auto lease, pool_.take());
  return lease->run(s);
}

result<member> postgres_coordinator::member_where(std::string_view column, pg::parameter value) {
  pg::statement s("SELECT ");
  s.add(member_columns).add(" FROM member WHERE ").add(column).add(" = ").bind(std::move(value));
  SP_TRY(const auto found, run(s));
  if (found.count() == 0) return fail(errc::not_found, "node");
  return member_at(found, 0);
}

// Two that enroll at once draw the same number: one of them is refused by the index, and draws
// again.
result<member> postgres_coordinator::enroll(std::string_view node) {
  SP_CHECK(check_node_name(node, "node"));
  constexpr int attempts = 10;
  for (int i = 0; i < attempts; ++i) {
    pg::statement s("INSERT INTO member (number, node) SELECT coalesce(max(number), 0) + 1, ");
    s.bind(pg::id(node)).add(" FROM member HAVING coalesce(max(number), 0) < 65535 AND NOT EXISTS "
                             "(SELECT 1 FROM member WHERE node = ");
    s.bind(pg::id(node)).add(") ON CONFLICT DO NOTHING");
    SP_TRY([[maybe_unused]] const auto done, run(s));
    auto found = member_where("node", pg::id(node));
    if (found && found->removed) return removed();
    if (found || found.error().code != errc::not_found) return found;
    SP_TRY(const auto given, run(pg::statement("SELECT max(number) FROM member")));
    if (given.number(0, 0) >= UINT16_MAX) return fail(errc::limit_exceeded, "numbers of nodes");
  }
  return fail(errc::unavailable, "other nodes enroll at the same time");
}

// The tenure goes on unless it is over; that of another disk ends here.
result<node_lease> postgres_coordinator::begin(const beginning& b) {
  SP_CHECK(check_node_name(b.boot, "boot"));
  SP_CHECK(check_node_name(b.disk, "disk"));
  const auto& seen = b.seen;
  const bool goes_on = seen.tenure > 0 && !seen.fenced && seen.disk == b.disk;
  const bool other_disk = seen.tenure > 0 && seen.disk != b.disk;
  if (!goes_on && seen.tenure == tenure_max) return fail(errc::limit_exceeded, "tenures of a node");
  // A tenure goes on unless it was fenced meanwhile; the next one is behind every fence, also
  // behind one that was restored before that tenure began.
  std::string next =
      "greatest(tenure, coalesce((SELECT max(f.tenure) FROM fence f WHERE f.number = "
      "member.number), 0)) + 1";
  if (goes_on) {
    next = "CASE WHEN EXISTS (SELECT 1 FROM fence f WHERE f.number = member.number AND f.tenure = "
           "member.tenure) THEN " + next + " ELSE tenure END";
  }
  pg::statement s("WITH begun AS (UPDATE member SET tenure = ");
  s.add(next);
  s.add(", fenced = false, boot = ").bind(pg::id(b.boot)).add(", disk = ").bind(pg::id(b.disk));
  s.add(", starts = starts + 1, renewals = renewals + 1 WHERE NOT removed AND number = ");
  s.bind(pg::number(b.number)).add(" AND tenure = ").bind(pg::number(seen.tenure));
  s.add(" AND starts = ").bind(pg::number(seen.starts)).add(" AND renewals = ");
  s.bind(pg::number(seen.renewals)).add(" AND fenced = ").bind(pg::flag(seen.fenced));
  s.add(" AND boot IS NOT DISTINCT FROM ").bind(pg::id(seen.boot));
  s.add(" AND disk IS NOT DISTINCT FROM ").bind(pg::id(seen.disk));
  s.add(" AND ").add(next).add(" <= ").bind(pg::number(tenure_max));
  s.add(" RETURNING number, ").add(lease_columns);
  s.add("), old AS (INSERT INTO fence SELECT number, ");
  s.bind(pg::number(seen.tenure)).add(" FROM begun WHERE ").bind(pg::flag(other_disk));
  s.add(" ON CONFLICT DO NOTHING) SELECT ").add(lease_columns).add(" FROM begun");
  SP_TRY(const auto done, run(s));
  if (done.count() == 1) return lease_at(done, 0, 0);
  SP_TRY(const auto now, member_where("number", pg::number(b.number)));
  if (now.removed) return removed();
  // The answer to the same question was lost.
  const bool mine = now.lease.boot == b.boot && now.lease.disk == b.disk;
  if (mine && now.lease.starts == seen.starts + 1 && !now.lease.fenced) return now.lease;
  if (now.lease == seen) return fail(errc::limit_exceeded, "tenures of a node");
  return fail(errc::conflict, "another process works for this node");
}

result<std::uint64_t> postgres_coordinator::renew(const holder& who, const node_facts& facts) {
  pg::statement s("UPDATE member SET renewals = renewals + 1, address = ");
  s.bind(pg::octets(facts.address)).add(", roles = ").bind(pg::octets(facts.roles));
  s.add(", failure_domain = ").bind(pg::octets(facts.failure_domain)).add(", versions = ");
  s.bind(pg::octets(facts.versions)).add(", load = ").bind(pg::number(facts.load));
  s.add(", draining = ").bind(pg::flag(facts.draining));
  s.add(" WHERE NOT removed AND NOT fenced AND number = ").bind(pg::number(who.name.number));
  s.add(" AND tenure = ").bind(pg::number(who.name.tenure)).add(" AND boot = ");
  s.bind(pg::id(who.boot)).add(" AND NOT EXISTS (SELECT 1 FROM fence f WHERE f.number = "
                               "member.number AND f.tenure = member.tenure) RETURNING renewals");
  SP_TRY(const auto done, run(s));
  if (done.count() == 1) return done.number(0, 0);
  return fail(errc::conflict, "the node was fenced, removed, or replaced by another process");
}

result<bool> postgres_coordinator::fence(const tenure_name& whose, std::uint64_t renewals_seen) {
  pg::statement s("WITH ended AS (UPDATE member SET fenced = true WHERE tenure > 0 AND number = ");
  s.bind(pg::number(whose.number)).add(" AND tenure = ").bind(pg::number(whose.tenure));
  s.add(" AND renewals = ").bind(pg::number(renewals_seen));
  s.add(" RETURNING number, tenure), noted AS (INSERT INTO fence SELECT number, tenure FROM ended "
        "ON CONFLICT DO NOTHING) SELECT number FROM ended UNION SELECT number FROM fence "
        "WHERE number = ");
  s.bind(pg::number(whose.number)).add(" AND tenure = ").bind(pg::number(whose.tenure));
  SP_TRY(const auto done, run(s));
  return done.count() > 0;
}

result<void> postgres_coordinator::restore_fences(const std::vector<tenure_name>& fences) {
  std::vector<std::int64_t> numbers;
  std::vector<std::int64_t> tenures;
  for (const auto& one : fences) {
    if (one.tenure == 0 || one.tenure > tenure_max) continue;
    numbers.push_back(one.number);
    tenures.push_back(one.tenure);
  }
  if (numbers.empty()) return {};
  pg::statement s("WITH known AS (SELECT DISTINCT * FROM unnest(");
  s.bind_all({pg::numbers(numbers), pg::numbers(tenures)});
  s.add(") AS k (number, tenure)), noted AS (INSERT INTO fence SELECT * FROM known ON CONFLICT DO "
        "NOTHING) UPDATE member SET fenced = true FROM known WHERE member.number = known.number "
        "AND member.tenure = known.tenure");
  SP_TRY([[maybe_unused]] const auto done, run(s));
  return {};
}

result<std::vector<tenure_name>> postgres_coordinator::fences() {
  SP_TRY(const auto found,
         run(pg::statement("SELECT number, tenure FROM fence ORDER BY number, tenure")));
  std::vector<tenure_name> all;
  for (std::size_t i = 0; i < found.count(); ++i) all.push_back(name_at(found, i, 0));
  return all;
}

result<void> postgres_coordinator::remove(std::uint16_t number) {
  pg::statement s("WITH gone AS (UPDATE member SET removed = true, fenced = fenced OR tenure > 0 "
                  "WHERE number = ");
  s.bind(pg::number(number)).add(" RETURNING number, tenure), noted AS (INSERT INTO fence SELECT "
                                 "number, tenure FROM gone WHERE tenure > 0 ON CONFLICT DO "
                                 "NOTHING) SELECT number FROM gone");
  SP_TRY(const auto done, run(s));
  if (done.count() == 0) return fail(errc::not_found, "node");
  return {};
}

result<std::vector<member>> postgres_coordinator::members() {
  pg::statement s("SELECT ");
  s.add(member_columns).add(" FROM member ORDER BY number");
  SP_TRY(const auto found, run(s));
  std::vector<member> all;
  for (std::size_t i = 0; i < found.count(); ++i) all.push_back(member_at(found, i));
  return all;
}

result<leadership> postgres_coordinator::lead(std::string_view task, const tenure_name& who) {
  constexpr int attempts = 3;
  for (int i = 0; i < attempts; ++i) {
    pg::statement s("WITH t AS (SELECT ");
    s.bind(pg::number(who.number)).add(" AS number, ").bind(pg::number(who.tenure));
    s.add(" AS tenure), able AS (SELECT * FROM t WHERE NOT ").add(ended);
    s.add("), taken AS (INSERT INTO leader AS t (task, number, tenure, term) SELECT ");
    s.bind(pg::octets(task)).add(", number, tenure, 1 FROM able ON CONFLICT (task) DO UPDATE SET "
                                 "number = excluded.number, tenure = excluded.tenure, "
                                 "term = t.term + 1 WHERE (t.number, t.tenure) IS DISTINCT FROM "
                                 "(excluded.number, excluded.tenure) AND (t.number = 0 OR ");
    s.add(ended).add(") RETURNING number, tenure, term), known AS (SELECT * FROM taken UNION ALL "
                     "SELECT number, tenure, term FROM leader WHERE task = ");
    s.bind(pg::octets(task)).add(" AND NOT EXISTS (SELECT 1 FROM taken)) SELECT EXISTS (SELECT 1 "
                                 "FROM able), k.number, k.tenure, k.term FROM (SELECT 1) one LEFT "
                                 "JOIN known k ON true");
    SP_TRY(const auto found, run(s));
    if (!found.flag(0, 0)) return fail(errc::conflict, "the tenure has ended");
    if (found.is_null(0, 1)) continue;  // somebody else has just become the first leader
    return leadership{
        .task = std::string(task), .leader = name_at(found, 0, 1), .term = found.number(0, 3)};
  }
  return fail(errc::unavailable, "the task has no leader");
}

result<void> postgres_coordinator::resign(std::string_view task, const tenure_name& who) {
  pg::statement s("UPDATE leader SET number = 0, tenure = 0 WHERE task = ");
  s.bind(pg::octets(task)).add(" AND number = ").bind(pg::number(who.number));
  s.add(" AND tenure = ").bind(pg::number(who.tenure));
  SP_TRY([[maybe_unused]] const auto done, run(s));
  return {};
}

}  // namespace signpost::cluster
