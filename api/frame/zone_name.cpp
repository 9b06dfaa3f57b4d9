// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/zone_name.hpp"

#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/address/idna.hpp"

namespace signpost::api {

std::string shown_name(std::string_view stored) {
  return address::to_u_labels(stored);
}

std::string stored_name(std::string_view text) {
  const auto parsed = address::domain::parse(text);
  return parsed ? parsed->ascii() : to_lower(text);
}

}  // namespace signpost::api
