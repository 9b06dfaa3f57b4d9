// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli), with which RocksDB guards its logs and we our own files.
//
// Our own, because there is no other: Debian 12 has no package of a library with it, and what
// RocksDB has is not in its headers. It makes 4 GB/s by the processor's instruction and 0.6 by
// tables: a log of 256 MiB, the longest that is read at a start, takes 0.06 s or 0.4 s, the 40
// octets of an acknowledgement 10 ns or 75. A faster one would be felt nowhere.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string_view>

namespace signpost::storage {

/// Of `octets`; `before` is that of what precedes them.
std::uint32_t crc32c(std::string_view octets, std::uint32_t before = 0);

/// As stored in RocksDB's logs: the CRC of octets that include a CRC is a weak one.
inline std::uint32_t masked_crc(std::uint32_t crc) {
  return (crc >> 15 | crc << 17) + 0xA282EAD8U;
}

}  // namespace signpost::storage
