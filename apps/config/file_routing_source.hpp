// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The routing source for a zones file that may change at any time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "apps/config/zones_file.hpp"
#include "base/shared_slot.hpp"
#include "model/routing/routing_source.hpp"

namespace signpost::config {

/// Holds the table made from the zones file at `path`. A file that is unreadable, wrong or
/// implausible changes nothing: the table in force stays in force, and the snapshot is marked as
/// doubtful until the file is accepted again. Implausible means: no zones at all without
/// `allow_empty: true`, or the loss of more than half of more than `few_zones` zones, unless
/// `zone_count` in the file confirms that it is complete.
///
/// Threads: as routing_source says. Not done: it does not watch the file; call refresh() every few
/// seconds and when asked to (SIGHUP: refresh_now()).
class file_routing_source final : public model::routing_source {
 public:
  static constexpr std::size_t few_zones = 4;

  /// Fails as refresh() does if the file cannot be used at the start.
  static result<std::unique_ptr<file_routing_source>> open(std::string path,
                                                         model::node_identity node);

  /// Keeps the names of the zones in force in the file `memory`, so that a node notices if it
  /// starts with a file that has lost most of them. The contents of the file are then in force, but
  /// doubtful. Returns what is doubtful.
  std::optional<error> remember_in(std::string memory);

  [[nodiscard]] std::shared_ptr<const model::routing_snapshot> current() const override;
  /// Reads the file if its time, size or inode differ from those read last (a ConfigMap is swapped
  /// by a link, so the inode changes) and were the same at two checks, so that a file being copied
  /// is left alone. A wrong file is an error once, then false until it changes again.
  result<bool> refresh();
  /// Reads it immediately, changed or not.
  result<bool> refresh_now();
  /// Why the configuration in force is in doubt: the errors found when the file was last read.
  [[nodiscard]] const std::optional<error>& last_error() const { return last_error_; }

 private:
  struct file_mark {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_s = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const file_mark&, const file_mark&) = default;
  };
  using zone_names = std::set<std::string, std::less<>>;

  file_routing_source(std::string path, model::node_identity node);
  [[nodiscard]] result<file_mark> look() const;
  result<bool> read(const file_mark& mark);
  /// Fails if `content` is implausible after `known` zones.
  [[nodiscard]] result<void> check_meant(const zones_content& content,
                                         const zone_names& known) const;
  result<bool> doubt(error why);
  void remember() const;

  std::string path_;
  model::node_identity node_;
  std::string memory_;  ///< empty: nothing is remembered
  std::optional<file_mark> mark_;       ///< of what was read
  std::optional<file_mark> candidate_;  ///< seen once
  std::optional<error> last_error_;
  bool complete_ = false;  ///< the file in force confirms that nothing is missing
  zone_names names_;       ///< of the zones in force
  std::uint64_t revision_ = 0;
  shared_slot<model::routing_snapshot> current_;
};

}  // namespace signpost::config
