// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/largest_allocation.hpp"

#include <cstdlib>
#include <new>

namespace signpost::test {

std::atomic<std::size_t> largest_allocation{0};

}  // namespace signpost::test

void* operator new(std::size_t size) {
  auto& largest = signpost::test::largest_allocation;
  auto seen = largest.load();
  while (seen < size && !largest.compare_exchange_weak(seen, size)) {
  }
  if (void* const room = std::malloc(size == 0 ? 1 : size)) return room;
  throw std::bad_alloc();
}

void operator delete(void* room) noexcept {
  std::free(room);
}

void operator delete(void* room, std::size_t) noexcept {
  std::free(room);
}
