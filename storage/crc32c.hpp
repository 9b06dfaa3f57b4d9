// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli), with which RocksDB guards its logs and we our own files.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string_view>

namespace signpost::storage {

/// Of `octets`; `before` is that of what stands in front of them.
std::uint32_t crc32c(std::string_view octets, std::uint32_t before = 0);

/// As it stands in RocksDB's logs: the CRC of octets that have a CRC among them is no good one.
inline std::uint32_t masked_crc(std::uint32_t crc) {
  return (crc >> 15 | crc << 17) + 0xA282EAD8U;
}

}  // namespace signpost::storage
