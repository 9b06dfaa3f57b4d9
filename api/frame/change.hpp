// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Changes of the store whose work may refuse with errors of the client API.
//
//     return commit_change<json>(
//         call.world, "rule", [&](model::control_transaction& t) -> answer<json> {
//           SP_TRY(const auto before, ask(t.rule(zone, id), "rule"));
//           …
//         });
//
// Threads: any. The work runs while the caller waits, perhaps on another thread; it must not block.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "api/frame/rest_call.hpp"
#include "api/frame/rest_problem.hpp"
#include "model/control/control_store.hpp"

namespace signpost::api {

/// The store's answer, with its error as a refusal; `what` names the requested object.
template <typename T>
[[nodiscard]] answer<T> ask(result<T> r, std::string_view what) {
  if (!r) return refuse(from_error(r.error(), what));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*r);
  }
}

/// One transaction: written with its audit entries if `work` succeeds, otherwise nothing is
/// written. A store is required.
template <typename T>
[[nodiscard]] answer<T> commit_change(
    const rest_world& world, std::string_view what,
    const std::function<answer<T>(model::control_transaction&)>& work) {
  std::optional<rest_problem> refused;
  auto done = world.store->change<T>([&](model::control_transaction& t) -> result<T> {
    refused.reset();
    auto out = work(t);
    if (!out) {
      refused = std::move(out.error());
      return fail(errc::denied, "refused");
    }
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return std::move(*out);
    }
  });
  if (refused) return refuse(std::move(*refused));
  return ask(std::move(done), what);
}

}  // namespace signpost::api
