// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Who posts copies to webhooks: a seam, so that delivery can be tested without HTTP. The real one
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
  std::string tenant = {};  ///< by whose rule; empty: nobody says
  std::vector<std::pair<std::string, std::string>> fields;  ///< name and value, as they are sent
  /// One more, from the SHA-256 of the content in hexadecimal; it may be left out.
  std::function<std::pair<std::string, std::string>(std::string_view content_digest)> sign;
  std::vector<body_ptr> content;  ///< in order; a rest is read twice, for the digest and to be sent
};

/// A response of any status.
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
  /// errors are those of net/web_client.hpp: errc::malformed and errc::denied will not go away,
  /// all others may.
  virtual void post(webhook_post what, std::function<void(result<webhook_answer>)> done) = 0;
};

}  // namespace signpost::actors
