// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The syntax that fields of MTA-STS records and policies (RFC 8461 §3) and of TLSRPT records (RFC
// 8460 §3) have in common.
//
// Threads: pure functions, linear in their argument.
#pragma once

#include <string_view>

namespace signpost::mta_sts {

/// Without the spaces and tabs at both ends (*WSP).
[[nodiscard]] std::string_view trim_wsp(std::string_view text);

/// sts-ext-name: a letter or digit and up to 31 further letters, digits, `_`, `-` or `.`.
[[nodiscard]] bool is_extension_name(std::string_view name);

/// sts-ext-value of a record: at least one printable ASCII character, none of them a blank, `=`
/// or `;`.
[[nodiscard]] bool is_extension_value(std::string_view value);

}  // namespace signpost::mta_sts
