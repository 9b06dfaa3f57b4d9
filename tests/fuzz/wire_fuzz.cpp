// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Octets from another node: every kind of value is read, and what is read is written and read again
// as the same. The first octet of the input says which kind it is.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "tests/cluster/wire/wire_maker.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using signpost::cluster::wire::value_kinds;
  if (size == 0) return 0;
  const auto& kind = value_kinds()[data[0] % value_kinds().size()];
  const auto again = kind.again({reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!again) return 0;
  const auto twice = kind.again(*again);
  SP_ASSERT(twice && *twice == *again);
  return 0;
}
