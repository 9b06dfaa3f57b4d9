// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Chains for the tests of ARC, with the keys of the tests of DKIM.
#pragma once

#include <string>

#include "proto/arc/sealer.hpp"
#include "proto/arc/verifier.hpp"
#include "tests/proto/dkim/support.hpp"

namespace signpost::arc {

inline sealer_options test_sealer() {
  return {.domain = "example.org", .selector = "ed", .key = dkim::ed25519_key()};
}

inline std::string results_with(chain_status status) {
  return "mx.example.org;\r\n arc=" + std::string(to_string(status)) + "; dkim=pass";
}

inline validation validate(const std::string& message, verifier_options options = {},
                           const std::map<std::string, dkim::found_key>& zone = dkim::test_zone()) {
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  verifier arc(hasher, options);
  for (const auto& name : arc.questions()) {
    const auto at = zone.find(name);
    if (at != zone.end()) arc.answer(name, at->second);
  }
  return arc.finish(dkim::test_time);
}

/// `message` with one more set, whose status is what validation finds.
inline std::string sealed(const std::string& message,
                          const sealer_options& options = test_sealer()) {
  const auto status = validate(message).status;
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  const auto set = seal_message(hasher, status, results_with(status), options, dkim::test_time);
  return set.value().text() + message;
}

inline std::string sealed_times(unsigned times) {
  auto message = dkim::test_message();
  for (unsigned i = 0; i < times; ++i) message = sealed(message);
  return message;
}

inline std::string outcome(const validation& v) {
  const std::string word(to_string(v.status));
  return v.reason.empty() ? word : word + ": " + v.reason;
}

}  // namespace signpost::arc
