// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The rules for U-labels that concern a label as a whole: hyphens, STD3, leading marks and joiners
// (UTS #46 §4.1, RFC 5891 §4.2.3, RFC 5892 §A.1, §A.2) and the Bidi rule (RFC 5893 §2).
//
// Threads: pure functions. Limits: linear in the label; the caller bounds its length.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "proto/address/punycode.hpp"

namespace signpost::address {

/// errc::malformed names the rule that `label` (in Unicode, already mapped) violates.
result<void> check_label(std::span<const std::uint32_t> label);

/// RFC 5893 §2: if one label reads from right to left, all labels of the name must obey the Bidi
/// rule. errc::malformed if one does not.
result<void> check_bidi(const std::vector<code_points>& labels);

}  // namespace signpost::address
