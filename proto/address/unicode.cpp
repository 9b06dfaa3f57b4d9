// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/unicode.hpp"

#include <uninorm.h>
#include <unistr.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace signpost::address {

code_points from_utf8(std::string_view text) {
  code_points out;
  out.reserve(text.size());
  const auto* at = reinterpret_cast<const std::uint8_t*>(text.data());
  for (std::size_t left = text.size(); left > 0;) {
    ucs4_t c = 0;
    const int octets = u8_mbtoucr(&c, at, left);
    if (octets <= 0) break;
    out.push_back(c);
    at += octets;
    left -= static_cast<std::size_t>(octets);
  }
  return out;
}

std::string to_utf8(std::span<const std::uint32_t> text) {
  std::string out;
  out.reserve(text.size());
  for (const auto c : text) {
    std::array<std::uint8_t, 6> octets{};
    const int size = u8_uctomb(octets.data(), c, static_cast<std::ptrdiff_t>(octets.size()));
    if (size > 0) out.append(octets.begin(), octets.begin() + size);
  }
  return out;
}

code_points to_nfc(std::span<const std::uint32_t> text) {
  std::size_t size = 0;
  const std::unique_ptr<std::uint32_t, decltype(&std::free)> out(
      u32_normalize(UNINORM_NFC, text.data(), text.size(), nullptr, &size), &std::free);
  return out ? code_points(out.get(), out.get() + size) : code_points(text.begin(), text.end());
}

}  // namespace signpost::address
