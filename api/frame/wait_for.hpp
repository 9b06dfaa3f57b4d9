// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Waiting for an answer that comes through a callback.
//
// Threads: blocks the one that calls it.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace signpost::api {

/// What `start` hands to its callback, perhaps on another thread; nothing if that takes longer than
/// `max`. The callback may still be called later.
template <typename T>
[[nodiscard]] std::optional<result<T>> wait_for(
    const std::function<void(std::function<void(result<T>)>)>& start, milliseconds max) {
  struct box {
    std::mutex mutex;
    std::condition_variable came;
    std::optional<result<T>> how;  // guarded by mutex
  };
  const auto answer_box = std::make_shared<box>();
  start([answer_box](result<T> how) {
    const std::lock_guard lock(answer_box->mutex);
    answer_box->how = std::move(how);
    answer_box->came.notify_one();
  });
  std::unique_lock lock(answer_box->mutex);
  answer_box->came.wait_for(lock, max, [&] { return answer_box->how.has_value(); });
  return answer_box->how;
}

}  // namespace signpost::api
