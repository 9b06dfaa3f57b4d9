// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/mta_sts/record.hpp"

#include <algorithm>

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

}  // namespace

result<record> parse_record(std::string_view text) {
  if (text.size() > record_octets_max && has_version(text, version_field)) {
    return fail(errc::limit_exceeded, "record_octets_max");
  }
  SP_TRY(const auto fields, read_fields(text, version_field));
  record out;
  for (const auto& [name, value] : fields) {
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
  SP_TRY(const auto text, only_record(answer, version_field));
  return parse_record(text);
}

}  // namespace signpost::mta_sts
