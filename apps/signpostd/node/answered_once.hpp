// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A callback that is called, whatever becomes of whoever was to call it.
//
// Threads: the last copy may go on any.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "base/result.hpp"

namespace signpost {

/// `done`, which hears errc::unavailable when all copies of this are gone and none was called:
/// messages are dropped with an actor that ends.
template <typename T>
[[nodiscard]] std::function<void(result<T>)> answered_once(std::function<void(result<T>)> done) {
  struct promise {
    std::function<void(result<T>)> done;
    std::atomic<bool> kept{false};
    explicit promise(std::function<void(result<T>)> d) : done(std::move(d)) {}
    void keep(result<T> how) {
      if (!kept.exchange(true)) done(std::move(how));
    }
    ~promise() { keep(fail(errc::unavailable, "the node is stopping")); }
  };
  return [made = std::make_shared<promise>(std::move(done))](result<T> how) {
    made->keep(std::move(how));
  };
}

}  // namespace signpost
