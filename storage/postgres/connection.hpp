// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A connection to PostgreSQL, over libpq. No call waits longer than `connection_options` says,
// whatever the server or the network does: statements are sent without blocking, and a connection
// that does not answer in time is given up.
//
//     SP_TRY(const auto c, connection::open({.url = "postgresql://signpost@db/signpost"}));
//     statement s("SELECT value FROM zone WHERE id = ");
//     s.bind(id(zone));
//     SP_TRY(const auto found, c->run(s));
//     if (found.count() > 0) use(found.octets(0, 0));
//
// *Errors.* What PostgreSQL answers becomes the errors that the API knows: errc::conflict (a unique
// value is taken), errc::malformed (a text that is not UTF-8), errc::no_space, errc::corrupt;
// errc::unavailable for everything that may pass: no connection, no answer, a lock that somebody
// holds, a server that has become read-only.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/postgres/parameter.hpp"

struct pg_conn;    // libpq's
struct pg_result;  // libpq's

namespace signpost::storage::postgres {

struct connection_options {
  /// As libpq takes it: `postgresql://USER@HOST,HOST2/DATABASE?sslmode=verify-full`, or
  /// `host=… dbname=…`. Of several hosts the one that accepts writes is used.
  std::string url;
  /// The schema with our tables: a letter or `_`, then letters, digits and `_`; 63 at most.
  std::string schema = "signpost";
  /// For each host. libpq takes whole seconds, two at least.
  milliseconds connect_timeout = seconds(3);
  /// Limits that the server keeps, for each statement.
  milliseconds statement_timeout = seconds(3);
  milliseconds lock_timeout = seconds(1);
  /// A transaction that does nothing for this long is ended by the server, so that a node that has
  /// been stopped in the middle of a change does not hold up the others.
  milliseconds idle_timeout = seconds(5);
  /// How long we wait for an answer: longer than the server's own limits.
  milliseconds answer_timeout = seconds(5);
};

/// errc::malformed, naming the fault, unless libpq understands `url` and `schema` is a plain name.
result<void> check_options(const connection_options& options);

/// What a statement returned. Rows and columns count from 0; both must be there.
class rows {
 public:
  explicit rows(pg_result* result) : result_(result) {}

  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] bool is_null(std::size_t row, int column) const;
  [[nodiscard]] std::string_view octets(std::size_t row, int column) const;
  /// Of a bigint; negative ones do not occur, NULL is 0.
  [[nodiscard]] std::uint64_t number(std::size_t row, int column) const;
  [[nodiscard]] bool flag(std::size_t row, int column) const;
  /// Of a uuid, as 32 digits; NULL is empty.
  [[nodiscard]] std::string id(std::size_t row, int column) const;
  /// How many rows a statement changed.
  [[nodiscard]] std::uint64_t changed() const;

 private:
  struct release {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, release> result_;
};

class connection {
 public:
  /// errc::unavailable: no server accepts us, or only one that is read-only, with libpq's words,
  /// which name it; errc::denied: it is reached through a connection pooler.
  static result<std::unique_ptr<connection>> open(const connection_options& options);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// One statement.
  result<rows> run(const statement& what);
  result<rows> run(std::string_view sql) { return run(statement(sql)); }
  /// Several statements without parameters, separated by semicolons, in one message.
  result<void> script(const std::string& sql);

  /// From now on waits this long for an answer, for statements whose own limits were raised.
  void wait_up_to(milliseconds longest) { answer_timeout_ = longest; }
  void wait_as_usual() { answer_timeout_ = options_.answer_timeout; }

  /// False after the connection was lost or given up, or if the server no longer takes writes.
  [[nodiscard]] bool usable() const { return usable_; }
  /// Usable, and the server has not closed it in the meantime. Does not wait.
  [[nodiscard]] bool alive();
  /// Whether a transaction is open.
  [[nodiscard]] bool in_transaction() const;
  /// The server's timeline: raised by each failover. 0: the server does not say.
  [[nodiscard]] std::uint64_t timeline() const { return timeline_; }

 private:
  connection(pg_conn* c, const connection_options& options);
  result<void> prepare();
  result<void> refuse_pooler();
  result<rows> finish(bool sent);
  result<void> wait_for(short events, steady_time until);
  tl::unexpected<error> lost(const std::string& why);

  struct close {
    void operator()(pg_conn* c) const;
  };
  const connection_options options_;
  std::unique_ptr<pg_conn, close> connection_;
  milliseconds answer_timeout_ = options_.answer_timeout;
  bool usable_ = true;
  std::uint64_t timeline_ = 0;
};

}  // namespace signpost::storage::postgres
