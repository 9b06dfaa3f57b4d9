// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/mta_sts/field_syntax.hpp"

#include <algorithm>
#include <cstddef>

#include "base/text.hpp"

namespace signpost::mta_sts {
namespace {

constexpr std::string_view wsp = " \t";
constexpr std::size_t extension_name_octets_max = 32;

}  // namespace

std::string_view trim_wsp(std::string_view text) {
  const auto first = text.find_first_not_of(wsp);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(wsp) - first + 1);
}

bool is_extension_name(std::string_view name) {
  return !name.empty() && name.size() <= extension_name_octets_max && is_alnum(name.front())
         && std::ranges::all_of(
             name, [](char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; });
}

bool is_extension_value(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) {
    return c > ' ' && c < 0x7f && c != '=' && c != ';';
  });
}

}  // namespace signpost::mta_sts
