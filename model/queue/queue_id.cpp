// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/queue_id.hpp"

#include <algorithm>

namespace signpost::model {
namespace {

// Crockford's base32 alphabet: ascending in ASCII, so that the text sorts like the octets.
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t octet_count = 16;
/// 26 characters of 5 bits hold 130 bits; the first character carries two zero bits in front.
constexpr std::size_t text_length = 26;
constexpr std::uint64_t milliseconds_mask = (std::uint64_t{1} << 48) - 1;

/// Writes the low `count` octets of `value`, most significant first.
void put_big_endian(char* out, std::uint64_t value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<char>(value >> (8 * (count - 1 - i)) & 0xFF);
  }
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

queue_id queue_id::make(wall_time accepted, std::uint16_t node, std::uint64_t sequence) {
  const auto since_epoch = std::max<std::int64_t>(accepted.time_since_epoch().count(), 0);
  queue_id id;
  put_big_endian(&id.octets_[0], static_cast<std::uint64_t>(since_epoch) & milliseconds_mask, 6);
  put_big_endian(&id.octets_[6], node, 2);
  put_big_endian(&id.octets_[8], sequence, 8);
  return id;
}

std::optional<queue_id> queue_id::from_octets(std::string_view octets) {
  if (octets.size() != octet_count) return std::nullopt;
  queue_id id;
  std::copy(octets.begin(), octets.end(), id.octets_.begin());
  return id;
}

std::optional<queue_id> queue_id::parse(std::string_view text) {
  if (text.size() != text_length) return std::nullopt;
  queue_id id;
  unsigned bits = 0;
  unsigned held = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < text_length; ++i) {
    const auto digit = alphabet.find(upper(text[i]));
    if (digit == std::string_view::npos) return std::nullopt;
    if (i == 0) {
      if (digit > 7) return std::nullopt;
      bits = static_cast<unsigned>(digit);
      held = 3;
      continue;
    }
    bits = bits << 5 | static_cast<unsigned>(digit);
    held += 5;
    if (held >= 8) {
      held -= 8;
      id.octets_[at++] = static_cast<char>(bits >> held & 0xFF);
      bits &= (1U << held) - 1;
    }
  }
  return id;
}

std::string queue_id::to_string() const {
  std::string text;
  text.reserve(text_length);
  unsigned bits = 0;
  unsigned held = 2;
  for (const char c : octets_) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 5) {
      held -= 5;
      text += alphabet[bits >> held & 31];
      bits &= (1U << held) - 1;
    }
  }
  return text;
}

wall_time queue_id::accepted() const {
  std::int64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | static_cast<unsigned char>(octets_[i]);
  return wall_time{milliseconds{ms}};
}

}  // namespace signpost::model
