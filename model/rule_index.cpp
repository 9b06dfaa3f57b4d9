// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/rule_index.hpp"

#include <bit>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace signpost::model {
namespace {

constexpr std::uint64_t fnv_offset = 0xcbf29ce484222325ULL;
constexpr std::uint64_t fnv_prime = 0x100000001b3ULL;

constexpr std::uint64_t mix(std::uint64_t hash, char c) {
  return (hash ^ static_cast<unsigned char>(c)) * fnv_prime;
}

}  // namespace

void rule_index::reset(std::size_t rules) {
  SP_ASSERT(rules < none / 2);
  // At most half full: a look-up that fails then ends after two or three slots.
  const auto size = std::bit_ceil(rules * 2 + 2);
  slots_.assign(size, {});
  slots_.shrink_to_fit();
  mask_ = size - 1;
}

std::uint32_t address_hash(std::string_view local, std::string_view host) {
  auto hash = fnv_offset;
  for (const char c : local) hash = mix(hash, ascii_lower(c));
  hash = mix(hash, '@');
  for (const char c : host) hash = mix(hash, c);
  // FNV's low bits are its weak ones and the table uses them: finish as murmur3 does.
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  hash ^= hash >> 33;
  return static_cast<std::uint32_t>(hash);
}

}  // namespace signpost::model
