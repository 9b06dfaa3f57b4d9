// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/mta_sts/field_syntax.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/text.hpp"

namespace signpost::mta_sts {
namespace {

constexpr std::string_view wsp = " \t";
constexpr std::size_t extension_name_octets_max = 32;

}  // namespace

std::string_view trim_wsp(std::string_view text) {
  const auto first = text.find_first_not_of(wsp);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(wsp) - first + 1);
}

bool is_extension_name(std::string_view name) {
  return !name.empty() && name.size() <= extension_name_octets_max && is_alnum(name.front())
         && std::ranges::all_of(
             name, [](char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; });
}

bool is_extension_value(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) {
    return c > ' ' && c < 0x7f && c != '=' && c != ';';
  });
}

bool has_version(std::string_view text, std::string_view version) {
  return text.starts_with(version) && trim_wsp(text.substr(version.size())).starts_with(';');
}

result<std::vector<std::pair<std::string_view, std::string_view>>> read_fields(
    std::string_view text, std::string_view version) {
  if (!has_version(text, version)) return fail(errc::malformed, "no " + std::string(version));
  auto fields = split(text, ';');
  // version 1*(field-delim field) [field-delim]
  if (trim_wsp(fields.back()).empty()) fields.pop_back();
  std::vector<std::pair<std::string_view, std::string_view>> out;
  for (std::size_t i = 1; i < fields.size(); ++i) {
    const auto field = trim_wsp(fields[i]);
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) return fail(errc::malformed, "a field without =");
    out.emplace_back(field.substr(0, equals), field.substr(equals + 1));
  }
  return out;
}

result<std::string_view> only_record(const dns::answer& answer, std::string_view version) {
  using enum dns::status;
  if (answer.status == servfail || answer.status == timeout) {
    return fail(errc::unavailable, "the DNS did not answer");
  }
  std::vector<std::string_view> found;
  for (const auto& r : answer.records) {
    if (has_version(r.text, version)) found.push_back(r.text);
  }
  if (found.size() != 1) return fail(errc::not_found, std::to_string(found.size()) + " records");
  return found.front();
}

}  // namespace signpost::mta_sts
