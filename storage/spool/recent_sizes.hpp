// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The sizes of recently accepted messages: most mail is delivered within seconds, and removing it
// then need not read its record again to know how many values its body has.
//
//     recent_sizes sizes;
//     sizes.remember(id, 5000);
//     sizes.find(id);    // 5000, until another message takes its place
//
// 32,768 places of 24 octets, one for each message by the last octets of its id. A message's size
// never changes and no id is issued twice, so a found size is right even if the commit of the
// message failed.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/queue/queue_id.hpp"

namespace signpost::storage {

class recent_sizes {
 public:
  static constexpr std::size_t places = 32'768;

  void remember(const model::queue_id& id, std::uint64_t octets) {
    entries_[place_of(id)] = {.id = id, .octets = octets};
  }

  /// Nothing = not among the latest; read its record.
  [[nodiscard]] std::optional<std::uint64_t> find(const model::queue_id& id) const {
    const auto& last = entries_[place_of(id)];
    if (last.id == id) return last.octets;
    return std::nullopt;
  }

 private:
  struct entry {
    model::queue_id id;
    std::uint64_t octets = 0;
  };

  /// Ids end in a sequence number: neighbours get different places.
  static std::size_t place_of(const model::queue_id& id) {
    const auto octets = id.octets();
    const auto high = static_cast<unsigned char>(octets[octets.size() - 2]);
    const auto low = static_cast<unsigned char>(octets[octets.size() - 1]);
    return (high * 256U + low) % places;
  }

  std::vector<entry> entries_{places};
};

}  // namespace signpost::storage
