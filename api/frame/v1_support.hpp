// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the endpoints under `/signpost/v1` have in common. For the files `v1_*.cpp` only.
//
// Threads: functions of their arguments.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "api/frame/json.hpp"
#include "api/frame/rest_call.hpp"
#include "api/frame/rest_problem.hpp"
#include "base/clock.hpp"

namespace signpost::api {

/// A misspelt filter must not look like no filter, least of all in a removal: unknown and repeated
/// parameters are refused (2007).
[[nodiscard]] answer<void> only_parameters(const rest_call& call,
                                           std::initializer_list<std::string_view> known);

/// `fallback` if it is absent; 2007 if it is not a number from 1 to `max`.
[[nodiscard]] answer<std::size_t> number_parameter(const rest_call& call, std::string_view name,
                                                   std::size_t fallback, std::size_t max);

/// A domain in A-labels, an address literal, or a webhook's `https://host[:port]`; empty if it is
/// absent. Otherwise 2007.
[[nodiscard]] answer<std::string> domain_parameter(const rest_call& call, std::string_view name);

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

/// Records in the audit log (without a store: in the node's log) what was done outside the store.
/// Since it is already done, a failure to record it is logged and not reported to the caller.
void note_done(const rest_call& call, std::string_view action, std::string_view resource_type,
               std::string_view resource_id, const json& after = nullptr);

/// 9503 if this node has no spool.
[[nodiscard]] answer<storage::spool*> spool_of(const rest_call& call);

}  // namespace signpost::api
