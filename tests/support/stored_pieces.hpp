// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The rest of a large message for tests: octets that come in pieces of a size of the test's
// choosing, or not.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/body.hpp"

namespace signpost::test {

class stored_pieces final : public body_rest {
 public:
  explicit stored_pieces(std::string octets, std::size_t piece_octets = 1000)
      : octets_(std::move(octets)), piece_octets_(piece_octets) {}

  [[nodiscard]] std::uint64_t size() const override { return octets_.size(); }
  [[nodiscard]] std::string_view relaxed_body_hash() const override { return "hash"; }
  void read(std::uint64_t offset, std::function<void(result<std::string>)> done) const override {
    offsets.push_back(offset);
    if (failure) return done(fail(*failure, "the test says so"));
    if (hold) {
      held = [this, offset, done = std::move(done)] {
        done(octets_.substr(offset, piece_octets_));
      };
    } else {
      done(octets_.substr(offset, piece_octets_));
    }
  }

  mutable std::vector<std::uint64_t> offsets;  ///< that were asked for
  std::optional<errc> failure;
  bool hold = false;                           ///< answers wait in `held`
  mutable std::function<void()> held;

 private:
  std::string octets_;
  std::size_t piece_octets_;
};

}  // namespace signpost::test
