// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The reply to EHLO as a value (RFC 5321 §4.1.1.1).
#pragma once

#include "proto/smtp/client_session.hpp"

namespace signpost::smtp {

/// What a positive reply to EHLO offers. Unknown keywords are skipped, and so are known ones with
/// arguments that cannot be read.
capabilities parse_capabilities(const reply& ehlo);

}  // namespace signpost::smtp
