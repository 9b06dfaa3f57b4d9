// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The actor system of a program: the threads on which its actors have their turns.
//
//     world.system = make_actor_system(threads);
//     SP_TRY(const auto n, node::make(std::move(world), settings));
//
// Threads: any. Limits: the threads; detached actors have one each beside them.
#pragma once

#include <cstddef>
#include <memory>

namespace caf {
class actor_system;
}

namespace signpost::actors {

/// Whoever lets go of it last waits until all its actors have ended.
[[nodiscard]] std::shared_ptr<caf::actor_system> make_actor_system(std::size_t threads);

}  // namespace signpost::actors
