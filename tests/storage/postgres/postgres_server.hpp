// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A PostgreSQL server of a test's own, in a temporary folder, reached through a Unix socket there.
// Its data is not synced: nothing of it has to outlive the test.
//
//     auto& server = postgres_server::shared();      // one for the test program
//     if (!server.is_there()) GTEST_SKIP() << server.why();
//
// Threads: one at a time.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "storage/postgres/connection.hpp"
#include "tests/storage/temporary_folder.hpp"

namespace signpost::test {

class postgres_server {
 public:
  /// Made at the first call, stopped at the end of the program.
  static postgres_server& shared();

  /// Creates the files of a server and starts it.
  postgres_server();
  ~postgres_server();
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;

  [[nodiscard]] bool is_there() const { return process_ > 0; }
  /// Why it is not.
  [[nodiscard]] const std::string& why() const { return why_; }

  void start();
  /// At once, as a crash would; what was committed is there after `start`.
  void kill();
  /// Another program, so that no clock of a test can be moved instead.
  static void pause(milliseconds how_long);

  [[nodiscard]] std::string url() const;
  /// Options with a schema that no other test uses.
  [[nodiscard]] storage::postgres::connection_options fresh_schema();
  /// Runs statements as the database's owner.
  void run(const std::string& sql);

 private:
  bool create();
  void wait_until_ready();

  storage::temporary_folder folder_;
  std::string programs_;
  std::string why_;
  pid_t process_ = 0;
  int schemas_ = 0;
};

/// Skips a whole test program where there is no PostgreSQL:
///     const auto* const environment = testing::AddGlobalTestEnvironment(new needs_postgres);
class needs_postgres final : public testing::Environment {
 public:
  void SetUp() override {
    const auto& server = postgres_server::shared();
    if (!server.is_there()) GTEST_SKIP() << server.why();
  }
};

}  // namespace signpost::test
