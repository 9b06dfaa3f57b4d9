// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/postgres/postgres_server.hpp"

#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

namespace signpost::test {
namespace {

/// The newest one that is installed.
std::string find_programs() {
  std::string found;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const auto path = version.path().string() + "/bin";
    if (access((path + "/postgres").c_str(), X_OK) == 0 && path > found) found = path;
  }
  return found;
}

/// PostgreSQL refuses to run as root.
const passwd* user() {
  return geteuid() == 0 ? getpwnam("postgres") : nullptr;
}

pid_t run_as_user(const std::vector<std::string>& command) {
  const auto* who = user();
  const pid_t child = fork();
  if (child != 0) return child;
  if (who != nullptr && (setgid(who->pw_gid) != 0 || setuid(who->pw_uid) != 0)) _exit(126);
  // It must not outlive the test, however that ends.
  if (prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0) _exit(126);
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  if (chdir("/") != 0 || freopen("/dev/null", "w", stdout) == nullptr
      || freopen("/dev/null", "w", stderr) == nullptr) {
    _exit(126);
  }
  execv(words[0], words.data());
  _exit(127);
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

postgres_server& postgres_server::shared() {
  static postgres_server server;
  return server;
}

postgres_server::postgres_server() : programs_(find_programs()) {
  if (programs_.empty()) {
    why_ = "PostgreSQL is not installed (Debian's package postgresql)";
  } else if (geteuid() == 0 && user() == nullptr) {
    why_ = "there is no user postgres, and PostgreSQL does not run as root";
  } else if (!create()) {
    why_ = "initdb failed";
  } else {
    start();
  }
}

postgres_server::~postgres_server() {
  if (process_ > 0) kill();
}

bool postgres_server::create() {
  if (const auto* who = user()) {
    if (chown(folder_.path().c_str(), who->pw_uid, who->pw_gid) != 0) return false;
  }
  return wait_for(run_as_user({programs_ + "/initdb", "-D", folder_.path() + "/data", "-U",
                               "signpost", "-A", "trust", "-E", "UTF8", "--locale=C", "-N",
                               "--no-instructions"}))
         == 0;
}

void postgres_server::start() {
  process_ = run_as_user({programs_ + "/postgres", "-D", folder_.path() + "/data", "-k",
                          folder_.path(), "-h", "", "-F", "-c", "full_page_writes=off", "-c",
                          "shared_buffers=32MB", "-c",
                          "max_connections=60", "-c", "autovacuum=off"});
  wait_until_ready();
}

void postgres_server::wait_until_ready() {
  for (int i = 0; i < 500; ++i) {
    if (storage::postgres::connection::open({.url = url()})) return;
    pause(milliseconds(20));
  }
  ADD_FAILURE() << "PostgreSQL does not accept connections";
}

// All of its processes: they are one group, and end with the first.
void postgres_server::kill() {
  ::kill(process_, SIGQUIT);
  (void)wait_for(process_);
  process_ = 0;
}

void postgres_server::pause(milliseconds how_long) {
  (void)poll(nullptr, 0, static_cast<int>(how_long.count()));
}

std::string postgres_server::url() const {
  return "host=" + folder_.path() + " user=signpost dbname=postgres";
}

storage::postgres::connection_options postgres_server::fresh_schema() {
  return {.url = url(), .schema = "s" + std::to_string(++schemas_)};
}

void postgres_server::run(const std::string& sql) {
  const auto c = storage::postgres::connection::open({.url = url()});
  ASSERT_TRUE(c.has_value()) << to_string(c.error());
  const auto done = (*c)->script(sql);
  ASSERT_TRUE(done.has_value()) << to_string(done.error());
}

}  // namespace signpost::test
