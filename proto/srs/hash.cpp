// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/srs/hash.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace signpost::srs {

crypto::sha1_octets hash_of(std::string_view secret, std::string_view signed_text) {
  return crypto::hmac_sha1(secret, to_lower(signed_text));
}

std::string in_base32(const crypto::sha1_octets& hash, std::size_t length) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  unsigned bits = 0;
  unsigned held = 0;
  for (const auto octet : hash) {
    bits = bits << 8U | std::to_integer<unsigned>(octet);
    held += 8;
    while (held >= 5) {
      held -= 5;
      out += alphabet[bits >> held & 31U];
    }
  }
  out.resize(std::min(length, out.size()));
  return out;
}

std::string in_base64(const crypto::sha1_octets& hash, std::size_t length) {
  return to_base64(hash).substr(0, length);
}

bool has_hash_form(std::string_view text) {
  const auto fits = [](char c) { return is_alnum(c) || c == '/' || c == '+'; };
  return text.size() >= hash_length_least && text.size() <= hash_length_most
         && std::ranges::all_of(text, fits);
}

}  // namespace signpost::srs
