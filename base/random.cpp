// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstring>

#include "base/assert.hpp"

namespace signpost {

std::uint64_t random_source::below(std::uint64_t bound) {
  SP_ASSERT(bound > 0);
  // Values at or above the last whole multiple of `bound` are drawn again: none is favoured.
  const std::uint64_t last = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span(&value, 1)));
    if (value < last) return value % bound;
  }
}

void system_random::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const auto got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      SP_ASSERT(errno == EINTR);
      continue;
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

void seeded_random::fill(std::span<std::byte> out) {
  for (auto& b : out) {
    // splitmix64, one step per octet: simple, and good enough to spread test inputs.
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    b = static_cast<std::byte>((z ^ (z >> 31)) & 0xff);
  }
}

}  // namespace signpost
