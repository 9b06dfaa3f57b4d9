// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/tlsrpt/record.hpp"

#include "base/text.hpp"
#include "base/uri.hpp"
#include "proto/mta_sts/field_syntax.hpp"

namespace signpost::tlsrpt {
namespace {

// RFC 8460 §3: tlsrpt-version = %s"v=TLSRPTv1"
constexpr std::string_view version_field = "v=TLSRPTv1";

// tlsrpt-rua = %s"rua=" tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri)
result<void> read_rua(std::string_view value, record& into) {
  for (const auto part : split(value, ',')) {
    const auto uri = mta_sts::trim_wsp(part);
    // "commas (ASCII 0x2C), exclamation points (ASCII 0x21), and semicolons (ASCII 0x3B) MUST be
    // encoded".
    if (!is_uri(uri) || uri.find('!') != std::string_view::npos) {
      return fail(errc::malformed, "rua= has a value that is not a URI");
    }
    if (into.rua.size() == report_uris_max) return fail(errc::limit_exceeded, "report_uris_max");
    into.rua.emplace_back(uri);
  }
  return {};
}

}  // namespace

bool is_tlsrpt_record(std::string_view text) {
  return mta_sts::has_version(text, version_field);
}

result<record> parse_record(std::string_view text) {
  if (text.size() > record_octets_max && is_tlsrpt_record(text)) {
    return fail(errc::limit_exceeded, "record_octets_max");
  }
  SP_TRY(const auto fields, mta_sts::read_fields(text, version_field));
  record out;
  for (const auto& [name, value] : fields) {
    if (name == "rua") {
      SP_CHECK(read_rua(value, out));
    } else if (!mta_sts::is_extension_name(name) || !mta_sts::is_extension_value(value)) {
      return fail(errc::malformed, "an invalid field");
    }
  }
  if (out.rua.empty()) return fail(errc::malformed, "no rua=");
  return out;
}

result<record> read_record(const dns::answer& answer) {
  SP_TRY(const auto text, mta_sts::only_record(answer, version_field));
  return parse_record(text);
}

}  // namespace signpost::tlsrpt
