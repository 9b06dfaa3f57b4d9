// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What TLS needs before a connection: our certificate as a server, our trust as a client.
//
// Both speak TLS 1.2 and later (RFC 8996). A server with a declared protocol takes part in ALPN
// (RFC 7301); otherwise ALPN is ignored. What is offered is defined in net/tls/tls_policy.hpp:
// groups X25519, P-256 and P-384 only, no renegotiation, no early data, ticket keys that change.
// Threads: any, at the same time; one context is shared by all loops.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret_file.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace signpost::net {

class tls_ticket_keys;

/// A certificate chain and its private key, both PEM.
struct tls_key_pair_files {
  std::string certificate;
  std::string key;
};

/// The protocol of a session, for ALPN.
enum class tls_protocol : std::uint8_t {
  any,     ///< SMTP, which has no ALPN name: what a client offers is ignored
  http_1,  ///< `http/1.1`; a client that offers only others is refused (RFC 7301 §3.2)
};

/// Which TLS 1.2 suites are offered; TLS 1.3 always has all of its own.
enum class tls_suites : std::uint8_t {
  modern,      ///< forward secrecy, no SHA-1
  compatible,  ///< also CBC with SHA-1 and RSA key exchange, for peers that support nothing else
};

struct tls_server_options {
  tls_suites suites = tls_suites::modern;
  /// How long a key issues session tickets; it accepts them for the same time again.
  milliseconds ticket_key_lifetime = std::chrono::hours(1);
};

inline constexpr milliseconds tls_reload_retry{60'000};

/// The server's side. Follows its files: a renewed certificate is loaded without a restart, and a
/// broken one leaves the old one in use.
class tls_server_context {
 public:
  /// errc::not_found or errc::denied if a file cannot be read, errc::malformed if it does not
  /// contain a certificate or key, or if they do not match; the text names the file. The key is a
  /// secret: others must not be able to read it (base/secret_file.hpp).
  static result<std::shared_ptr<tls_server_context>> load(
      tls_key_pair_files files, tls_server_options options = {},
      const secret_reader& reader = secret_reader::this_process());

  /// Loads the pair again if a file's time of change, size, inode, owner or mode differs from the
  /// last check. True if a new pair is now in use. Fails as `load` does and keeps the old pair;
  /// then it tries again when the files change, and otherwise every `tls_reload_retry`, because the
  /// obstacle (no descriptor, a missing permission) may have disappeared.
  result<bool> reload_if_changed();

  /// A new OpenSSL session with the pair in use; null if there is no memory. For net/ only.
  [[nodiscard]] ssl_st* new_session(tls_protocol spoken = tls_protocol::any) const;

 private:
  struct fingerprint {
    std::int64_t changed_ns = -1;  ///< the content, or owner and mode
    std::int64_t size = -1;
    std::uint64_t inode = 0;
    friend bool operator==(const fingerprint&, const fingerprint&) = default;
  };
  struct fingerprints {
    fingerprint certificate;
    fingerprint key;
    friend bool operator==(const fingerprints&, const fingerprints&) = default;
  };

  tls_server_context(tls_key_pair_files files, tls_server_options options);
  static fingerprint look_at(const std::string& path);
  [[nodiscard]] fingerprints look() const;

  const tls_key_pair_files files_;
  const tls_server_options options_;
  const std::shared_ptr<tls_ticket_keys> tickets_;
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> context_;  // guarded by mutex_
  std::mutex reload_mutex_;
  fingerprints seen_;                   // guarded by reload_mutex_
  std::optional<steady_time> retry_at_;  // guarded by reload_mutex_; set: the last load failed
};

struct tls_client_options {
  /// Trust the operating system's roots.
  bool system_roots = true;
  /// Trust the certificates of this PEM file too; empty = none.
  std::string ca_file;
};

/// The client's side: opportunistic (RFC 7435). The peer's certificate is checked against the roots
/// and the name, and the result is in `tls_state`; the handshake continues in any case.
class tls_client_context {
 public:
  /// errc::malformed if the CA file does not contain a certificate, errc::not_found if it cannot be
  /// read.
  static result<std::shared_ptr<tls_client_context>> make(const tls_client_options& options = {});

  /// A new OpenSSL session; null if there is no memory. For net/ only.
  [[nodiscard]] ssl_st* new_session() const;

 private:
  explicit tls_client_context(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st> context_;
};

/// Creates a self-signed certificate for `host_name` (P-256, ten years, subjectAltName) and writes
/// key (mode 0600) and certificate, each complete or not at all. For a node without a certificate:
/// senders that encrypt opportunistically do not check who signed it. errc::conflict if one
/// of the files exists, errc::denied or errc::no_space if one cannot be written, errc::malformed if
/// `host_name` cannot be in a certificate.
result<void> make_self_signed(std::string_view host_name, const tls_key_pair_files& files);

/// Removes all errors from OpenSSL's queue of this thread and returns the text of the last one.
std::string openssl_error_text();

}  // namespace signpost::net
