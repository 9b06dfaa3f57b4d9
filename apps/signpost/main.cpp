// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The operator's command line: docs/operating/cli.md.
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "apps/signpost/command_line.hpp"

namespace {

/// Of tokens that are typed or come by standard input.
constexpr std::size_t secret_octets_max = 1 << 16;

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

bool is_terminal(int descriptor) {
  return ::isatty(descriptor) != 0;
}

// A line that is not shown while it is typed.
std::optional<std::string> ask_secret(std::string_view question) {
  termios before{};
  if (!is_terminal(STDIN_FILENO) || ::tcgetattr(STDIN_FILENO, &before) != 0) return std::nullopt;
  write_to(stderr, question);
  std::fflush(stderr);
  auto silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0) return std::nullopt;
  std::string line;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) {
    if (line.size() < secret_octets_max) line += static_cast<char>(c);
  }
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  write_to(stderr, "\n");
  return line;
}

std::string read_input() {
  std::string text;
  std::array<char, 4096> piece{};
  while (const auto got = std::fread(piece.data(), 1, piece.size(), stdin)) {
    text.append(piece.data(), got);
    if (text.size() > secret_octets_max) break;
  }
  return text;
}

// https://no-color.org: set and not empty.
bool wants_colours() {
  const char* const no = std::getenv("NO_COLOR");
  const char* const term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  return is_terminal(STDOUT_FILENO) && (no == nullptr || *no == '\0') && !dumb;
}

signpost::config::environment known_environment() {
  auto all = signpost::config::process_environment();
  for (const auto* const name : {"HOME", "XDG_CONFIG_HOME"}) {
    if (const char* const value = std::getenv(name)) all.emplace_back(name, value);
  }
  return all;
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
      .time = time,
      .ask_secret = ask_secret,
      .read_input = read_input,
      .colours = wants_colours()};
  const int status =
      signpost::cli::run({argv + (argc > 0 ? 1 : 0), argv + argc}, known_environment(), terminal);
  // A full disk behind `> file` must not look like success.
  if (std::fflush(stdout) != 0 && status == signpost::cli::done) return signpost::cli::negative;
  return status;
}
