// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_objects.hpp"

#include <array>

namespace signpost::model {

std::string_view to_string(zone_status s) {
  static constexpr std::array<std::string_view, 3> words{"pending", "active", "moved"};
  return words.at(static_cast<std::size_t>(s));
}

std::string_view to_string(zone_proof p) {
  static constexpr std::array<std::string_view, 5> words{"none", "assumed", "mx", "txt", "granted"};
  return words.at(static_cast<std::size_t>(p));
}

}  // namespace signpost::model
