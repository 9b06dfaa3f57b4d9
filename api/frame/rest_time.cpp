// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/rest_time.hpp"

#include "base/rfc3339.hpp"

namespace signpost::api {

std::optional<wall_time> parse_time(std::string_view text) {
  constexpr std::size_t date_octets = std::string_view("2026-11-24").size();
  std::string whole(text);
  if (whole.size() == date_octets) whole += "T00:00:00Z";
  // RFC 3339 §5.6: a blank may take the place of the T.
  if (whole.size() > date_octets && whole[date_octets] == ' ') whole[date_octets] = 'T';
  return parse_rfc3339(whole);
}

std::string short_time(wall_time t) {
  constexpr std::string_view no_fraction = ".000Z";
  auto text = to_rfc3339(t);
  if (!text.ends_with(no_fraction)) return text;
  text.resize(text.size() - no_fraction.size());
  return text + "Z";
}

}  // namespace signpost::api
