// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/hostile/meter.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <new>
#include <string>

#include "base/assert.hpp"
#include "proto/crypto/keys.hpp"

namespace {

// One thread measures; others (there are none) would only blur the figure.
std::size_t in_use = 0;
std::size_t peak = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  void* made = nullptr;
  if (alignment <= alignof(std::max_align_t)) {
    made = std::malloc(std::max<std::size_t>(size, 1));
  } else {
    made = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  }
  SP_ASSERT(made != nullptr);
  in_use += malloc_usable_size(made);
  peak = std::max(peak, in_use);
  return made;
}

void release(void* made) {
  if (made == nullptr) return;
  in_use -= malloc_usable_size(made);
  std::free(made);
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* made) noexcept {
  release(made);
}
void operator delete(void* made, std::size_t) noexcept {
  release(made);
}
void operator delete(void* made, std::align_val_t) noexcept {
  release(made);
}
void operator delete(void* made, std::size_t, std::align_val_t) noexcept {
  release(made);
}

namespace signpost::bench {
namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

cost measure(const std::function<void()>& what, int times) {
  cost out{.cpu_s = std::numeric_limits<double>::max()};
  for (int i = 0; i < times; ++i) {
    const auto before = in_use;
    peak = in_use;
    const auto begin = cpu_seconds();
    what();
    out.cpu_s = std::min(out.cpu_s, cpu_seconds() - begin);
    out.peak_octets = std::max(out.peak_octets, peak - before);
  }
  return out;
}

units measure_units() {
  const std::string text(4 << 20, 'x');
  const auto key = crypto::signing_key::generate(crypto::key_type::rsa).value();
  const auto digest = crypto::sha256("text");
  const auto signature = key.sign(digest).value();
  constexpr int verifications = 50;
  const auto hashing = measure([&] { (void)crypto::sha256(text); }, 5);
  const auto verifying = measure(
      [&] {
        for (int i = 0; i < verifications; ++i) {
          SP_ASSERT(key.public_half().verify(digest, signature));
        }
      },
      5);
  return {.hash_s_per_octet = hashing.cpu_s / static_cast<double>(text.size()),
          .verify_s = verifying.cpu_s / verifications};
}

}  // namespace signpost::bench
