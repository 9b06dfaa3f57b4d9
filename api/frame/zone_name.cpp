// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/zone_name.hpp"

#include <algorithm>

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

std::vector<std::string> address_forms(std::string_view address) {
  std::vector<std::string> forms{std::string(address)};
  const auto at = address.rfind('@');
  if (at == std::string_view::npos) return forms;
  const auto stored = stored_name(address.substr(at + 1));
  for (const auto& name : {stored, shown_name(stored)}) {
    auto form = std::string(address.substr(0, at + 1)) + name;
    const auto is_same = [&](const auto& known) { return equals_ignoring_case(known, form); };
    if (std::ranges::none_of(forms, is_same)) forms.push_back(std::move(form));
  }
  return forms;
}

}  // namespace signpost::api
