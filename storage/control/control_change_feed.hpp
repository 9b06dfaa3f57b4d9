// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The change feed of a store that only one node changes: there are only its own commits. For
// the files of storage/ only.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "model/control/change_feed.hpp"
#include "storage/control/control_database.hpp"

namespace signpost::storage {

class control_change_feed final : public model::change_feed {
 public:
  /// `database` must outlive it.
  explicit control_change_feed(const control_database& database) : database_(database) {}

  [[nodiscard]] result<model::change_news> after(const model::feed_position& from,
                                                 std::size_t max) const override;
  [[nodiscard]] std::uint64_t last_known() const override;
  [[nodiscard]] subscription subscribe(std::function<void()> look) override;

  /// The initial position of the store; call before any query.
  void begin(model::feed_position last);
  /// Changes up to this one are durable; subscribers are notified before this returns.
  void committed(const model::feed_position& last);

 private:
  using listener = std::function<void()>;

  const control_database& database_;
  mutable std::mutex mutex_;
  model::feed_position last_;
  std::vector<std::weak_ptr<const listener>> listeners_;
};

}  // namespace signpost::storage
