// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A whole message with signatures: parsed, hashed and verified with a key for whatever is asked.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "proto/dkim/signer.hpp"
#include "proto/dkim/verifier.hpp"

namespace signpost {
namespace {

const dkim::found_key& some_key() {
  static const auto key = dkim::read_key(
      {.status = dns::status::records,
       .records = {{.text = "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}}});
  return key;
}

void run(std::string_view text) {
  const imf::message_view view(text);
  dkim::message_hasher hasher(view);
  dkim::verifier verifier(hasher);
  for (const auto& name : verifier.questions()) verifier.answer(name, some_key());
  const auto got = verifier.finish(wall_time{seconds{1'790'000'000}});
  SP_ASSERT(got.signatures.size() <= dkim::signatures_max);
  // The body in two pieces hashes as in one.
  std::string whole;
  std::string halves;
  dkim::relaxed_body first;
  dkim::relaxed_body second;
  const auto to_whole = [&](std::string_view piece) { whole += piece; };
  const auto to_halves = [&](std::string_view piece) { halves += piece; };
  first.update(text, to_whole);
  first.finish(to_whole);
  second.update(text.substr(0, text.size() / 2), to_halves);
  second.update(text.substr(text.size() / 2), to_halves);
  second.finish(to_halves);
  SP_ASSERT(whole == halves);
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
