// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Keys, a zone and a message for the tests of DKIM and ARC.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/text.hpp"
#include "proto/dkim/signer.hpp"
#include "proto/dkim/verifier.hpp"

namespace signpost::dkim {

inline constexpr wall_time test_time{seconds{1'790'000'000}};

inline std::shared_ptr<const crypto::signing_key> rsa_key() {
  static const auto key = std::make_shared<const crypto::signing_key>(
      crypto::signing_key::generate(crypto::key_type::rsa).value());
  return key;
}

inline std::shared_ptr<const crypto::signing_key> ed25519_key() {
  static const auto key = std::make_shared<const crypto::signing_key>(
      crypto::signing_key::ed25519_from_seed(std::string(32, 'k')).value());
  return key;
}

inline found_key key_from(const std::string& text) {
  return read_key({.status = dns::status::records, .records = {{.text = text}}});
}

/// The keys of example.org: selectors `rsa` and `ed`.
inline std::map<std::string, found_key> test_zone() {
  static const std::map<std::string, found_key> zone{
      {"rsa._domainkey.example.org", key_from(key_record_text(rsa_key()->public_half()))},
      {"ed._domainkey.example.org", key_from(key_record_text(ed25519_key()->public_half()))}};
  return zone;
}

inline signer_options rsa_options() {
  return {.domain = "example.org", .selector = "rsa", .key = rsa_key()};
}

inline signer_options ed25519_options() {
  return {.domain = "example.org", .selector = "ed", .key = ed25519_key()};
}

inline std::string test_message() {
  return "Received: from a.example by b.example; Mon, 23 Nov 2026 20:46:00 +0000\r\n"
         "From: Ada <ada@example.org>\r\n"
         "To: Bob <bob@example.net>\r\n"
         "Subject: A  folded\r\n subject \r\n"
         "Date: Mon, 23 Nov 2026 20:46:00 +0000\r\n"
         "Message-ID: <1@example.org>\r\n"
         "\r\n"
         "Dear  Bob,\t\r\n"
         "\r\n"
         "see you.\r\n"
         "\r\n\r\n";
}

inline verification verify(const std::string& message,
                           const std::map<std::string, found_key>& zone = test_zone(),
                           verifier_options options = {}, wall_time now = test_time) {
  const imf::message_view view(message);
  message_hasher hasher(view);
  verifier dkim(hasher, options);
  for (const auto& name : dkim.questions()) {
    const auto at = zone.find(name);
    if (at != zone.end()) dkim.answer(name, at->second);
  }
  return dkim.finish(now);
}

/// The verdict and reason of the only signature: "fail: expired".
inline std::string outcome(const verification& v) {
  if (v.signatures.size() != 1) return std::to_string(v.signatures.size()) + " signatures";
  const auto& one = v.signatures.front();
  const std::string word(to_string(one.verdict));
  return one.reason.empty() ? word : word + ": " + one.reason;
}

inline std::string signed_message(const std::string& message, const signer_options& options) {
  const imf::message_view view(message);
  message_hasher hasher(view);
  return sign(hasher, options, test_time).value() + message;
}

inline std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  return at == std::string::npos ? "not found: " + std::string(what)
                                 : text.replace(at, what.size(), with);
}

}  // namespace signpost::dkim
