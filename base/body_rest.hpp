// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The part of a large message that is not in memory: octets that are read, piece by piece, from
// where they are stored. A message that its destination accepts slowly costs one piece of memory
// and not its whole size.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost {

class body_rest {
 public:
  virtual ~body_rest() = default;
  /// How many octets follow those in memory; at least one.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// The SHA-256 over the body of the whole message in the relaxed canonical form (RFC 6376
  /// §3.4.4), computed when it was read.
  [[nodiscard]] virtual std::string_view relaxed_body_hash() const = 0;
  /// Requests octets from `offset` (less than size()) on, as many as are read at once. `done` is
  /// called once, from any thread, perhaps inside this call, with at least one octet or an error.
  virtual void read(std::uint64_t offset, std::function<void(result<std::string>)> done) const = 0;
};

}  // namespace signpost
