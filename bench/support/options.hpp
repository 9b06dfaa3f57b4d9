// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The command lines of the programs in bench/: `--name value` and `--flag`.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signpost::bench {

/// One option a program knows. `fallback` holds when it is not given; a flag has none and no value.
struct option_spec {
  std::string_view name;
  std::string_view fallback;
  std::string_view help;
  bool is_flag = false;
};

class options {
 public:
  /// `malformed` for an unknown name and for an option without its value; the context says which.
  static result<options> parse(std::span<const option_spec> specs, std::span<char*> arguments);

  /// The last value given, or the fallback.
  [[nodiscard]] std::string text(std::string_view name) const;
  /// Every value given, in order.
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const { return given_.contains(name); }
  /// `malformed` if the value is not a whole decimal number.
  [[nodiscard]] result<std::uint64_t> number(std::string_view name) const;
  /// `malformed` if the value is not a number such as `0.25`.
  [[nodiscard]] result<double> real(std::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> given_;
  std::map<std::string, std::string, std::less<>> fallbacks_;
};

/// The help text of a program: one line for each option.
std::string help_text(std::string_view synopsis, std::span<const option_spec> specs);

/// Parses the command line, or prints the help or what is wrong with it and ends the process.
options parse_or_exit(std::string_view synopsis, std::span<const option_spec> specs, int argc,
                      char** argv);

/// The value of `r`, or ends the process with status 2 after printing the error.
template <typename T>
T value_or_exit(result<T> r);

[[noreturn]] void usage_error(const error& e);

template <typename T>
T value_or_exit(result<T> r) {
  if (!r) usage_error(r.error());
  return std::move(r).value();
}

}  // namespace signpost::bench
