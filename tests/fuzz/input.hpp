// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How fuzz targets cut their input: lines for what people can read in a corpus, octets for choices,
// random pieces for what must not depend on how bytes arrive.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/random.hpp"

namespace signpost::fuzz {

/// The front of the input is used up by each call; what is missing is 0 or empty.
class input {
 public:
  explicit input(std::string_view text) : rest_(text) {}

  std::uint8_t octet() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  /// Up to the next LF, which is taken, too.
  std::string_view line() {
    const auto end = std::min(rest_.find('\n'), rest_.size());
    const auto out = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return out;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// Calls `use` with one piece of `text` after the other. Seed 0 = in one piece, 1 = octet by octet,
/// others = pieces of random sizes.
template <typename Use>
void in_pieces(std::string_view text, std::uint64_t seed, const Use& use) {
  seeded_random random(seed);
  while (!text.empty()) {
    const auto wanted = seed == 0   ? text.size()
                        : seed == 1 ? 1
                                    : static_cast<std::size_t>(1 + random.below(seed % 2 + 40));
    const auto size = std::min(wanted, text.size());
    use(text.substr(0, size));
    text.remove_prefix(size);
  }
}

/// True if `field` is one header field: one line end at its end, those inside followed by a blank.
inline bool is_one_field(std::string_view field) {
  if (!field.ends_with("\r\n")) return false;
  field.remove_suffix(2);
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\n' && (i == 0 || field[i - 1] != '\r')) return false;
    if (field[i] != '\r') continue;
    if (i + 2 >= field.size() || field[i + 1] != '\n') return false;
    if (field[i + 2] != ' ' && field[i + 2] != '\t') return false;
  }
  return true;
}

}  // namespace signpost::fuzz
