// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The keys that a running node signs with, from its key directory.
//
// Threads: any.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "actors/signing/signing_keys.hpp"
#include "apps/config/dkim_key_watch.hpp"

namespace signpost {

class node_signing {
 public:
  /// Reads the keys of the directory; without a directory this node does not sign.
  void start(std::optional<std::string> directory);
  /// Checks for changes; they are in force when this returns. Unusable files are logged, and the
  /// previous keys stay in use.
  void refresh();
  /// Warns if mail is sent without the service's own signature. `service_domain` as in the
  /// settings.
  void warn_unsigned(const std::string& service_domain) const;

  [[nodiscard]] const actors::signing_keys& keys() const { return keys_; }

 private:
  std::mutex mutex_;  ///< of `watch_`
  std::optional<config::dkim_key_watch> watch_;
  actors::signing_keys keys_;
};

}  // namespace signpost
