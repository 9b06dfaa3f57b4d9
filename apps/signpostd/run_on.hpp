// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Work on another thread's event loop.
#pragma once

#include <future>

#include "net/loop/event_loop.hpp"

namespace signpost {

/// Runs `task` on the loop's thread and waits for it, for objects that must be created or destroyed
/// there.
template <typename Task>
void run_on(net::event_loop& loop, Task task) {
  std::promise<void> done;
  auto waiting = done.get_future();
  loop.post([&] {
    task();
    done.set_value();
  });
  waiting.wait();
}

}  // namespace signpost
