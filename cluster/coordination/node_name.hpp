// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The form of what names nodes, their disks and their processes: 32 lower-case hexadecimal digits.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/text.hpp"

namespace signpost::cluster {

/// errc::malformed, with `what`.
inline result<void> check_node_name(std::string_view name, const char* what) {
  const auto digit = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
  if (name.size() == 32 && std::ranges::all_of(name, digit)) return {};
  return fail(errc::malformed, what);
}

}  // namespace signpost::cluster
