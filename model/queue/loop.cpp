// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/loop.hpp"

#include "model/replies.hpp"

namespace signpost::model {

void declare_settings(settings_table& table, loop_policy& policy) {
  table.add("loop.received_max", policy.received_max,
            {.min = "10",
             .max = "200",
             .help = "A message with more Received fields than this is refused as a mail loop."});
  table.add(
      "loop.own_passes_max", policy.own_passes_max,
      {.min = "1",
       .max = "20",
       .help = "How many times a message may pass through this node for the same recipient; "
               "the next time it is refused as a mail loop."});
}

std::optional<smtp::reply> check_loop(const loop_signs& signs, const loop_policy& policy) {
  const auto over = [](std::size_t count, std::int64_t most) {
    return count > static_cast<std::size_t>(most);
  };
  // RFC 5321 §6.3
  if (over(signs.received, policy.received_max)) return make_reply(reply_kind::too_many_hops);
  if (over(signs.own_passes + 1, policy.own_passes_max)
      || over(signs.unnamed_passes + 1, policy.own_passes_max + unnamed_passes_more)) {
    return make_reply(reply_kind::delivered_before);
  }
  return std::nullopt;
}

}  // namespace signpost::model
