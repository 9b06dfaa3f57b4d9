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
#include <utility>
#include <vector>

#include "apps/config/dkim_key_watch.hpp"
#include "apps/signpostd/node/key_record_watch.hpp"
#include "base/clock.hpp"
#include "cluster/signing/key_signer.hpp"

namespace signpost {

/// Makes an RSA key if the domain has no key at all, and tells its record in the log; it signs when
/// the record is in the DNS. Not for a name of one label, whose record nobody could publish.
/// Nothing that goes wrong keeps the node from starting: it is told, and mail goes unsigned.
void make_first_key(const std::string& directory, const std::string& service_domain, wall_time now);

class node_signing {
 public:
  explicit node_signing(const clock& time) : time_(time) {}

  /// Reads the keys of the directory; without a directory this node does not sign.
  void start(std::optional<std::string> directory);
  /// Checks for changes; they are in force when this returns. Unusable files are logged, and the
  /// previous keys stay in use.
  void refresh();
  /// Looks for the records of keys that wait for them, and lets those sign that are there.
  /// `resolver` is always the same, and outlives this. To be called every few seconds.
  void look_for_records(dns::resolver& resolver);
  /// Warns if mail is sent without the service's own signature. `service_domain` as in the
  /// settings.
  void warn_unsigned(const std::string& service_domain) const;

  /// Makes the signer of the node with these names.
  void name(cluster::service_names own) {
    own_domain_ = own.domain;
    signer_.emplace(keys_, time_, std::move(own));
  }
  /// After `name`.
  [[nodiscard]] cluster::signer& signer() { return *signer_; }

 private:
  /// True if one of them signs now.
  [[nodiscard]] bool activate(const std::vector<config::dkim_key>& seen);

  mutable std::mutex mutex_;  ///< of `watch_` and the records
  std::optional<config::dkim_key_watch> watch_;
  std::optional<key_record_watch> own_records_;    ///< of the service's domain: waits for nobody
  std::optional<key_record_watch> other_records_;
  std::string own_domain_;
  const clock& time_;
  cluster::signing_keys keys_;
  std::optional<cluster::key_signer> signer_;
};

}  // namespace signpost
