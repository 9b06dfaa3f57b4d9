// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Names as records of DNS have them: more than a domain of mail may be, as `_dmarc`.
//
// Threads: a pure function. Linear time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost::address {

/// `name` in A-labels and lower case, without final dot; nothing if DNS could not hold it or a
/// label has other characters than letters, digits, `-` and `_`.
[[nodiscard]] std::optional<std::string> dns_name(std::string_view name);

}  // namespace signpost::address
