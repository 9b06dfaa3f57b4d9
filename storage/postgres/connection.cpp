// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/connection.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "storage/control/control_schema.hpp"
#include "storage/format/key_numbers.hpp"

namespace signpost::storage::postgres {
namespace {

using std::chrono::duration_cast;

const logger log_("storage.postgres");

/// What clients of the API read. Names and addresses of servers are for the log alone.
constexpr std::string_view not_reached = "the control database cannot be reached";
constexpr std::size_t told_octets_max = 300;

bool is_plain_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !name.empty() && name.size() <= 63 && letter(name.front())
         && std::ranges::all_of(name, [&](char c) { return letter(c) || is_digit(c); });
}

/// On one line, without the space at the end.
std::string one_line(std::string_view message) {
  std::string line = printable(message.substr(0, message.find('\n')), told_octets_max);
  return line;
}

/// What libpq quotes from a URL may be the password.
std::string without_quotes(std::string_view message) {
  return one_line(message.substr(0, message.find('"'))) + "(what follows may be the password)";
}

/// The end of a password that was not encoded: it would be in every error.
bool has_strange_host(const PQconninfoOption* options) {
  for (const auto* o = options; o->keyword != nullptr; ++o) {
    const bool host = std::string_view(o->keyword).starts_with("host");
    if (host && o->val != nullptr && std::string_view(o->val).find('@') != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

struct meaning {
  std::string_view state;  ///< the beginning of an SQLSTATE
  errc code;
  std::string_view says;
  bool ends = false;  ///< the connection is of no further use
};
// https://www.postgresql.org/docs/15/errcodes-appendix.html; the first that fits.
constexpr std::array meanings{
    meaning{"55P03", errc::unavailable, "another change is in progress"},
    meaning{"57014", errc::unavailable, "the control database took too long"},
    meaning{"40", errc::unavailable, "the change met another one; try again"},
    meaning{"25006", errc::unavailable, "the control database is read-only", true},
    meaning{"25P03", errc::unavailable, "the change took too long", true},
    meaning{"57P", errc::unavailable, "the control database is shutting down", true},
    meaning{"08", errc::unavailable, not_reached, true},
    meaning{"23505", errc::conflict, "it exists already"},
    meaning{"22021", errc::malformed, "text that is not UTF-8"},
    meaning{"22P05", errc::malformed, "text that is not UTF-8"},
    meaning{"42501", errc::unavailable, "the database does not let this node do it"},
    meaning{"53100", errc::no_space, "the control database's disk is full"},
    meaning{"53", errc::unavailable, "the control database lacks resources"},
    meaning{"XX001", errc::corrupt, "the control database is damaged"},
    meaning{"XX002", errc::corrupt, "the control database is damaged"},
};

struct refusal {
  error why;
  bool ends = false;
};

refusal explain(std::string_view state, std::string_view message) {
  const auto known = std::ranges::find_if(
      meanings, [&](const meaning& m) { return state.starts_with(m.state); });
  const bool usual = known != meanings.end();
  const bool told = usual && known->state != "42501";
  log_.write(told ? log_level::debug : log_level::error, "postgres.refused",
             {{"state", std::string(state)}, {"error", one_line(message)}});
  if (usual) return {{known->code, std::string(known->says)}, known->ends};
  return {{errc::unavailable, "the control database refuses the statement"}};
}

steady_time steady_now() {
  return std::chrono::time_point_cast<steady_time::duration>(std::chrono::steady_clock::now());
}

std::string quoted_ms(milliseconds t) {
  return "'" + std::to_string(t.count()) + "ms'";
}

}  // namespace

// ---- rows --------------------------------------------------------------------------------------

void rows::release::operator()(pg_result* result) const {
  PQclear(result);
}

std::size_t rows::count() const {
  return static_cast<std::size_t>(PQntuples(result_.get()));
}

bool rows::is_null(std::size_t row, int column) const {
  return PQgetisnull(result_.get(), static_cast<int>(row), column) != 0;
}

std::string_view rows::octets(std::size_t row, int column) const {
  const int r = static_cast<int>(row);
  return {PQgetvalue(result_.get(), r, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), r, column))};
}

std::uint64_t rows::number(std::size_t row, int column) const {
  return schema::read_big_endian(octets(row, column));
}

bool rows::flag(std::size_t row, int column) const {
  return octets(row, column) == std::string_view("\1", 1);
}

std::string rows::id(std::size_t row, int column) const {
  return control_schema::unpack_id(octets(row, column));
}

std::uint64_t rows::changed() const {
  return std::strtoull(PQcmdTuples(result_.get()), nullptr, 10);
}

// ---- connection --------------------------------------------------------------------------------

result<void> check_options(const connection_options& options) {
  if (!is_plain_name(options.schema)) {
    return fail(errc::malformed, "the schema '" + printable(options.schema, 80)
                                     + "' is not a plain name, for example signpost");
  }
  char* fault = nullptr;
  auto* const parsed = PQconninfoParse(options.url.c_str(), &fault);
  if (parsed == nullptr) {
    const std::string why = fault == nullptr ? "out of memory" : without_quotes(fault);
    PQfreemem(fault);
    return fail(errc::malformed, why);
  }
  const bool strange = has_strange_host(parsed);
  PQconninfoFree(parsed);
  if (!strange) return {};
  return fail(errc::malformed, "a host must not contain @; in a password it is written %40");
}

void connection::close::operator()(pg_conn* c) const {
  PQfinish(c);
}

connection::connection(pg_conn* c, const connection_options& options)
    : options_(options), connection_(c) {}

connection::~connection() = default;

// Connecting blocks: only then does libpq go on to the next host when one does not answer.
result<std::unique_ptr<connection>> connection::open(const connection_options& options) {
  SP_CHECK(check_options(options));
  const auto wait = std::max<std::int64_t>(
      2, duration_cast<seconds>(options.connect_timeout).count());
  const auto timeout = std::to_string(wait);
  const std::array<const char*, 10> names{
      "dbname",          "target_session_attrs", "client_encoding",
      "connect_timeout", "fallback_application_name", "keepalives_idle",
      "keepalives_interval", "keepalives_count", "tcp_user_timeout",
      nullptr};
  const std::array<const char*, 10> values{
      options.url.c_str(), "read-write", "UTF8", timeout.c_str(), "signpost", "10", "5", "3",
      "10000", nullptr};
  auto* const raw = PQconnectdbParams(names.data(), values.data(), 1);
  if (raw == nullptr) return fail(errc::unavailable, "no memory for a connection");
  std::unique_ptr<connection> made(new connection(raw, options));
  if (PQstatus(raw) != CONNECTION_OK) {
    return fail(errc::unavailable,
                std::string(not_reached) + " (" + one_line(PQerrorMessage(raw)) + ")");
  }
  // Notices would go to standard error.
  PQsetNoticeProcessor(raw, [](void*, const char*) {}, nullptr);
  if (PQsetnonblocking(raw, 1) != 0) return made->lost("no memory");
  SP_CHECK(made->prepare());
  return made;
}

result<void> connection::prepare() {
  SP_CHECK(script("SET search_path = " + options_.schema
                  + "; SET statement_timeout = " + quoted_ms(options_.statement_timeout)
                  + "; SET lock_timeout = " + quoted_ms(options_.lock_timeout)
                  + "; SET idle_in_transaction_session_timeout = "
                  + quoted_ms(options_.idle_timeout)));
  SP_CHECK(refuse_pooler());
  // Of the file that is written now; the last checkpoint's may still be the one before a failover.
  const auto known = run("SELECT substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)");
  if (!usable_) return tl::unexpected(known.error());
  if (known && known->count() == 1) {
    const auto digits = known->octets(0, 0);
    std::from_chars(digits.data(), digits.data() + digits.size(), timeline_, 16);
  }
  return {};
}

// A pooler that changes servers between transactions loses what was set above, and a fence would
// be judged by another session than it was written in. It cannot know the number of our process.
result<void> connection::refuse_pooler() {
  SP_TRY(const auto mine, run("SELECT pg_backend_pid()::bigint"));
  if (mine.number(0, 0) == static_cast<std::uint64_t>(PQbackendPID(connection_.get()))) return {};
  usable_ = false;
  return fail(errc::denied, "the control database is reached through a connection pooler; name the "
                            "server itself");
}

tl::unexpected<error> connection::lost(const std::string& why) {
  usable_ = false;
  log_.warning("postgres.lost", {{"error", why}});
  return fail(errc::unavailable, std::string(not_reached));
}

result<void> connection::wait_for(short events, steady_time until) {
  for (;;) {
    const auto left = duration_cast<milliseconds>(until - steady_now());
    if (left.count() <= 0) return lost("no answer in time");
    pollfd one{.fd = PQsocket(connection_.get()), .events = events, .revents = 0};
    const int ready = poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return lost("the connection failed");
  }
}

// After this the connection is idle or given up: every result is taken.
result<rows> connection::finish(bool sent) {
  auto* const c = connection_.get();
  if (!sent) return lost(one_line(PQerrorMessage(c)));
  const auto until = steady_now() + answer_timeout_;
  for (int left = PQflush(c); left != 0; left = PQflush(c)) {
    if (left < 0) return lost(one_line(PQerrorMessage(c)));
    SP_CHECK(wait_for(POLLIN | POLLOUT, until));
    if (PQconsumeInput(c) == 0) return lost(one_line(PQerrorMessage(c)));
  }
  std::optional<rows> last;
  std::optional<refusal> refused;
  for (;;) {
    while (PQisBusy(c) != 0) {
      SP_CHECK(wait_for(POLLIN, until));
      if (PQconsumeInput(c) == 0) return lost(one_line(PQerrorMessage(c)));
    }
    auto* const raw = PQgetResult(c);
    if (raw == nullptr) break;
    rows one(raw);
    const auto status = PQresultStatus(raw);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      last = std::move(one);
    } else if (!refused) {
      const char* state = PQresultErrorField(raw, PG_DIAG_SQLSTATE);
      const char* says = PQresultErrorField(raw, PG_DIAG_MESSAGE_PRIMARY);
      refused = explain(state == nullptr ? "08000" : state,
                        says == nullptr ? PQresultErrorMessage(raw) : says);
    }
  }
  if (PQstatus(c) != CONNECTION_OK) usable_ = false;
  if (refused) {
    if (refused->ends) usable_ = false;
    return tl::unexpected(std::move(refused->why));
  }
  if (!last) return lost("no answer");
  return std::move(*last);
}

