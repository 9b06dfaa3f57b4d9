// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Names outside plain ASCII: UTS #46 ToASCII, non-transitional, over IDNA2008 (RFC 5891).
//
// Symbols that IDNA2008 excludes but UTS #46 allows (`☕.example`) are accepted, as by browsers and
// registries: refusing them would lose mail for existing names. RFC 5892 §A.3 to
// §A.9 (CONTEXTO) is checked as far as libidn2 does.
//
// Threads: pure functions. Limits: `idna_octets_max` of input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost::address {

/// Octets of a name before it is mapped: no A-label form of 253 octets needs more than four octets
/// of UTF-8 for each of its own, and mapping hardly ever shortens.
inline constexpr std::size_t idna_octets_max = 1024;

/// The A-label form of `name` in lower case, without a final dot and with all checks except the
/// total length. errc::malformed names the violated rule; errc::limit_exceeded for a label
/// over 63 octets and for input beyond `idna_octets_max`.
result<std::string> to_a_labels(std::string_view name);

/// The Unicode form of a name that `to_a_labels` made; other labels stay unchanged.
std::string to_u_labels(std::string_view ascii);

}  // namespace signpost::address
