// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/mta_sts/record.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "proto/mta_sts/field_syntax.hpp"

namespace signpost::mta_sts {
namespace {

// RFC 8461 §3.1: sts-version = %s"v=STSv1"
constexpr std::string_view version_field = "v=STSv1";
constexpr std::size_t id_octets_max = 32;

bool is_id(std::string_view value) {
  return !value.empty() && value.size() <= id_octets_max && std::ranges::all_of(value, is_alnum);
}

// RFC 8461 §3.1: other TXT records are discarded.
bool is_sts_record(std::string_view text) {
  return text.starts_with(version_field)
         && trim_wsp(text.substr(version_field.size())).starts_with(';');
}

}  // namespace

result<record> parse_record(std::string_view text) {
  if (!is_sts_record(text)) return fail(errc::malformed, "no v=STSv1");
  if (text.size() > record_octets_max) return fail(errc::limit_exceeded, "record_octets_max");
  auto fields = split(text, ';');
  // sts-text-record = sts-version 1*(sts-field-delim sts-field) [sts-field-delim]
  if (trim_wsp(fields.back()).empty()) fields.pop_back();
  record out;
  for (std::size_t i = 1; i < fields.size(); ++i) {
    const auto field = trim_wsp(fields[i]);
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) return fail(errc::malformed, "a field without =");
    const auto name = field.substr(0, equals);
    const auto value = field.substr(equals + 1);
    if (name == "id") {
      if (!is_id(value)) return fail(errc::malformed, "id= is not 1 to 32 letters and digits");
      if (out.id.empty()) out.id = value;
    } else if (!is_extension_name(name) || !is_extension_value(value)) {
      return fail(errc::malformed, "an invalid field");
    }
  }
  if (out.id.empty()) return fail(errc::malformed, "no id=");
  return out;
}

result<record> read_record(const dns::answer& answer) {
  using enum dns::status;
  if (answer.status == servfail || answer.status == timeout) {
    return fail(errc::unavailable, "the DNS did not answer");
  }
  std::vector<std::string_view> found;
  for (const auto& r : answer.records) {
    if (is_sts_record(r.text)) found.push_back(r.text);
  }
  if (found.size() != 1) return fail(errc::not_found, std::to_string(found.size()) + " records");
  return parse_record(found.front());
}

}  // namespace signpost::mta_sts
