// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Signed links of verification mails, and the page behind them.
//
//     <public_url>/verify?account=…&id=…&expires=…&signature=…
//     <public_url>/verify/stop?mailbox=…&signature=…
//
// The signature is HMAC-SHA256 (RFC 2104) with the node's key over what precedes it, in base64url
// (RFC 4648 §5). An address that is deleted and created again has another id, so its old links are
// void. Nothing is stored for a link. The second link is for people who did not ask for the mail:
// it stops further ones to the mailbox (mail_allowance.hpp), belongs to the mailbox and not to the
// address, and so outlives both address and account.
//
// Threads: any.
#pragma once

#include <optional>
#include <string>

#include "api/frame/rest_call.hpp"

namespace signpost::api {

/// How long a link is valid.
inline constexpr std::chrono::hours link_lifetime{7 * 24};

[[nodiscard]] std::string verification_link(const rest_world& world,
                                            const model::destination_address& address);

/// The mail with the link, to the address.
[[nodiscard]] own_mail verification_mail(const rest_world& world,
                                         const model::destination_address& address);

[[nodiscard]] std::string stop_link(const rest_world& world, std::string_view email);

/// Answers `/verify` and `/verify/stop`; nothing for another path. GET shows a page with a button,
/// POST does what the button says: mail scanners follow links, but do not press buttons.
[[nodiscard]] std::optional<net::http_response> verification_page(const rest_world& world,
                                                                  const net::http_request& request);

/// True for what opens on the node's own machine alone: `http://127.0.0.1:9980`.
[[nodiscard]] bool is_loopback_url(std::string_view url);

}  // namespace signpost::api
