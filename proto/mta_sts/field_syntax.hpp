// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The syntax that fields of MTA-STS records and policies (RFC 8461 §3) and of TLSRPT records (RFC
// 8460 §3) have in common.
//
// Threads: pure functions, linear in their arguments. What they give out points into these.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::mta_sts {

/// Without the spaces and tabs at both ends (*WSP).
[[nodiscard]] std::string_view trim_wsp(std::string_view text);

/// sts-ext-name: a letter or digit and up to 31 further letters, digits, `_`, `-` or `.`.
[[nodiscard]] bool is_extension_name(std::string_view name);

/// sts-ext-value of a record: at least one printable ASCII character, none of them a blank, `=`
/// or `;`.
[[nodiscard]] bool is_extension_value(std::string_view value);

/// True if `text` begins with that version (`v=STSv1`) and the end of its field: all other TXT
/// records are discarded.
[[nodiscard]] bool has_version(std::string_view text, std::string_view version);

/// Name and value of each field behind the version, in order. errc::malformed: another version, or
/// a field without `=`.
result<std::vector<std::pair<std::string_view, std::string_view>>> read_fields(
    std::string_view text, std::string_view version);

/// The record of that version in an answer. errc::not_found if there is none, or more than one:
/// then the domain counts as having none; errc::unavailable if the DNS did not answer.
result<std::string_view> only_record(const dns::answer& answer, std::string_view version);

}  // namespace signpost::mta_sts
