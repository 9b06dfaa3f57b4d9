// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/compiled_patterns.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <utility>

namespace signpost::model {
namespace {

// An automaton needs room for twenty states at least, each of which may name every instruction
// (four octets), beside its program. With this it has some more, and never fails because it has too
// little.
constexpr std::size_t octets_per_step = 160;
constexpr std::size_t octets_of_a_set = 64 * 1024;

// Measured: to compile an instruction takes as long as so many steps of a match.
constexpr std::uint64_t compile_factor = 60;
constexpr std::uint64_t glob_compile_steps = 200;

}  // namespace

struct compiled_patterns::regex_set {
  explicit regex_set(const re2::RE2::Options& options)
      : set(options, re2::RE2::ANCHOR_BOTH) {}
  re2::RE2::Set set;
};

compiled_patterns::compiled_patterns() = default;
compiled_patterns::~compiled_patterns() = default;

std::uint64_t compiled_patterns::steps_to_compile(std::uint64_t regex_steps, std::size_t globs) {
  return regex_steps * compile_factor + globs * glob_compile_steps;
}

result<std::shared_ptr<const compiled_patterns>> compiled_patterns::compile(
    std::span<const address_pattern* const> patterns) {
  std::shared_ptr<compiled_patterns> made(new compiled_patterns);
  for (const auto* pattern : patterns) {
    if (pattern->is_regex()) continue;
    SP_TRY(auto one, glob::compile(pattern->folded()));
    made->octets_ += one.memory_octets();
    made->globs_.push_back(std::move(one));
  }
  SP_CHECK(made->add_regexes(patterns));
  return made;
}

result<void> compiled_patterns::add_regexes(std::span<const address_pattern* const> patterns) {
  std::size_t steps = 0;
  for (const auto* pattern : patterns) steps += pattern->is_regex() ? pattern->steps() : 0;
  if (steps == 0) return {};
  const auto octets = octets_of_a_set + steps * octets_per_step;
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(false);
  options.set_never_capture(true);
  options.set_max_mem(static_cast<std::int64_t>(octets));
  auto made = std::make_unique<regex_set>(options);
  for (const auto* pattern : patterns) {
    if (!pattern->is_regex()) continue;
    std::string wrong;
    if (made->set.Add(pattern->text(), &wrong) < 0) return fail(errc::malformed, wrong);
  }
  if (!made->set.Compile()) {
    return fail(errc::limit_exceeded, "the regular expressions of the zone use too much memory");
  }
  octets_ += octets;
  regexes_ = std::move(made);
  return {};
}

bool compiled_patterns::glob_matches(std::size_t number, std::string_view folded) const {
  return globs_[number].matches(folded);
}

result<std::vector<int>> compiled_patterns::matching_regexes(std::string_view folded) const {
  std::vector<int> found;
  if (!regexes_) return found;
  re2::RE2::Set::ErrorInfo error{};
  const re2::StringPiece text(folded.data(), folded.size());
  if (!regexes_->set.Match(text, &found, &error) && error.kind != re2::RE2::Set::kNoError) {
    return fail(errc::limit_exceeded, "the regular expressions of the zone use too much memory");
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace signpost::model
