// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A DKIM key record.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proto/dkim/key_record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = signpost::dkim::parse_key_record(text);
  if (read && read->key) {
    (void)read->key->verify(signpost::crypto::sha256("x"), text);
    (void)read->key->octets();
  }
  return 0;
}
