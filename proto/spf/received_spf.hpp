// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The `Received-SPF:` field (RFC 7208 §9.1).
//
// Threads: pure functions. Text from strangers stays inside its comment or quotes.
#pragma once

#include <string>
#include <string_view>

#include "base/ip.hpp"
#include "proto/spf/evaluation.hpp"

namespace signpost::spf {

/// `Received-SPF: pass (mx.example.net: …) receiver=…; client-ip=…; …`, folded, with CRLF.
/// `our_host` is the host that checked.
[[nodiscard]] std::string received_spf_field(const check_request& request,
                                             const check_result& result, std::string_view our_host);

/// One sentence about the result, for the comment and for replies. ASCII on one line.
[[nodiscard]] std::string describe(const check_request& request, const check_result& result);

}  // namespace signpost::spf
