// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Losses that were found when a store was opened, each as a readable file in the folder
// `STORE.losses` beside the store:
//
//     ID.loss       waits for the operator's word: until then the store takes nothing new
//     ID.accepted   he has given it
//     ID.found      it turned out to be none: the right database is there again
//
// Next to them are folders `kept-…` with the write-ahead logs as they were found.
//
// Threads: any; files are renamed, never changed.
// Limits: `kept_max` folders are kept, `items_max` messages are named.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace signpost::storage {

struct loss {
  std::string id;             ///< `loss-1a2b3c4d`
  wall_time found;
  std::string unit;           ///< `messages` or `changes`
  std::uint64_t count = 0;    ///< unaccounted for
  bool at_least = false;      ///< it is unknown how many more
  std::string gone;           ///< identity of a missing database; empty: this one exists
  std::vector<std::string> causes;  ///< file and offset
  std::vector<std::string> items;   ///< queue ids, with what else is known
  std::string kept;                 ///< where the damaged files are; empty: nothing was kept

  /// `12`, or `at least 12`.
  [[nodiscard]] std::string amount() const;
};

/// The same id whenever the same is found missing from the same store.
std::string make_loss_id(std::string_view identity, std::uint64_t acknowledged, const loss& found);

/// The name of a file beside `folder`, even if that ends with a slash.
std::string path_beside(std::string_view folder, std::string_view ending);

/// Creates it, accessible to its owner only. errc::unavailable.
result<void> make_owners_folder(const std::string& path);

class loss_register {
 public:
  static constexpr std::size_t kept_max = 8;
  static constexpr std::size_t items_max = 100'000;

  /// For the store in `store_folder`. Not `durable`: nothing is synced.
  explicit loss_register(const std::string& store_folder, bool durable = true)
      : folder_(path_beside(store_folder, ".losses")), durable_(durable) {}

  /// Writes and syncs the file, unless this loss is already known. errc::no_space,
  /// errc::unavailable.
  result<void> announce(const loss& found) const;
  /// The waiting losses, without causes and items.
  [[nodiscard]] std::vector<loss> pending() const;
  [[nodiscard]] bool is_accepted(std::string_view id) const;
  /// errc::not_found: no such loss waits.
  result<void> accept(std::string_view id) const { return rename(id, ".accepted"); }
  result<void> resolve(std::string_view id) const { return rename(id, ".found"); }
  /// Creates and returns the folder for damaged files; the oldest such folders are removed if there
  /// are many.
  result<std::string> make_kept_folder(std::string_view name) const;

  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string file_of(std::string_view id) const {
    return folder_ + "/" + std::string(id) + ".loss";
  }

 private:
  result<void> rename(std::string_view id, std::string_view ending) const;

  std::string folder_;
  bool durable_;
};

}  // namespace signpost::storage
