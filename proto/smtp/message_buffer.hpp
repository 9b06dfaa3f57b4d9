// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The octets of one message while they arrive: charged to the node's memory budget, and dropped as
// soon as it is known that the message will be refused.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/body.hpp"
#include "proto/smtp/replies.hpp"

namespace signpost::smtp {

class message_buffer {
 public:
  /// `octets_max` is the size limit. `declared` is the SIZE of MAIL, or 0: from there the space no
  /// longer grows by doubling. No memory is taken for a mere announcement.
  message_buffer(memory_account account, std::uint64_t octets_max, std::uint64_t declared);

  /// Makes room for octets that have arrived and will be appended piece by piece.
  void expect(std::size_t octets);
  /// Adds content. Copies each octet at most twice on average (the space doubles).
  void append(std::string_view text);
  /// Gives back all memory; further content is only counted. The first reason stays.
  void drop(say why);

  /// Why the message must be refused, if so.
  [[nodiscard]] const std::optional<say>& problem() const { return problem_; }
  /// Content received so far, kept or not.
  [[nodiscard]] std::uint64_t octets_seen() const { return seen_; }
  /// True if more arrived than an honest client would send: twice the limit.
  [[nodiscard]] bool is_flooded() const { return seen_ / 2 > octets_max_; }
  /// Octets of memory held.
  [[nodiscard]] std::size_t held() const { return octets_.capacity(); }
  [[nodiscard]] bool ends_with_line() const;

  /// The content and its lease; the buffer is empty afterwards.
  [[nodiscard]] std::string take_octets() { return std::move(octets_); }
  [[nodiscard]] memory_lease take_lease() { return std::move(lease_); }

 private:
  bool make_room(std::size_t more);

  memory_lease lease_;
  std::uint64_t octets_max_;
  std::uint64_t declared_;
  std::string octets_;
  std::uint64_t seen_ = 0;
  std::optional<say> problem_;
};

}  // namespace signpost::smtp
