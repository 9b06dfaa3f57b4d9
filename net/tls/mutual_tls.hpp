// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// TLS 1.3 between parties that both show a certificate of an authority of their own.
//
//     SP_TRY(auto context, mutual_tls_context::load({.certificate = c, .key = k, .authority = a}));
//     made->start_tls_mutual({.context = context, .as_server = true, .judge = judge});
//
// A certificate is accepted if it chains to an authority of the file, is valid now, is meant for
// the side that shows it, and `judge` accepts it. All of that happens in the handshake. Nothing is
// resumed: each connection is judged.
//
// Threads: any, at the same time; one context serves all loops.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret_file.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace signpost::net {

/// All PEM. The authority's file may have several certificates, so that one can replace another.
struct mutual_tls_files {
  std::string certificate;
  std::string key;
  std::string authority;
};

/// Octets of the certificates that a peer may show.
inline constexpr long peer_certificates_octets_max = 16 * 1024;

class mutual_tls_context {
 public:
  /// As tls_server_context::load, and errc::malformed if there is no authority.
  static result<std::shared_ptr<mutual_tls_context>> load(
      mutual_tls_files files, const secret_reader& reader = secret_reader::this_process());

  /// Loads the files again if one of them was replaced or changed. True if the new ones are in use.
  /// Fails as `load` and keeps the old ones; then it tries again when one changes, and otherwise
  /// every `tls_reload_retry`. What is connected stays so.
  result<bool> reload_if_changed();

  /// A new OpenSSL session; null if there is no memory. For net/ only.
  [[nodiscard]] ssl_st* new_session() const;

 private:
  using fingerprint = std::array<std::int64_t, 3>;

  explicit mutual_tls_context(mutual_tls_files files) : files_(std::move(files)) {}
  [[nodiscard]] std::array<fingerprint, 3> look() const;

  const mutual_tls_files files_;
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> context_;  // guarded by mutex_
  std::mutex reload_mutex_;
  std::array<fingerprint, 3> seen_{};    // guarded by reload_mutex_
  std::optional<steady_time> retry_at_;  // guarded by reload_mutex_
};

struct peer_certificate {
  std::vector<std::string> uris;
  wall_time until{};
};

/// An error refuses the peer.
using peer_judge = std::function<result<void>(const peer_certificate& peer)>;

struct mutual_handshake {
  std::shared_ptr<const mutual_tls_context> context;
  bool as_server = false;
  peer_judge judge;
  std::string refusal = {};  ///< why the peer's certificate was not accepted
};

/// Has `how`, which must outlive the session, judge what its peer shows. For net/ only.
void judge_peer(ssl_st* session, mutual_handshake& how);

}  // namespace signpost::net
