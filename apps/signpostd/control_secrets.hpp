// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the control plane creates at its first start and keeps: the administrator's token, the key
// of signed links, the key from which webhooks' secrets are derived.
//
// Threads: functions of their arguments.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "model/control/control_store.hpp"

namespace signpost {

/// Creates the first account and the administrator's first token, if there is none, and writes the
/// token to `path`, which must not exist (errc::conflict), with mode 0600. True if that was done. A
/// file that cannot be written is not a failure: the log tells how to get another token.
result<bool> prepare_administrator(model::control_store& store, const std::string& path,
                                   const clock& time, random_source& random);

/// The key of signed links, 32 octets; created and stored at the first call.
result<std::string> prepare_link_key(model::control_store& store, const clock& time,
                                     random_source& random);

/// The key in `path`: 64 hexadecimal digits, created there (0600) at the first call.
/// errc::malformed if the file has other contents.
result<std::string> prepare_webhook_key(const std::string& path, random_source& random);

}  // namespace signpost
