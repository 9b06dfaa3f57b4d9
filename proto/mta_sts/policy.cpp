// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/mta_sts/policy.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/mta_sts/field_syntax.hpp"

namespace signpost::mta_sts {
namespace {

constexpr std::string_view wildcard = "*.";
constexpr std::size_t max_age_digits_max = 10;

// sts-policy-ext-value: printable ASCII or UTF-8, blanks only within. Blanks around it are gone.
bool is_policy_extension_value(std::string_view value) {
  return !value.empty() && is_utf8(value) && std::ranges::all_of(value, [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != 0x7f;
  });
}

std::optional<policy_mode> mode_of(std::string_view word) {
  for (const auto m : {policy_mode::none, policy_mode::testing, policy_mode::enforce}) {
    if (word == to_string(m)) return m;
  }
  return std::nullopt;
}

std::optional<std::chrono::seconds> max_age_of(std::string_view digits) {
  if (digits.size() > max_age_digits_max) return std::nullopt;
  const auto number = parse_uint(digits);
  if (!number) return std::nullopt;
  const auto most = static_cast<std::uint64_t>(max_age_max.count());
  return std::chrono::seconds(std::min(*number, most));
}

// sts-policy-mx-value = ["*."] Domain. In A-labels only: RFC 8461 §3.2.
std::optional<std::string> pattern_of(std::string_view value) {
  const bool any = value.starts_with(wildcard);
  if (any) value.remove_prefix(wildcard.size());
  if (!is_ascii(value) || value.ends_with('.')) return std::nullopt;
  const auto name = address::domain::parse(value);
  if (!name) return std::nullopt;
  return (any ? std::string(wildcard) : std::string()) + name->ascii();
}

// Gathers the fields; what is missing shows at the end.
class policy_reader {
 public:
  result<void> read_line(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return fail(errc::malformed, "a line without a colon");
    const auto name = line.substr(0, colon);
    const auto value = trim_wsp(line.substr(colon + 1));
    if (name == "version") return read_version(value);
    if (name == "mode") return read_mode(value);
    if (name == "max_age") return read_max_age(value);
    if (name == "mx") return read_mx(value);
    if (!is_extension_name(name) || !is_policy_extension_value(value)) {
      return fail(errc::malformed, "an invalid field");
    }
    return {};
  }

  result<policy> finish() {
    if (!version_) return fail(errc::malformed, "no version");
    if (!mode_) return fail(errc::malformed, "no mode");
    if (!max_age_) return fail(errc::malformed, "no max_age");
    if (out_.mx.empty() && *mode_ != policy_mode::none) return fail(errc::malformed, "no mx");
    out_.mode = *mode_;
    out_.max_age = *max_age_;
    return std::move(out_);
  }

 private:
  // Of several the first counts: the others need not even be valid.
  result<void> read_version(std::string_view value) {
    if (!version_ && value != "STSv1") return fail(errc::malformed, "version is not STSv1");
    version_ = true;
    return {};
  }
  result<void> read_mode(std::string_view value) {
    if (mode_) return {};
    mode_ = mode_of(value);
    if (!mode_) return fail(errc::malformed, "mode is not enforce, testing or none");
    return {};
  }
  result<void> read_max_age(std::string_view value) {
    if (max_age_) return {};
    max_age_ = max_age_of(value);
    if (!max_age_) return fail(errc::malformed, "max_age is not a number of 1 to 10 digits");
    return {};
  }
  result<void> read_mx(std::string_view value) {
    auto pattern = pattern_of(value);
    if (!pattern) return fail(errc::malformed, "mx is not a host name");
    if (out_.mx.size() == mx_patterns_max) return fail(errc::limit_exceeded, "mx_patterns_max");
    out_.mx.push_back(*std::move(pattern));
    return {};
  }

  bool version_ = false;
  std::optional<policy_mode> mode_;
  std::optional<std::chrono::seconds> max_age_;
  policy out_;
};

bool is_plain_text(std::string_view content_type) {
  return equals_ignoring_case(trim_wsp(content_type.substr(0, content_type.find(';'))),
                              "text/plain");
}

}  // namespace

std::string_view to_string(policy_mode m) {
  switch (m) {
    case policy_mode::none: return "none";
    case policy_mode::testing: return "testing";
    case policy_mode::enforce: return "enforce";
  }
  return "none";
}

result<policy> parse_policy(std::string_view text) {
  if (text.size() > policy_octets_max) return fail(errc::limit_exceeded, "policy_octets_max");
  auto lines = split(text, '\n');
  // sts-policy-record = sts-policy-field *WSP *(sts-policy-term sts-policy-field *WSP)
  //                     [sts-policy-term]
  if (lines.back().empty()) lines.pop_back();
  policy_reader reader;
  for (auto line : lines) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    SP_CHECK(reader.read_line(line));
  }
  return reader.finish();
}

result<policy> read_response(const policy_response& response) {
  if (response.status == 404 || response.status == 410) {
    return fail(errc::not_found, "HTTP " + std::to_string(response.status));
  }
  // RFC 8461 §3.3: "HTTP 3xx redirects MUST NOT be followed".
  if (response.status != 200) {
    return fail(errc::unavailable, "HTTP " + std::to_string(response.status));
  }
  if (!is_plain_text(response.content_type)) {
    return fail(errc::malformed, "the media type is not text/plain");
  }
  return parse_policy(response.body);
}

bool allows(const policy& p, std::string_view host) {
  if (p.mode == policy_mode::none) return true;
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto dot = host.find('.');
  const auto parent =
      dot == std::string_view::npos || dot == 0 ? std::string_view() : host.substr(dot + 1);
  return std::ranges::any_of(p.mx, [&](std::string_view pattern) {
    if (!pattern.starts_with(wildcard)) return equals_ignoring_case(pattern, host);
    return !parent.empty() && equals_ignoring_case(pattern.substr(wildcard.size()), parent);
  });
}

}  // namespace signpost::mta_sts
