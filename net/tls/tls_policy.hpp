// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What all our TLS contexts have in common: versions, groups, suites, and what a peer may
// request once a session is established. For the files of net/ only.
//
// A handshake runs on the loop, with everyone else's mail waiting behind it. So nothing is offered
// that makes one expensive: no finite-field Diffie-Hellman (ffdhe8192 is 120 ms of arithmetic for
// one hello), no large curves, no client certificates, no renegotiation.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "net/tls/tls_context.hpp"

struct ssl_method_st;
struct ssl_st;

namespace signpost::net {

/// Messages of the TLS layer itself (key updates, alerts, attempts to renegotiate) that a peer may
/// send in one session after its handshake; then the connection is cut. A peer that changes its
/// keys every 2^24 records, as RFC 8446 §5.5 recommends, has transferred terabytes by then.
inline constexpr int tls_messages_max = 256;

/// A context of TLS 1.2 and 1.3 (RFC 8996 §4, §5: the older ones MUST NOT be used).
result<std::shared_ptr<ssl_ctx_st>> new_tls_context(const ssl_method_st* method, tls_suites suites);

/// The session was cut for that reason. The owner of the connection reports it, because it knows
/// the client.
[[nodiscard]] bool is_misused(const ssl_st* session);

/// Warns of a key that makes each handshake slow, or that few peers trust.
void judge_key(ssl_ctx_st* context, std::string_view file);

}  // namespace signpost::net
