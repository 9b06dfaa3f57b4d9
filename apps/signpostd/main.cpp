// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// signpostd: the node.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/config/file_routing_source.hpp"
#include "apps/config/settings_file.hpp"
#include "apps/signpostd/control_plane.hpp"
#include "apps/signpostd/daemon_settings.hpp"
#include "apps/signpostd/health_only.hpp"
#include "apps/signpostd/node/running_node.hpp"
#include "apps/signpostd/room_wait.hpp"
#include "apps/signpostd/secret_files.hpp"
#include "apps/signpostd/version.hpp"
#include "base/log.hpp"
#include "storage/spool/spool.hpp"

namespace signpost {
namespace {

struct arguments {
  std::string config;
  std::vector<std::string> set;
  bool check = false;
};

// Looks, half a second apart, before an opening that found no room is tried again.
constexpr int room_looks = 4;
// Beyond what running sessions and deliveries get: for the spool and the threads.
constexpr auto end_patience = std::chrono::minutes(1);
// For all of that, when the store has failed or a loop hangs: what waits has waited long enough.
constexpr std::chrono::duration<unsigned> failed_end_patience{5};

void complain(const std::string& text) {
  std::fprintf(stderr, "signpostd: %s\n", text.c_str());
}

// File, then environment, then --set: the later wins.
bool read_settings(const arguments& args, settings_table& table) {
  const auto path = config::settings_path(args.config, config::process_environment());
  if (!path.empty()) {
    if (const auto loaded = config::load_settings(path, table); !loaded) {
      complain(loaded.error().context);
      return false;
    }
  }
  if (const auto loaded = config::load_environment(config::process_environment(), table); !loaded) {
    complain(loaded.error().context);
    return false;
  }
  for (const auto& assignment : args.set) {
    const auto equals = assignment.find('=');
    const auto done = equals == std::string::npos
                          ? fail(errc::malformed, "expected NAME=VALUE")
                          : table.set(assignment.substr(0, equals), assignment.substr(equals + 1));
    if (!done) {
      complain("--set " + assignment + ": " + done.error().context);
      return false;
    }
  }
  return true;
}

// A core has the secrets and the mail of the moment in it. The second call stops those that are
// piped to a program, which ask for no limit; and debuggers, but root's.
void forbid_core_dumps() {
  constexpr rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__  // whose search for leaks attaches to the program as a debugger does
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, s);
  return set;
}

// The next signal within half a second, or 0.
int next_signal(const sigset_t& set, long wait_ms = 500) {
  const timespec wait{.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1'000'000};
  const int got = sigtimedwait(&set, nullptr, &wait);
  return got > 0 ? got : 0;
}

// What --check checks in addition to the settings themselves.
result<void> check_set_up(const daemon_settings& settings) {
  const auto secrets = check_secret_files(settings);
  if (!secrets.empty()) return fail(errc::denied, secrets.front());
  SP_CHECK(plan_descriptors(raise_descriptor_limit(), settings, loop_count_of(settings)));
  if (settings.api.from_store()) return control_plane::check(settings);
  SP_CHECK(config::file_routing_source::open(settings.zones_file, *identity_of(settings)));
  return {};
}

// False: a signal ended it. `why` is known already, or empty.
bool wait_for_room(const daemon_settings& settings, const sigset_t& signals, std::string why) {
  if (why.empty()) why = why_no_room(settings);
  if (why.empty()) return true;
  room_wait waiting(settings, why);
  // What a try found that a look does not see (a quota, say) is tried again, but not at once.
  for (int left = room_looks; left > 0 || !why.empty(); --left) {
    const int got = next_signal(signals);
    if (got == SIGTERM || got == SIGINT) return false;
    if (left > 0) continue;
    why = why_no_room(settings);
    if (!why.empty()) waiting.tell(why);
  }
  return true;
}

// Tries until there is room; nothing: a signal ended it.
std::optional<result<std::unique_ptr<running_node>>> start_with_room(
    const daemon_settings& settings, const sigset_t& signals) {
  std::string why;
  while (wait_for_room(settings, signals, why)) {
    auto node = start_node(settings);
    if (node || node.error().code != errc::no_space) return node;
    why = "full: " + node.error().context;
  }
  return std::nullopt;
}

// A restart would find the same: the health pages show what is wrong, until somebody has fixed it
// and ends the program.
int answer_health_only(const daemon_settings& settings, const error& why, const sigset_t& signals) {
  const health_only pages(settings, "descriptors", why.context);
  if (!pages.serves()) return 1;
  logger("signpostd").error("node.health_only", {{"error", why.context}});
  for (int got = 0; got != SIGTERM && got != SIGINT;) got = next_signal(signals);
  return 1;
}

int run(const daemon_settings& settings, const sigset_t& signals) {
  const auto plan = plan_descriptors(raise_descriptor_limit(), settings, loop_count_of(settings));
  if (!plan) {
    complain(plan.error().context);
    return answer_health_only(settings, plan.error(), signals);
  }
  auto started = start_with_room(settings, signals);
  if (!started) return 0;
  auto& node = *started;
  if (!node) {
    complain(node.error().context);
    return 1;
  }
  int status = 0;
  while (status == 0) {
    const int got = next_signal(signals);
    if (got == SIGHUP) (*node)->reload();
    if (got == SIGTERM || got == SIGINT) break;
    (*node)->tick();
    if ((*node)->beyond_repair()) {
      complain(
          "the store has failed, or the node hangs; see the log; exiting so that the node can be "
          "restarted");
      status = 3;
    }
  }
  // A disk that does not answer must not keep the program from ending: what was acknowledged is
  // durable, and a supervisor can restart it.
  if (status == 0) {
    alarm(static_cast<unsigned>(
        std::chrono::ceil<seconds>((*node)->shutdown_limit() + end_patience).count()));
  } else {
    std::signal(SIGALRM, [](int) { _exit(3); });
    alarm(failed_end_patience.count());
  }
  bool hurried = false;
  (*node)->shut_down([&](milliseconds wait) {
    if (hurried || status != 0) return true;
    const int got = next_signal(signals, wait.count());
    hurried = got == SIGTERM || got == SIGINT;
    return hurried;
  });
  return status;
}

int run_program(int argc, char** argv) {
  // Spool, log and secrets are ours alone from the first octet, however we were started.
  umask(S_IRWXG | S_IRWXO);
  arguments args;
  CLI::App app(
      "signpostd - an e-mail routing node: accepts mail for the zones in its zones file or its\n"
      "control plane, keeps it in a durable queue and forwards it.\n\n"
      "Signals: TERM or INT stops the node (twice: immediately), HUP reads zones, certificate and\n"
      "SRS secrets again and reopens the log file. Exit status: 0 stopped, 1 could not start, 2 "
      "wrong usage,\n"
      "3 the store failed or the node hung, a restart is needed.");
  app.add_option("--config,-c", args.config,
                 "settings file (YAML); without it that of $SIGNPOST_CONFIG, or else "
                 "/etc/signpost/signpost.yaml if there is one");
  app.add_option("--set", args.set, "NAME=VALUE, overrides the settings file; may be repeated")
      ->allow_extra_args(false);
  app.add_flag("--check", args.check, "check settings and zones, then exit");
  app.set_version_flag("--version", std::string("signpostd ") + std::string(program_version));
  app.footer("All settings: docs/operating/settings.md, or `signpost config reference`.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }

  daemon_settings settings;
  settings_table table;
  declare_settings(table, settings);
  if (!read_settings(args, table)) return 1;
  complete(settings);
  const auto faults = check(settings);
  for (const auto& fault : faults) complain(fault);
  if (!faults.empty()) return 1;
  if (const auto trouble = configure_logging(log_options_of(settings)); !trouble.empty()) {
    complain("log.file: " + trouble);
    return 1;
  }
  if (args.check) {
    const auto done = check_set_up(settings);
    if (!done) complain(done.error().context);
    return done ? 0 : 1;
  }

  if (!settings.core_dumps) forbid_core_dumps();
  // Blocked before any thread starts: all of them inherit it, and only this one waits for them.
  const auto signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return run(settings, signals);
}

}  // namespace
}  // namespace signpost

int main(int argc, char** argv) {
  return signpost::run_program(argc, argv);
}
