// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Posts copies to webhooks: an interface, so that delivery can be tested without HTTP. The real one
// is web_poster.hpp.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/body.hpp"
#include "base/result.hpp"

namespace signpost::actors {

struct webhook_post {
  std::string url;
  std::string tenant = {};                                  ///< whose rule it is; empty: unknown
  std::vector<std::pair<std::string, std::string>> fields;  ///< name and value, as sent
  /// One more field, from the SHA-256 of the content in hexadecimal; may be omitted.
  std::function<std::pair<std::string, std::string>(std::string_view content_digest)> sign;
  std::vector<body_ptr> content;  ///< in order; a rest is read twice, for the digest and for
                                  ///< sending
};

/// A response with any status.
struct webhook_answer {
  int status = 0;
  std::string phrase;       ///< the status in words: `Service Unavailable`
  std::string retry_after;  ///< the field's value; empty = none
  std::string server;       ///< IP address; empty = unknown
};

class webhook_poster {
 public:
  virtual ~webhook_poster() = default;
  /// Sends one POST. `done` is called exactly once, from any thread, perhaps inside this call. Its
  /// errors are those of net/http/web_client.hpp: errc::malformed and errc::denied are permanent,
  /// all others may be temporary.
  virtual void post(webhook_post what, std::function<void(result<webhook_answer>)> done) = 0;
};

}  // namespace signpost::actors
