// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The rules of one family's samples by its type: names, labels, values, groups and order.
#pragma once

#include "tests/support/exposition_parser.hpp"

namespace signpost::test {

/// The suffixes that a family of `type` gives its samples; the empty one is the name itself.
std::vector<std::string_view> suffixes_of(family_type type, exposition_format format);

/// What is wrong with the family; empty if nothing is.
std::string check_family(const exposition_family& family, exposition_format format);

}  // namespace signpost::test
