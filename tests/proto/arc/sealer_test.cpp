// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/arc/sealer.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/proto/arc/support.hpp"

namespace signpost::arc {
namespace {

result<sealed_set> seal_it(const std::string& message, chain_status status,
                           const sealer_options& options = test_sealer(),
                           const std::string& results = "mx.example.org; arc=none") {
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  return seal_message(hasher, status, results, options, dkim::test_time);
}

TEST(ArcSealer, FirstSetSaysNone) {
  const auto set = seal_it(dkim::test_message(), chain_status::none).value();
  EXPECT_EQ(set.instance, 1U);
  EXPECT_TRUE(set.text().starts_with("ARC-Seal: a=ed25519-sha256;"));
  EXPECT_NE(set.seal.find("cv=none; d=example.org; i=1; s=ed;"), std::string::npos) << set.seal;
  EXPECT_TRUE(set.results.starts_with("ARC-Authentication-Results: i=1; mx.example.org;"));
}

TEST(ArcSealer, CoversDkimSignatures) {
  const auto message = dkim::signed_message(dkim::test_message(), dkim::rsa_options());
  const auto chained = sealed(message);
  EXPECT_EQ(outcome(validate(chained)), "pass");
  EXPECT_EQ(dkim::outcome(dkim::verify(chained)), "pass");
  EXPECT_EQ(
      outcome(validate(dkim::replaced(chained, "DKIM-Signature: v=1", "DKIM-Signature: v=2"))),
      "fail: ARC-Message-Signature: signature did not verify");
}

TEST(ArcSealer, FailedChainIsSealedOnceAndAlone) {
  const auto broken = dkim::replaced(sealed_times(2), "arc=none; dkim=pass", "arc=none; dkim=fail");
  const auto set = seal_it(broken, validate(broken).status).value();
  EXPECT_EQ(set.instance, 3U);
  EXPECT_NE(set.seal.find("cv=fail"), std::string::npos);
  const auto message = set.text() + broken;
  EXPECT_EQ(outcome(validate(message)), "fail: seal 3 says cv=fail");
  EXPECT_EQ(seal_it(message, chain_status::fail).error().code, errc::denied);

  // RFC 8617 §5.1.2: the seal covers the three fields of its own set and nothing else.
  const auto own = set.text();
  const imf::message_view view(own);
  dkim::message_hasher hasher(view);
  const auto chain = read_chain(hasher);
  const auto parsed = parse_seal(hasher.field(hasher.find_all("ARC-Seal")[0]).value).value();
  const auto relaxed = dkim::canonicalization::relaxed;
  crypto::digest digest(crypto::digest_algorithm::sha256);
  digest.update(hasher.canonical(hasher.find_all(results_name)[0], relaxed));
  digest.update(hasher.canonical(hasher.find_all(message_signature_name)[0], relaxed));
  digest.update(dkim::canonical_without(hasher.field(hasher.find_all(seal_name)[0]),
                                        parsed.raw_octets, relaxed));
  EXPECT_TRUE(
      dkim::ed25519_key()->public_half().verify(dkim::finish_sha256(digest), parsed.octets));
}

TEST(ArcSealer, BrokenFormIsSealedAsFailWhateverIsSaid) {
  const auto broken = dkim::replaced(sealed_times(2), "ARC-Seal:", "X-Seal:");
  const auto set = seal_it(broken, chain_status::pass).value();
  EXPECT_EQ(set.instance, 3U);
  EXPECT_NE(set.seal.find("cv=fail"), std::string::npos);
}

TEST(ArcSealer, RefusesWhatCannotBeWritten) {
  const auto message = dkim::test_message();
  const auto code = [&](const sealer_options& options, const std::string& results) {
    const auto got = seal_it(message, chain_status::none, options, results);
    return got ? "sealed" : std::string(to_string(got.error().code));
  };
  EXPECT_EQ(code(test_sealer(), "mx.example.org; none\r\nX: y"), "malformed");
  EXPECT_EQ(code(test_sealer(), "mx.example.org; none\nX: y"), "malformed");
  EXPECT_EQ(code(test_sealer(), ""), "malformed");
  auto options = test_sealer();
  options.domain = "a b";
  EXPECT_EQ(code(options, "mx; none"), "malformed");
  for (const char* never : {"arc-seal", "authentication-results"}) {
    options = test_sealer();
    options.fields.names.emplace_back(never);
    options.fields.oversigned.emplace_back(never);
    EXPECT_EQ(code(options, "mx; none"), "malformed") << never;
  }
  options = test_sealer();
  options.key = nullptr;
  EXPECT_EQ(code(options, "mx; none"), "malformed");
}

TEST(ArcSealer, FiftySetsPassAndTheNextIsRefused) {
  const auto start = std::chrono::steady_clock::now();
  const auto message = sealed_times(instances_max);
  EXPECT_EQ(outcome(validate(message)), "pass");
  EXPECT_EQ(seal_it(message, chain_status::pass).error().code, errc::limit_exceeded);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds{20});
}

}  // namespace
}  // namespace signpost::arc
