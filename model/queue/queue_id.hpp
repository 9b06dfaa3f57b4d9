// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The permanent name of one accepted message: 16 octets, ordered by time of acceptance.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace signpost::model {

/// 6 octets of milliseconds since 1970, 2 of node number, 8 of sequence. The text form has 26
/// characters (Crockford base32) and sorts like the octets.
class queue_id {
 public:
  queue_id() = default;
  static queue_id make(wall_time accepted, std::uint16_t node, std::uint64_t sequence);
  /// Nothing if `octets` does not have 16 octets.
  static std::optional<queue_id> from_octets(std::string_view octets);
  /// 26 characters in either case; nothing otherwise.
  static std::optional<queue_id> parse(std::string_view text);

  [[nodiscard]] std::string_view octets() const { return {octets_.data(), octets_.size()}; }
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] wall_time accepted() const;
  friend bool operator==(const queue_id&, const queue_id&) = default;
  /// The order of the octets as unsigned numbers: that of time, the text and the spool's keys.
  /// (`char` is signed: the arrays' own order would differ.)
  friend std::strong_ordering operator<=>(const queue_id& a, const queue_id& b) {
    return a.octets() <=> b.octets();
  }

 private:
  std::array<char, 16> octets_{};
};

}  // namespace signpost::model

template <>
struct std::hash<signpost::model::queue_id> {
  std::size_t operator()(const signpost::model::queue_id& id) const noexcept {
    return std::hash<std::string_view>{}(id.octets());
  }
};
