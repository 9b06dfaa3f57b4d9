// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The operator's command line: docs/operating/cli.md.
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "apps/signpost/command_line.hpp"

namespace {

void write_to(std::FILE* file, std::string_view text) {
  (void)std::fwrite(text.data(), 1, text.size(), file);
}

// Nobody at a terminal means no: scripts say --yes.
bool ask(std::string_view question) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) return false;
  write_to(stderr, question);
  std::fflush(stderr);
  const int first = std::getchar();
  return first == 'y' || first == 'Y';
}

}  // namespace

int main(int argc, char** argv) {
  // A pipe to `head` that closes early must end us quietly, as it does every filter.
  std::signal(SIGPIPE, SIG_DFL);
  const signpost::system_clock time;
  const signpost::cli::console terminal{
      .out = [](std::string_view text) { write_to(stdout, text); },
      .err =
          [](std::string_view text) {
            std::fflush(stdout);
            write_to(stderr, text);
          },
      .confirm = ask,
      .time = time};
  const int status = signpost::cli::run({argv + (argc > 0 ? 1 : 0), argv + argc},
                                        signpost::config::process_environment(), terminal);
  // A full disk behind `> file` must not look like success.
  if (std::fflush(stdout) != 0 && status == signpost::cli::done) return signpost::cli::negative;
  return status;
}
