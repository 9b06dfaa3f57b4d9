// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the control plane keeps its objects: reading at one moment (control_reader.hpp), changing
// one after another (control_transaction.hpp), a record of every change, and the feed of changes
// (change_feed.hpp). `storage::open_control_store` is the one that a single node embeds. Every
// implementation has to pass the suites of tests/model/control/control_contract.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/control/change_feed.hpp"
#include "model/control/control_reader.hpp"
#include "model/control/control_transaction.hpp"

namespace signpost::model {

/// Threads: all from any.
class control_store {
 public:
  virtual ~control_store() = default;

  [[nodiscard]] virtual std::unique_ptr<const control_reader> read() const = 0;

  /// Runs `work` with a transaction and commits what it wrote if it succeeds. Changes are made one
  /// after another; those that wait at the same time share one sync, so `work` may run on another
  /// caller's thread. It must not block, throw, or call `change` itself. Nothing was changed if
  /// this fails: with the error of `work`; errc::malformed, no audit entry; errc::no_space;
  /// errc::unavailable, the disk failed (after a restart the change may still turn up, complete,
  /// with its audit entry). A change that wrote nothing has no revision.
  template <typename T>
  result<T> change(const std::function<result<T>(control_transaction&)>& work) {
    if constexpr (std::is_void_v<T>) {
      SP_TRY([[maybe_unused]] const auto revision, commit(work));
      return {};
    } else {
      std::optional<T> value;
      SP_TRY([[maybe_unused]] const auto revision,
             commit([&](control_transaction& t) -> result<void> {
               SP_TRY(value, work(t));
               return {};
             }));
      return std::move(*value);
    }
  }
  /// The same; returns the revision, 0 if nothing was written.
  virtual result<std::uint64_t> commit(
      const std::function<result<void>(control_transaction&)>& work) = 0;

  /// Records a refused attempt; its `revision` is 0. Never waits for the disk's sync: attempts
  /// recorded in the last moments before a crash may be lost, and more than `pending_refusals_max`
  /// at once are.
  virtual void record_refusal(audit_entry entry) = 0;
  static constexpr std::size_t pending_refusals_max = 1000;

  /// All changes of this setup, whichever node makes them. Lives as long as the store.
  [[nodiscard]] virtual change_feed& feed() = 0;

  /// errc::unavailable: another import is under way.
  virtual result<std::unique_ptr<control_import>> begin_import() = 0;

  /// Why no change is made: changes that were answered are missing and the operator has not
  /// accepted that; or the store has failed. Empty if changes are made. Cheap, any thread.
  [[nodiscard]] virtual std::string trouble() const { return {}; }
  /// Why changes cannot be made at present although nothing is wrong with this node: the database
  /// that it shares with others cannot be reached. Empty if they can. Cheap, any thread.
  [[nodiscard]] virtual std::string away() const { return {}; }
  /// How many changes are missing.
  [[nodiscard]] virtual std::uint64_t unaccounted() const { return 0; }

  /// Removes audit entries older than `before`, `max` at most; returns how many.
  virtual result<std::size_t> expire_audit(wall_time before, std::size_t max) = 0;
  /// The same for refused attempts, which are kept for a shorter time. Each call continues where
  /// the last one ended; one thread only.
  virtual result<std::size_t> expire_refusals(wall_time before, std::size_t max) = 0;
  /// Removes counts whose span ended before `before`, `max` at most; returns how many.
  virtual result<std::size_t> expire_usage(wall_time before, std::size_t max) = 0;

  /// After a failed write: checks whether the disk accepts changes again. True while it does not,
  /// except for lack of space; `trouble` has the reason. One thread; it may wait for the disk.
  virtual bool is_failed() { return false; }

  /// How long the oldest change that the disk has not answered has been under way; zero if none is.
  /// Cheap, any thread, even while the disk hangs.
  [[nodiscard]] virtual milliseconds waited() const { return milliseconds{0}; }
};

}  // namespace signpost::model
