// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/address_pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.hpp"
#include "model/routing/glob.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::model {

namespace {

constexpr std::string_view wildcards = "*?";
/// What RE2 may take to compile one expression: room for more than `regex_steps_max` instructions.
constexpr std::int64_t compile_octets_max = 512 * 1024;

tl::unexpected<error> too_long() {
  return fail(errc::limit_exceeded,
              fmt::format("the pattern has more than {} octets", address_pattern::octets_max));
}

// `*` and `?` are letters of an address like others, so the folding of addresses does for patterns.
result<std::string> folded_local(std::string_view text) {
  constexpr std::string_view any_domain = "@a.invalid";
  SP_TRY(const auto m, address::mailbox::parse(std::string(text) + std::string(any_domain)));
  auto folded = m.folded();
  folded.resize(folded.size() - any_domain.size());
  return folded;
}

// Label by label: one with a wildcard must be ASCII, for nobody can encode half a label.
result<std::string> folded_domain(std::string_view text) {
  if (text.find_first_of(wildcards) == std::string_view::npos) {
    SP_TRY(const auto name, address::domain::parse(text));
    return name.ascii();
  }
  std::string folded;
  for (const auto label : split(text, '.')) {
    if (!folded.empty()) folded += '.';
    if (label.find_first_of(wildcards) == std::string_view::npos) {
      SP_TRY(const auto name, address::domain::parse(label));
      folded += name.ascii();
    } else if (is_ascii(label)) {
      folded += to_lower(label);
    } else {
      return fail(errc::malformed, "a label with a wildcard must be ASCII");
    }
  }
  return folded;
}

re2::RE2::Options regex_options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(false);
  options.set_never_capture(true);
  options.set_max_mem(compile_octets_max);
  return options;
}

}  // namespace

result<address_pattern> address_pattern::glob(std::string_view text) {
  if (text.size() > octets_max) return too_long();
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) {
    return fail(errc::malformed, "a pattern needs a local part, an @ and a domain");
  }
  SP_TRY(const auto local, folded_local(text.substr(0, at)));
  SP_TRY(const auto domain, folded_domain(text.substr(at + 1)));
  const auto folded = local + "@" + domain;
  SP_TRY(const auto whole, model::glob::compile(folded));
  SP_CHECK(model::glob::compile(domain));
  address_pattern p;
  p.text_ = text;
  if (folded != text) p.folded_ = folded;
  p.steps_ = whole.steps();
  return p;
}

result<address_pattern> address_pattern::regex(std::string_view text) {
  if (text.size() > octets_max) return too_long();
  if (text.empty()) return fail(errc::malformed, "the expression is empty");
  if (!is_utf8(text)) return fail(errc::malformed, "the expression is not UTF-8");
  const re2::RE2 expression(re2::StringPiece(text.data(), text.size()), regex_options());
  const bool too_large = expression.error_code() == re2::RE2::ErrorPatternTooLarge;
  if (too_large || (expression.ok() && expression.ProgramSize() > int{regex_steps_max})) {
    return fail(errc::limit_exceeded,
                fmt::format("the expression takes more than {} steps for each octet of an address; "
                            "use shorter repetitions and classes",
                            regex_steps_max));
  }
  if (!expression.ok()) {
    return fail(errc::malformed, "the expression: " + printable(expression.error(), 200));
  }
  address_pattern p;
  p.text_ = text;
  p.is_regex_ = true;
  p.steps_ = static_cast<std::uint32_t>(expression.ProgramSize());
  return p;
}

bool address_pattern::matches(std::string_view folded) const {
  if (empty()) return false;
  if (!is_regex_) return model::glob::compile(this->folded())->matches(folded);
  const re2::RE2 expression(text_, regex_options());
  return re2::RE2::FullMatch(re2::StringPiece(folded.data(), folded.size()), expression);
}

bool address_pattern::may_match_at(std::string_view domain) const {
  if (empty()) return false;
  if (is_regex_) return true;
  const auto& whole = folded();
  return model::glob::compile(std::string_view(whole).substr(whole.rfind('@') + 1))
      ->matches(domain);
}

}  // namespace signpost::model
