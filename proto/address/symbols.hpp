// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Names with symbols (`☕.example`). IDNA2008 disallows them (RFC 5892 §2.6) and so does libidn2;
// UTS #46 §7 allows them. This works around libidn2's refusal: it maps and checks here, and asks
// libidn2 about every code point that is not a symbol.
//
// Threads: pure functions. Limits: the caller's, see idna.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proto/address/unicode.hpp"

namespace signpost::address {

/// True if the mapping of UTS #46 §4 leaves `label` unchanged, as it must for what an A-label
/// encodes.
bool is_mapped(const code_points& label);

/// `name` (valid UTF-8) mapped and with A-labels, not yet checked as a whole. errc::malformed if it
/// has a code point that UTS #46 does not allow or an invalid A-label; errc::limit_exceeded for a
/// label over 63 octets.
result<std::string> map_name_with_symbols(std::string_view name);

}  // namespace signpost::address
