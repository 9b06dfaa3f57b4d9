// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The routing set-up from a zones file that may change under us.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "model/config_store.hpp"

namespace signpost::config {

/// Holds the table made from the zones file at `path`. A file that cannot be read or is wrong
/// changes nothing: the table in force stays in force.
///
/// Threads: as config_store says. Not done: it does not watch the file; call refresh() every few
/// seconds and when asked to (SIGHUP: refresh_now()).
class yaml_config_store final : public model::config_store {
 public:
  /// Fails as refresh() does if the file cannot be used at start.
  static result<std::unique_ptr<yaml_config_store>> open(std::string path,
                                                         model::node_identity node);

  [[nodiscard]] std::shared_ptr<const model::config_snapshot> current() const override;
  /// Reads the file if its time, size or inode differ from what was read last (a ConfigMap is
  /// swapped by a link: the inode changes). A file found to be wrong is an error once, then false
  /// until it changes again.
  result<bool> refresh() override;
  /// Reads it whether it looks changed or not.
  result<bool> refresh_now();
  /// What the last reading of the file found wrong.
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

  yaml_config_store(std::string path, model::node_identity node);
  [[nodiscard]] result<file_mark> look() const;
  result<bool> read(const file_mark& mark);

  std::string path_;
  model::node_identity node_;
  std::optional<file_mark> mark_;
  std::optional<error> last_error_;
  std::uint64_t revision_ = 0;
  std::atomic<std::shared_ptr<const model::config_snapshot>> current_;
};

}  // namespace signpost::config
