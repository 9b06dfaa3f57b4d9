// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Numbers and times in the keys of both stores. All are big-endian, so that octet order is number
// order. Times are milliseconds since 1970; times before that count as 1970.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace signpost::storage::schema {

inline void append_be32(std::string& out, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift & 0xFF);
}
inline void append_be64(std::string& out, std::uint64_t v) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift & 0xFF);
}
inline std::uint64_t read_big_endian(std::string_view octets) {
  std::uint64_t v = 0;
  for (const char c : octets) v = v << 8 | static_cast<unsigned char>(c);
  return v;
}
inline std::string be64(std::uint64_t v) {
  std::string out;
  append_be64(out, v);
  return out;
}
inline std::uint64_t to_key_time(wall_time t) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(t.time_since_epoch().count(), 0));
}
inline wall_time from_key_time(std::uint64_t ms) {
  return wall_time{milliseconds{static_cast<std::int64_t>(ms)}};
}

/// The smallest key that is greater than every key that begins with `prefix`.
inline std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

}  // namespace signpost::storage::schema
