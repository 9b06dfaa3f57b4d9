// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/support/options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "base/text.hpp"

namespace signpost::bench {

result<options> options::parse(std::span<const option_spec> specs, std::span<char*> arguments) {
  options parsed;
  for (const auto& spec : specs) parsed.fallbacks_.emplace(spec.name, spec.fallback);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    const auto spec = std::ranges::find(specs, argument, &option_spec::name);
    if (spec == specs.end()) {
      return fail(errc::malformed, "unknown option " + std::string(argument));
    }
    auto& values = parsed.given_[std::string(argument)];
    if (spec->is_flag) continue;
    if (++i == arguments.size()) {
      return fail(errc::malformed, "no value after " + std::string(argument));
    }
    values.emplace_back(arguments[i]);
  }
  return parsed;
}

std::string options::text(std::string_view name) const {
  if (const auto it = given_.find(name); it != given_.end()) return it->second.back();
  const auto it = fallbacks_.find(name);
  return it == fallbacks_.end() ? std::string() : it->second;
}

std::vector<std::string> options::all(std::string_view name) const {
  const auto it = given_.find(name);
  return it == given_.end() ? std::vector<std::string>() : it->second;
}

result<std::uint64_t> options::number(std::string_view name) const {
  const auto value = parse_uint(text(name));
  if (!value) return fail(errc::malformed, std::string(name) + " needs a whole number");
  return *value;
}

result<double> options::real(std::string_view name) const {
  const std::string value = text(name);
  double parsed = 0;
  const auto [end, status] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (status != std::errc() || end != value.data() + value.size() || parsed < 0) {
    return fail(errc::malformed, std::string(name) + " needs a number");
  }
  return parsed;
}

std::string help_text(std::string_view synopsis, std::span<const option_spec> specs) {
  std::string text = "usage: " + std::string(synopsis) + "\n";
  for (const auto& spec : specs) {
    std::string line = "  " + std::string(spec.name);
    if (!spec.is_flag) line += " VALUE";
    line.resize(std::max<std::size_t>(line.size() + 1, 26), ' ');
    line += spec.help;
    if (!spec.fallback.empty()) line += " (" + std::string(spec.fallback) + ")";
    text += line + "\n";
  }
  return text;
}

options parse_or_exit(std::string_view synopsis, std::span<const option_spec> specs, int argc,
                      char** argv) {
  const std::span<char*> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  if (std::ranges::any_of(arguments, [](char* a) { return std::string_view(a) == "--help"; })) {
    std::fputs(help_text(synopsis, specs).c_str(), stdout);
    std::exit(0);
  }
  return value_or_exit(options::parse(specs, arguments));
}

void usage_error(const error& e) {
  std::fprintf(stderr, "%s (--help lists the options)\n", e.context.c_str());
  std::exit(2);
}

}  // namespace signpost::bench
