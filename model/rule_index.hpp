// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// From a mail address to its rule: a hash table that stores no keys, since the rules have them. It
// takes 8 octets a slot and at most 16 a rule.
//
// Threads: filled by one, then read by any. Limits: 2^32 - 1 rules.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace signpost::model {

class rule_index {
 public:
  static constexpr std::uint32_t none = 0xffffffff;

  /// Makes room for `rules`; forgets what was there.
  void reset(std::size_t rules);

  /// Puts `number` under the key, unless `same(other_number)` is true for one that is there: then
  /// that one is returned and nothing changes. `none` if it was put in.
  template <typename Same>
  std::uint32_t insert(std::uint32_t hash, std::uint32_t number, Same same) {
    std::size_t at = hash & mask_;
    for (; slots_[at].number != none; at = (at + 1) & mask_) {
      if (slots_[at].hash == hash && same(slots_[at].number)) return slots_[at].number;
    }
    slots_[at] = {hash, number};
    return none;
  }

  /// The number under the key, or `none`.
  template <typename Same>
  [[nodiscard]] std::uint32_t find(std::uint32_t hash, Same same) const {
    for (std::size_t at = hash & mask_; slots_[at].number != none; at = (at + 1) & mask_) {
      if (slots_[at].hash == hash && same(slots_[at].number)) return slots_[at].number;
    }
    return none;
  }

 private:
  struct slot {
    std::uint32_t hash = 0;
    std::uint32_t number = none;
  };
  std::vector<slot> slots_ = std::vector<slot>(2);
  std::size_t mask_ = 1;
};

/// Of `local@host`, local without regard to ASCII case.
[[nodiscard]] std::uint32_t address_hash(std::string_view local, std::string_view host);

}  // namespace signpost::model
