// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Space reserved for emergencies: a folder with files of zeros, which occupy octets and inodes.
// They are removed when the store has no room left, so that it can write what frees space, and
// created again when there is plenty.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>

namespace signpost::storage {

class space_reserve {
 public:
  /// `octets` 0: no reserve, and that of an earlier run is removed.
  space_reserve(std::string folder, std::uint64_t octets);

  /// Creates it if it does not exist and at least `free_after` octets stay free with it.
  void take(std::uint64_t free_octets, std::uint64_t free_after);
  /// Removes it; false if there was none.
  bool give_up();
  [[nodiscard]] bool held() const { return held_; }

  /// The same for one that nobody has open yet.
  static bool give_up(const std::string& folder);

 private:
  const std::string folder_;
  const std::uint64_t octets_;
  bool held_ = false;
};

}  // namespace signpost::storage
