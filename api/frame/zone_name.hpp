// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Names of zones at the edge of the API. They are stored as A-labels, and answered as Cloudflare
// answers them, in Unicode: a client that compares the name it sent with the one it got would
// otherwise take the zone for another one. Either form is accepted.
//
// Threads: functions of their arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace signpost::api {

/// `bücher.example` for `xn--bcher-kva.example`.
[[nodiscard]] std::string shown_name(std::string_view stored);

/// `xn--bcher-kva.example` for `Bücher.example`; what is no domain only in lower case.
[[nodiscard]] std::string stored_name(std::string_view text);

/// An address as it is, and with its domain in the other forms that differ from it by more than
/// case: for most addresses the first alone.
[[nodiscard]] std::vector<std::string> address_forms(std::string_view address);

}  // namespace signpost::api
