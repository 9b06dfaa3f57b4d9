// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Recipients whose message was given up because it could no longer be read, and of whom only the
// operator could be notified: one line each in `STORE.losses/messages.unreadable`, for human
// readers. When the operator accepts them, the file is renamed to `messages-WHEN.accepted`.
//
// Threads: any. A node appends while the command line renames: each line is written completely, to
// the existing file.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::storage {

class unreadable_register {
 public:
  /// Its name where losses are accepted.
  static constexpr std::string_view name = "unreadable";

  explicit unreadable_register(const std::string& store_folder, bool durable = true);

  /// Records those that are not there yet; they are on the disk when this returns. errc::no_space,
  /// errc::unavailable: the operator would not learn of them.
  result<void> note(std::span<const unreadable_recipient> recipients, wall_time now);
  /// Messages that wait for the operator's decision. Cheap.
  [[nodiscard]] std::uint64_t messages() const;
  /// Checks whether the operator has decided.
  void look();

  /// The operator accepts all of them. errc::not_found if there are none.
  result<void> accept(wall_time now);
  [[nodiscard]] std::string file() const { return folder_ + "/messages.unreadable"; }

 private:
  using place = std::pair<model::queue_id, std::uint32_t>;
  void read();

  const std::string folder_;
  const bool durable_;
  mutable std::mutex mutex_;
  std::set<place> noted_;                // guarded by mutex_
  std::set<model::queue_id> messages_;   // guarded by mutex_
};

}  // namespace signpost::storage
