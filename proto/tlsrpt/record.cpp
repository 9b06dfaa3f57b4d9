// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/tlsrpt/record.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/uri.hpp"
#include "proto/mta_sts/field_syntax.hpp"

namespace signpost::tlsrpt {
namespace {

using mta_sts::is_extension_name;
using mta_sts::is_extension_value;
using mta_sts::trim_wsp;

// RFC 8460 §3: tlsrpt-version = %s"v=TLSRPTv1"
constexpr std::string_view version_field = "v=TLSRPTv1";

// tlsrpt-rua = %s"rua=" tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri)
result<void> read_rua(std::string_view value, record& into) {
  for (const auto part : split(value, ',')) {
    const auto uri = trim_wsp(part);
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

result<void> read_field(std::string_view field, record& into) {
  const auto equals = field.find('=');
  if (equals == std::string_view::npos) return fail(errc::malformed, "a field without =");
  const auto name = field.substr(0, equals);
  const auto value = field.substr(equals + 1);
  if (name == "rua") return read_rua(value, into);
  if (!is_extension_name(name) || !is_extension_value(value)) {
    return fail(errc::malformed, "an invalid field");
  }
  return {};
}

}  // namespace

bool is_tlsrpt_record(std::string_view text) {
  if (!text.starts_with(version_field)) return false;
  const auto rest = trim_wsp(text.substr(version_field.size()));
  return rest.starts_with(';');
}

result<record> parse_record(std::string_view text) {
  if (!is_tlsrpt_record(text)) return fail(errc::malformed, "no v=TLSRPTv1");
  if (text.size() > record_octets_max) return fail(errc::limit_exceeded, "record_octets_max");
  auto fields = split(text, ';');
  // RFC 8460 §3: tlsrpt-record = tlsrpt-version 1*(field-delim tlsrpt-field) [field-delim]
  if (trim_wsp(fields.back()).empty()) fields.pop_back();
  record out;
  for (std::size_t i = 1; i < fields.size(); ++i) {
    SP_CHECK(read_field(trim_wsp(fields[i]), out));
  }
  if (out.rua.empty()) return fail(errc::malformed, "no rua=");
  return out;
}

result<record> read_record(const dns::answer& answer) {
  using enum dns::status;
  if (answer.status == servfail || answer.status == timeout) {
    return fail(errc::unavailable, "the DNS did not answer");
  }
  std::vector<std::string_view> found;
  for (const auto& r : answer.records) {
    if (is_tlsrpt_record(r.text)) found.push_back(r.text);
  }
  // RFC 8460 §3: "If the number of resulting records is not one, senders MUST assume the recipient
  // domain does not implement TLSRPT."
  if (found.size() != 1) return fail(errc::not_found, std::to_string(found.size()) + " records");
  return parse_record(found.front());
}

}  // namespace signpost::tlsrpt
