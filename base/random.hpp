// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Randomness is passed to the constructor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace signpost {

/// Threads: every method may be called from any thread, unless the class says otherwise.
class random_source {
 public:
  virtual ~random_source() = default;

  /// Fills `out` with random bytes.
  virtual void fill(std::span<std::byte> out) = 0;

  /// A number in [0, bound), evenly spread. `bound` must be greater than 0.
  std::uint64_t below(std::uint64_t bound);
};

/// The kernel's generator (getrandom(2)); suitable for keys.
class system_random final : public random_source {
 public:
  void fill(std::span<std::byte> out) override;
};

/// The same bytes for the same seed, for tests and simulation. Not thread-safe, never for keys.
class seeded_random final : public random_source {
 public:
  explicit seeded_random(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace signpost
