// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a command writes, how it asks, and its exit status. Tests use their own functions here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace signpost::cli {

/// The exit status; docs/operating/cli.md documents these numbers.
enum exit_status : int {
  done = 0,
  negative = 1,     ///< a negative answer: refused, not found, mistakes found
  wrong_usage = 2,  ///< an error in the command line, or in the configuration needed for it
  no_node = 3,      ///< no node answers
};

struct console {
  std::function<void(std::string_view)> out;  ///< answers
  std::function<void(std::string_view)> err;  ///< errors and notes
  /// Asks the user; also false if there is nobody to ask.
  std::function<bool(std::string_view question)> confirm;
  const clock& time;
  /// Asks for a secret, which is not shown; nothing if there is nobody to ask.
  std::function<std::optional<std::string>(std::string_view question)> ask_secret = {};
  /// All of standard input.
  std::function<std::string()> read_input = {};
  /// `out` is a terminal with colours.
  bool colours = false;
};

}  // namespace signpost::cli
