// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How a copy is posted to a webhook.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::actors {

/// What the header fields tell a webhook (actors/signing/webhook_signing.hpp).
struct webhook_order {
  std::string url;
  std::vector<std::pair<std::string, std::string>> fields;
  /// One more field, from the SHA-256 of the content in hexadecimal.
  std::function<std::pair<std::string, std::string>(std::string_view content_digest)> sign;
};

}  // namespace signpost::actors
