// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The way there and back of a sender, and what was changed on the way. The input is: the place of
// the change, the sender in one line, an address that claims to come back.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/address/mailbox.hpp"
#include "proto/srs/rewriter.hpp"
#include "proto/srs/timestamp.hpp"
#include "tests/fuzz/input.hpp"

namespace signpost {
namespace {

constexpr wall_time now{seconds{1'790'000'000}};

// A long hash, so that no fuzzer finds one by chance.
const srs::rewriter& rewriter() {
  static const srs::rewriter r({.secrets = {"a secret of some octets"},
                                .hash_length = 20,
                                .hash_length_min = 20,
                                .local_octets_max = 200});
  return r;
}

void check_round(const std::string& sender, std::uint8_t place) {
  const auto before = address::mailbox::parse_from_peer(sender);
  if (!before) return;
  const auto there = rewriter().forward(sender, "fwd.example", now);
  if (!there || *there == sender) return;
  const auto rewritten = address::mailbox::parse_from_peer(*there);
  SP_ASSERT(rewritten && rewritten->host().ascii() == "fwd.example");
  SP_ASSERT(srs::is_srs(rewritten->local()));
  const auto back = rewriter().reverse(*there, now);
  SP_ASSERT(back.has_value());
  if (!srs::is_srs(before->local())) {
    const auto after = address::mailbox::parse_from_peer(*back);
    SP_ASSERT(after && before->folded() == after->folded());
  }

  // Another letter anywhere in front of the domain is found out, unless its case alone differs.
  auto changed = *there;
  auto& octet = changed[place % there->find("@fwd.example")];
  if (!is_alnum(octet)) return;
  octet = ascii_lower(octet) == 'q' ? 'z' : 'q';
  SP_ASSERT(!rewriter().reverse(changed, now) || equals_ignoring_case(changed, *there));
}

void run(std::string_view text) {
  fuzz::input in(text);
  const auto place = in.octet();
  const std::string sender(in.line());
  check_round(sender, place);
  (void)rewriter().forward_or_fallback(sender, "fwd.example", now);
  (void)rewriter().reverse(in.rest(), now);
  (void)srs::timestamp_age(in.rest().substr(0, 2), now);
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
