// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/support/dkim_lead.hpp"

#include <gtest/gtest.h>

#include "bench/support/message_template.hpp"
#include "proto/dkim/signer.hpp"
#include "proto/dkim/verifier.hpp"

namespace signpost::bench {
namespace {

TEST(SignedLoad, EveryMessageVerifies) {
  const dkim_identity who{.domain = "sender.example",
                          .selector = "load",
                          .key = std::make_shared<const crypto::signing_key>(
                              crypto::signing_key::generate(crypto::key_type::rsa).value())};
  const auto body = make_body(3000, message_header("r").text().size());
  const auto lead = sign_load(who, "r", body).value();
  message_header header("r", lead);
  const auto record = dkim::key_record_text(who.key->public_half());
  const auto key = dkim::read_key({.status = dns::status::records, .records = {{.text = record}}});
  for (const std::uint64_t number : {1, 99}) {
    header.patch(number, 1'000'000);
    const auto message = std::string(header.text()) + body.substr(0, body.size() - 3);
    const imf::message_view view(message);
    dkim::message_hasher hasher(view);
    dkim::verifier verifier(hasher);
    verifier.answer("load._domainkey.sender.example", key);
    EXPECT_TRUE(verifier.finish(wall_time{seconds{1'790'000'001}}).passed());
  }
}

}  // namespace
}  // namespace signpost::bench
