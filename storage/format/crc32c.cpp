// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/crc32c.hpp"

#include <array>
#include <cstddef>
#include <cstring>

namespace signpost::storage {
namespace {

constexpr std::uint32_t polynomial = 0x82F63B78U;  // reflected

using table_row = std::array<std::uint32_t, 256>;

/// Row k: the CRC of an octet followed by k zeros.
constexpr std::array<table_row, 8> make_tables() {
  std::array<table_row, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    auto crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? polynomial : 0);
    tables[0][i] = crc;
  }
  for (std::size_t row = 1; row < tables.size(); ++row) {
    for (std::size_t i = 0; i < 256; ++i) {
      const auto before = tables[row - 1][i];
      tables[row][i] = before >> 8 ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr auto tables = make_tables();

std::uint32_t by_table(const char* at, std::size_t size, std::uint32_t crc) {
  const auto octet = [](std::uint64_t word, int n) { return word >> 8 * n & 0xFF; };
  for (; size >= 8; at += 8, size -= 8) {
    std::uint64_t word = 0;
    for (int n = 7; n >= 0; --n) word = word << 8 | static_cast<unsigned char>(at[n]);
    word ^= crc;
    crc = 0;
    for (std::size_t n = 0; n < 8; ++n) crc ^= tables[7 - n][octet(word, static_cast<int>(n))];
  }
  for (; size > 0; ++at, --size) {
    crc = crc >> 8 ^ tables[0][(crc ^ static_cast<unsigned char>(*at)) & 0xFF];
  }
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(const char* at, std::size_t size,
                                                               std::uint32_t crc) {
  std::uint64_t wide = crc;
  for (; size >= 8; at += 8, size -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; size > 0; ++at, --size) {
    crc = __builtin_ia32_crc32qi(crc, static_cast<unsigned char>(*at));
  }
  return crc;
}
#endif

}  // namespace

std::uint32_t crc32c(std::string_view octets, std::uint32_t before) {
#if defined(__x86_64__)
  static const bool fast = __builtin_cpu_supports("sse4.2") != 0;
  if (fast) return ~by_instruction(octets.data(), octets.size(), ~before);
#endif
  return ~by_table(octets.data(), octets.size(), ~before);
}

}  // namespace signpost::storage
