// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A whole message with a chain: read, validated with a key for whatever is asked, and sealed.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "proto/arc/sealer.hpp"
#include "proto/arc/verifier.hpp"

namespace signpost {
namespace {

std::shared_ptr<const crypto::signing_key> signing_key() {
  static const auto key = std::make_shared<const crypto::signing_key>(
      crypto::signing_key::ed25519_from_seed(std::string(crypto::ed25519_octets, 'k')).value());
  return key;
}

arc::sealer_options options() {
  return {.domain = "example.org", .selector = "s", .key = signing_key()};
}

const dkim::found_key& its_key() {
  static const auto key =
      dkim::read_key({.status = dns::status::records,
                      .records = {{.text = dkim::key_record_text(signing_key()->public_half())}}});
  return key;
}

void run(std::string_view text) {
  const wall_time now{seconds{1'790'000'000}};
  const imf::message_view view(text);
  dkim::message_hasher hasher(view);
  arc::verifier verifier(hasher);
  for (const auto& name : verifier.questions()) verifier.answer(name, its_key());
  const auto got = verifier.finish(now);
  SP_ASSERT(got.highest <= arc::instances_max);
  const auto set = arc::seal_message(hasher, got.status, "mx.example.org; none", options(), now);
  SP_ASSERT(!set || set->instance == got.highest + 1);
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
