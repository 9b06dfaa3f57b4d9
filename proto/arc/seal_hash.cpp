// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/arc/seal_hash.hpp"

namespace signpost::arc {

namespace {

template <typename Take>
void take_set(dkim::message_hasher& hasher, const arc_set& set, const Take& take) {
  for (const auto index : {set.results_field, set.message_signature_field, set.seal_field}) {
    take(hasher.canonical(index, dkim::canonicalization::relaxed));
  }
}

}  // namespace

void append_seal_text(dkim::message_hasher& hasher, const arc_set& set, std::string& text) {
  take_set(hasher, set, [&](std::string_view field) { text += field; });
}

void seal_hasher::add(const arc_set& set) {
  take_set(hasher_, set, [&](std::string_view field) { digest_.update(field); });
}

crypto::sha256_octets seal_hasher::hash_of_next(std::string_view results_field,
                                                std::string_view message_signature_field,
                                                std::string_view own) const {
  auto digest = digest_.fork();
  digest.update(results_field);
  digest.update(message_signature_field);
  digest.update(own);
  return dkim::finish_sha256(digest);
}

}  // namespace signpost::arc