result<rows> connection::run(const statement& what) {
  if (!usable_) return fail(errc::unavailable, std::string(not_reached));
  constexpr std::size_t parameters_max = 65'535;
  const auto& all = what.parameters();
  if (all.size() > parameters_max) return fail(errc::limit_exceeded, "parameters of a statement");
  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const auto& one : all) {
    types.push_back(one.type);
    values.push_back(one.octets ? one.octets->data() : nullptr);
    lengths.push_back(one.octets ? static_cast<int>(one.octets->size()) : 0);
  }
  const std::vector<int> binary(all.size(), 1);
  return finish(PQsendQueryParams(connection_.get(), what.sql().c_str(),
                                  static_cast<int>(all.size()), types.data(), values.data(),
                                  lengths.data(), binary.data(), 1)
                == 1);
}

result<void> connection::script(const std::string& sql) {
  if (!usable_) return fail(errc::unavailable, std::string(not_reached));
  SP_TRY([[maybe_unused]] const auto done,
         finish(PQsendQuery(connection_.get(), sql.c_str()) == 1));
  return {};
}

// Nothing is under way, so that anything to be read is a farewell, or a notice.
bool connection::alive() {
  if (!usable_) return false;
  auto* const c = connection_.get();
  if (PQconsumeInput(c) == 0 || PQstatus(c) != CONNECTION_OK) usable_ = false;
  return usable_;
}

bool connection::in_transaction() const {
  return PQtransactionStatus(connection_.get()) != PQTRANS_IDLE;
}

}  // namespace signpost::storage::postgres
