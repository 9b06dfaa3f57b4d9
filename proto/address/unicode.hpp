// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Conversions between UTF-8 and code points, and normalisation form C.
//
// Threads: pure functions. Limits: linear in the text; the caller bounds it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proto/address/punycode.hpp"

namespace signpost::address {

/// `text` must be valid UTF-8 (`is_utf8`); what follows an error is cut off.
code_points from_utf8(std::string_view text);
/// Invalid code points (surrogates, beyond U+10FFFF) are omitted.
std::string to_utf8(std::span<const std::uint32_t> text);
/// Unicode normalisation form C (UAX #15).
code_points to_nfc(std::span<const std::uint32_t> text);

}  // namespace signpost::address
