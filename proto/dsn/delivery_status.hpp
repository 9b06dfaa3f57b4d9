// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The machine-readable part of a report: RFC 3464 §2, with the address forms of RFC 6533 §3.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "proto/dsn/report.hpp"

namespace signpost::dsn {

/// The fields of message/delivery-status, or of message/global-delivery-status if `utf8`, without
/// MIME header.
[[nodiscard]] std::string delivery_status_fields(const report& r, bool utf8);

/// `rfc822; user@example.org`, or for an address that is not ASCII `utf-8; …`: unchanged if `utf8`
/// (utf-8-addr-unitext), else with `\x{…}` for what is not ASCII (utf-8-addr-xtext).
[[nodiscard]] std::string typed_address(std::string_view address, bool utf8);

/// `status` if it is an enhanced code (RFC 3463 §2) of a class that fits `kind`, otherwise `5.0.0`
/// or `4.0.0`.
[[nodiscard]] std::string fitting_status(std::string_view status, report_kind kind);

/// The server's text on one line, cut to `diagnostic_octets_max`, without the hidden address.
[[nodiscard]] std::string safe_diagnostic(const recipient_status& recipient, bool utf8);

}  // namespace signpost::dsn
