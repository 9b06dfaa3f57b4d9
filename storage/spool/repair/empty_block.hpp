// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A block of a sorted file without rows and with any requested size: it replaces a damaged one,
// because the file's index says where each block begins and ends.
//
// It is an empty block (no restart points but the first) in a Zstandard frame (RFC 8878 §3.1.1),
// behind it a skippable frame (RFC 8878 §3.1.2) that fills the rest. The compression of a block is
// recorded after it, so it may differ from the rest of the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace signpost::storage {

/// After a block: its compression (one octet) and its checksum (four).
inline constexpr std::size_t block_sum_octets = 4;

/// `octets` of them and the octet with their compression, without the checksum; nothing if that is
/// too few.
inline std::string empty_block(std::size_t octets) {
  constexpr std::string_view unpacked_octets("\x08", 1);
  constexpr std::string_view frame_head("\x28\xB5\x2F\xFD\x20\x08\x41\0\0", 9);
  constexpr std::string_view empty("\0\0\0\0\x01\0\0\0", 8);
  constexpr std::string_view skipped_head("\x50\x2A\x4D\x18", 4);
  constexpr char zstandard = 7;
  std::string block;
  block.append(unpacked_octets).append(frame_head).append(empty).append(skipped_head);
  const auto head = block.size() + 4;
  if (octets < head) return {};
  const auto skipped = static_cast<std::uint32_t>(octets - head);
  for (int shift = 0; shift < 32; shift += 8) block += static_cast<char>(skipped >> shift & 0xFF);
  block.append(skipped, '\0');
  block += zstandard;
  return block;
}

}  // namespace signpost::storage
