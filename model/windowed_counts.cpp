// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/windowed_counts.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::model {

windowed_counts::windowed_counts(options o)
    : options_(std::move(o)),
      current_(row_count * options_.width),
      before_(row_count * options_.width) {
  SP_ASSERT(options_.width > 0 && options_.window > milliseconds::zero());
}

windowed_counts::places windowed_counts::places_of(std::string_view key) const {
  const auto digest = crypto::hmac_sha256(options_.secret, key);
  places at{};
  for (std::size_t row = 0; row < row_count; ++row) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      number = number << 8U | std::to_integer<std::uint64_t>(digest[8 * row + i]);
    }
    at[row] = row * options_.width + number % options_.width;
  }
  return at;
}

std::uint32_t windowed_counts::count_at(const places& at, steady_time now) const {
  const auto least = [&](const table& cells) {
    std::uint32_t found = std::numeric_limits<std::uint16_t>::max();
    for (const auto place : at) found = std::min<std::uint32_t>(found, cells[place]);
    return found;
  };
  const auto part = std::chrono::duration<double>(begin_ + options_.window - now)
                    / std::chrono::duration<double>(options_.window);
  const auto old = static_cast<double>(least(before_)) * std::clamp(part, 0.0, 1.0);
  return least(current_) + static_cast<std::uint32_t>(old);
}

void windowed_counts::turn(steady_time now) {
  const auto age = now - begin_;
  if (age < options_.window) return;
  if (age < 2 * options_.window) {
    std::swap(before_, current_);
    begin_ += options_.window;
  } else {
    std::ranges::fill(before_, 0);
    begin_ = now;
  }
  std::ranges::fill(current_, 0);
}

std::uint32_t windowed_counts::add(std::string_view key, steady_time now) {
  turn(now);
  const auto at = places_of(key);
  for (const auto place : at) {
    if (current_[place] < std::numeric_limits<std::uint16_t>::max()) ++current_[place];
  }
  return count_at(at, now);
}

std::uint32_t windowed_counts::count(std::string_view key, steady_time now) {
  turn(now);
  return count_at(places_of(key), now);
}

}  // namespace signpost::model
