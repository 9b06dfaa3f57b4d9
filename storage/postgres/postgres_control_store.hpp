// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The control store over PostgreSQL: who writes when. For the files of storage/ only.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "base/call_watch.hpp"
#include "base/random.hpp"
#include "storage/postgres/postgres_feed.hpp"
#include "storage/postgres/postgres_store.hpp"
#include "storage/postgres/postgres_writing.hpp"

namespace signpost::storage::postgres {

/// A transaction that holds the lock of `head`, and the last change before it.
struct open_change {
  std::shared_ptr<session> at;
  model::feed_position before;
};

class postgres_control_store final : public model::control_store {
 public:
  explicit postgres_control_store(postgres_store_options options);

  /// Connects and reads the last revision; call once before anything else.
  result<void> start();

  [[nodiscard]] std::unique_ptr<const model::control_reader> read() const override;
  using work_function = std::function<result<void>(model::control_transaction&)>;
  result<std::uint64_t> commit(const work_function& work) override;
  void record_refusal(model::audit_entry entry) override;
  [[nodiscard]] model::change_feed& feed() override { return feed_; }
  result<std::unique_ptr<model::control_import>> begin_import() override;
  result<std::size_t> expire_audit(wall_time before, std::size_t max) override;
  result<std::size_t> expire_refusals(wall_time before, std::size_t max) override;
  result<std::size_t> expire_usage(wall_time before, std::size_t max) override;
  [[nodiscard]] milliseconds waited() const override { return writing_.oldest(); }

  /// The questions of a reader, with those that only a replica asks.
  [[nodiscard]] postgres_queries queries() const;

  // For the import, which is the only writer while it lives.
  result<open_change> begin();
  [[nodiscard]] postgres_writing writing(const open_change& change) const;
  /// Ends the transaction. The error of `made`, or of the commit.
  result<std::uint64_t> end(const open_change& change, postgres_writing& writing,
                            const result<void>& made);
  void import_ended();

 private:
  [[nodiscard]] std::shared_ptr<session> session_at_one_moment() const;
  [[nodiscard]] wall_time now() const;
  /// After the answer to a COMMIT was lost: whether it took place.
  result<bool> took_place(const model::feed_position& change);
  result<std::size_t> remove(const statement& s);

  const postgres_store_options options_;
  mutable connection_pool pool_;
  postgres_feed feed_;
  mutable system_random random_;

  std::timed_mutex turn_;  ///< whose change it is
  std::atomic<bool> importing_{false};
  call_watch writing_;
};

/// Many new objects at once. `store` must outlive it.
result<std::unique_ptr<model::control_import>> start_import(postgres_control_store& store);

}  // namespace signpost::storage::postgres
