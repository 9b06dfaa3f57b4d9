// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/message_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace signpost::model {
namespace {

constexpr std::array all_verdicts{verdict::none,      verdict::pass,     verdict::fail,
                                  verdict::softfail,  verdict::neutral,  verdict::policy,
                                  verdict::temperror, verdict::permerror};
constexpr std::uint8_t every_verdict = 0xFF;
static_assert(all_verdicts.size() == 8, "a set of verdicts is one octet");

constexpr std::array all_methods{authentication_method::spf, authentication_method::dkim,
                                 authentication_method::dmarc, authentication_method::arc};

verdict result_of(const message_facts& facts, authentication_method m) {
  switch (m) {
    case authentication_method::spf:
      return facts.spf;
    case authentication_method::dkim:
      return facts.dkim;
    case authentication_method::dmarc:
      return facts.dmarc;
    case authentication_method::arc:
      return facts.arc;
  }
  return verdict::none;
}

}  // namespace

message_facts facts_of(const authentication_results& results, std::uint64_t size) {
  return {.spf = results.spf,
          .dkim = results.dkim,
          .dmarc = results.dmarc,
          .arc = results.arc,
          .size = size};
}

std::string_view to_string(authentication_method m) {
  switch (m) {
    case authentication_method::spf:
      return "spf";
    case authentication_method::dkim:
      return "dkim";
    case authentication_method::dmarc:
      return "dmarc";
    case authentication_method::arc:
      return "arc";
  }
  return "";
}

result<authentication_method> parse_authentication_method(std::string_view word) {
  const auto found = std::ranges::find_if(
      all_methods, [&](auto m) { return equals_ignoring_case(to_string(m), word); });
  if (found != all_methods.end()) return *found;
  return fail(errc::malformed,
              fmt::format("'{}' is not spf, dkim, dmarc or arc", printable(word, 40)));
}

result<verdict_set> verdict_set::parse(std::string_view words) {
  words = trim(words);
  const bool negated = words.starts_with('!');
  if (negated) words.remove_prefix(1);
  verdict_set set;
  for (const auto part : split(words, ',')) {
    const auto word = trim(part);
    const auto found = std::ranges::find_if(
        all_verdicts, [&](auto v) { return equals_ignoring_case(model::to_string(v), word); });
    if (found == all_verdicts.end()) {
      return fail(errc::malformed,
                  fmt::format("'{}' is not a result of authentication; the results are none, pass, "
                              "fail, softfail, neutral, policy, temperror and permerror",
                              printable(word, 40)));
    }
    set.bits_ |= bit(*found);
  }
  if (negated) set.bits_ = static_cast<std::uint8_t>(~set.bits_);
  if (set.bits_ == every_verdict) return fail(errc::malformed, "it allows every result");
  if (set.bits_ == 0) return fail(errc::malformed, "it allows no result");
  return set;
}

std::string verdict_set::to_string() const {
  const auto count = std::ranges::count_if(all_verdicts, [&](auto v) { return contains(v); });
  const bool negated = static_cast<std::size_t>(count) > all_verdicts.size() / 2;
  std::string words = negated ? "!" : "";
  for (const auto v : all_verdicts) {
    if (contains(v) == negated) continue;
    if (words.size() > (negated ? 1U : 0U)) words += ',';
    words += model::to_string(v);
  }
  return words;
}

bool rule_conditions::hold(const message_facts& facts) const {
  if (size_over && facts.size <= *size_over) return false;
  if (size_under && facts.size >= *size_under) return false;
  return std::ranges::all_of(authentication, [&](const authentication_condition& c) {
    return c.results.contains(result_of(facts, c.method));
  });
}

std::string rule_conditions::unmet(const message_facts& facts) const {
  for (const auto& c : authentication) {
    const auto is = result_of(facts, c.method);
    if (c.results.contains(is)) continue;
    return fmt::format("{} is {}, not {}", model::to_string(c.method), model::to_string(is),
                       c.results.to_string());
  }
  if (size_over && facts.size <= *size_over) {
    return fmt::format("{} octets are not over {}", facts.size, *size_over);
  }
  if (size_under && facts.size >= *size_under) {
    return fmt::format("{} octets are not under {}", facts.size, *size_under);
  }
  return {};
}

std::string rule_conditions::to_string() const {
  std::string text;
  const auto add = [&](const std::string& one) { text += (text.empty() ? "" : " and ") + one; };
  for (const auto& c : authentication) {
    add(fmt::format("{} {}", model::to_string(c.method), c.results.to_string()));
  }
  if (size_over) add(fmt::format("over {} octets", *size_over));
  if (size_under) add(fmt::format("under {} octets", *size_under));
  return text;
}

}  // namespace signpost::model
