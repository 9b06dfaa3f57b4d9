// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A destination as it may be logged.
#pragma once

#include <string>
#include <string_view>

#include "base/log.hpp"
#include "model/routing/webhook_url.hpp"

namespace signpost::actors {

/// A mailbox as the operator allows; for a webhook, scheme and host only, because path and query of
/// its URL are often its password.
[[nodiscard]] inline std::string loggable_destination(std::string_view destination) {
  if (!model::is_webhook_url(destination)) return loggable_address(destination);
  return model::webhook_origin(destination).value_or("webhook");
}

}  // namespace signpost::actors
