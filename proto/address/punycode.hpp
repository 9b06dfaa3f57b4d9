// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Punycode, the part of an A-label after `xn--` (RFC 3492).
//
// Threads: pure functions. Limits: only labels that fit DNS are handled, so time and memory are
// bounded by `limits::label_octets_max`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::address {

using code_points = std::vector<std::uint32_t>;

/// The code points that `text` encodes. Nothing if it is longer than a label, has a character
/// outside letters, digits and hyphen, ends early, or names something beyond U+10FFFF.
std::optional<code_points> punycode_decode(std::string_view text);

/// The lower-case Punycode form of `label`. Nothing if that would be longer than a label.
std::optional<std::string> punycode_encode(std::span<const std::uint32_t> label);

}  // namespace signpost::address
