// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The signing keys, from a key directory that may change at any time. Only changes are read again;
// a domain whose files become unusable keeps its previous keys, and so do all domains when the
// directory loses all keys at once.
//
// Threads: one at a time. Not done: it does not watch the directory; call refresh() every few
// seconds.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/config/dkim_keys.hpp"

namespace signpost::config {

class dkim_key_watch {
 public:
  explicit dkim_key_watch(std::string directory) : keys_(std::move(directory)) {}

  struct news {
    bool changed = false;
    /// Unusable files, each reported once until it changes.
    std::vector<error> faults;
  };
  /// A few system calls for each domain if nothing has changed. Unusable files are checked again
  /// each time.
  news refresh();
  /// For all domains, in order; for each domain RSA before Ed25519.
  [[nodiscard]] std::vector<dkim_key> current() const;
  /// Those that are to be activated once their record is in the DNS.
  [[nodiscard]] std::vector<dkim_key> awaited() const;
  /// The directory, for changes.
  [[nodiscard]] dkim_keys& directory() { return keys_; }

 private:
  struct file_mark {
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_s = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const file_mark&, const file_mark&) = default;
  };
  struct domain_keys {
    std::optional<file_mark> mark;
    std::vector<dkim_key> keys;  ///< active
    std::vector<dkim_key> awaited;
    std::optional<error> awaited_fault;
    std::optional<error> fault;
  };
  [[nodiscard]] static std::optional<file_mark> look(const std::string& path);
  void refresh_domain(const std::string& name, news& out);
  void refresh_awaited(const std::string& name, domain_keys& domain, news& out);

  dkim_keys keys_;
  std::map<std::string, domain_keys> domains_;
  std::optional<error> fault_;  ///< of the directory as a whole
};

}  // namespace signpost::config
