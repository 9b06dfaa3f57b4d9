// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Names as in DNS records: more general than mail domains, for example `_dmarc`.
//
// Threads: a pure function. Linear time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost::address {

/// `name` in A-labels and lower case, without final dot; nothing if it does not fit the DNS or a
/// label has characters other than letters, digits, `-` and `_`.
[[nodiscard]] std::optional<std::string> dns_name(std::string_view name);

}  // namespace signpost::address
