// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A certificate authority of one's own, for certificates that both ends of a connection show.
//
//     SP_TRY(const auto authority, make_authority("Signpost cluster", now, now + hours(87'600)));
//     SP_TRY(const auto node, issue_certificate(authority, {.common_name = "mx1",
//                                                           .uris = {"signpost://…"},
//                                                           .from = now, .until = now + days}));
//
// Keys are on P-256. Nothing is written to a disk here.
//
// Threads: functions of their arguments.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace signpost::net {

/// Both PEM. The key is a secret.
struct certificate_pair {
  std::string certificate;
  std::string key;
};

/// What stands in a certificate that is used by both a client and a server.
struct certificate_facts {
  std::string common_name;
  std::vector<std::string> uris;  ///< subjectAltName; at least one
  wall_time from{};
  wall_time until{};
  friend bool operator==(const certificate_facts&, const certificate_facts&) = default;
};

/// A self-signed certificate that may sign others, but no other authority. errc::unavailable.
result<certificate_pair> make_authority(const std::string& name, wall_time from, wall_time until);

/// A new key and a certificate for it, valid no longer than the authority's own. errc::malformed if
/// the authority cannot be read, its key does not belong to it, or a URI has characters that URIs
/// have not; errc::unavailable.
result<certificate_pair> issue_certificate(const certificate_pair& authority,
                                           const certificate_facts& facts);

/// Of a file with certificates or a key.
inline constexpr std::size_t pem_octets_max = 64 * 1024;
/// A file with certificates. errc::not_found, errc::denied, errc::limit_exceeded (pem_octets_max);
/// the text names it.
result<std::string> read_pem_file(const std::string& path);

/// The first certificate in a PEM text. errc::malformed.
result<certificate_facts> read_certificate(std::string_view pem);
/// Why the first certificate of `pem` is not accepted at `now` by whoever trusts the authorities in
/// `ca_pem` alone; a value if it is, as a client's and as a server's. Those behind it may be
/// between it and an authority. errc::denied, or errc::malformed if there is no certificate in one.
result<void> check_certificate(std::string_view pem, std::string_view ca_pem, wall_time now);
/// errc::malformed: the key cannot be read, or belongs to another certificate.
result<void> check_key(std::string_view certificate_pem, std::string_view key_pem);

}  // namespace signpost::net
