// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The change feed of a database that several nodes change: asked each time, in one statement, with
// the mark at the reader's position. For the files of storage/ only.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "model/control/change_feed.hpp"
#include "storage/postgres/connection_pool.hpp"

namespace signpost::storage::postgres {

class postgres_feed final : public model::change_feed {
 public:
  /// `pool` must outlive it.
  explicit postgres_feed(connection_pool& pool) : pool_(pool) {}

  [[nodiscard]] result<model::change_news> after(const model::feed_position& from,
                                                 std::size_t max) const override;
  [[nodiscard]] std::uint64_t last_known() const override;
  [[nodiscard]] subscription subscribe(std::function<void()> look) override;

  /// What this node has learned: of its own changes, and at the start.
  void begin(std::uint64_t revision);
  void committed(std::uint64_t revision);

 private:
  using listener = std::function<void()>;
  result<rows> ask(const model::feed_position& from, std::size_t max) const;

  connection_pool& pool_;
  mutable std::mutex mutex_;
  mutable std::uint64_t last_known_ = 0;
  std::uint64_t commits_ = 0;  ///< of this node
  std::vector<std::weak_ptr<const listener>> listeners_;
};

}  // namespace signpost::storage::postgres
