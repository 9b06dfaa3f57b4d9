// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What one copy of a message gets besides signatures: envelope sender, Received, X-Forwarded-*.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "actors/interfaces.hpp"
#include "base/clock.hpp"
#include "model/queue/envelope.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/smtp/client_session.hpp"
#include "proto/srs/rewriter.hpp"

namespace signpost::actors {

/// The envelope sender: rewritten (SRS) into `alias`, a domain of ours; the null sender stays null.
[[nodiscard]] std::string sender_of(const delivery_job& job, const srs::rewriter& rewriter,
                                    const std::string& alias, wall_time now);

/// Our `Received:` with CRLF (RFC 5321 §4.4). It names the recipient only if there is but one.
[[nodiscard]] std::string received_of(const delivery_job& job, const std::string& host_name);

/// `X-Forwarded-To: <destination>` and `X-Forwarded-For: <original> <destination>`, with CRLF, if
/// the message has exactly one recipient; otherwise, for webhooks, and for addresses that cannot be
/// written in a field, empty.
[[nodiscard]] std::string forwarded_fields_of(const delivery_job& job);

/// Whether the other side must offer SMTPUTF8 for a message of this header section.
[[nodiscard]] bool needs_smtputf8(const smtp::outgoing_message& m, const model::message_record& r,
                                  const imf::message_view& view);

}  // namespace signpost::actors
