// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Signpost's objects as JSON, and the envelope of every answer of the API.
//
//     {"success": true, "errors": [], "messages": [], "result": …, "result_info": {…}}
//
// Times are RFC 3339 in UTC. Octets that are not UTF-8 (a stranger's reply may contain any) become
// U+FFFD, so that the output is always JSON (RFC 8259 §8.1).
//
// Threads: functions of their arguments.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "model/queue/activity_event.hpp"
#include "model/routing/routing_table.hpp"
#include "net/http/http_message.hpp"

namespace signpost::model {
struct envelope;
struct message_record;
}

namespace signpost::api {

/// Keeps its keys in the order in which they were set, because people read it too.
using json = nlohmann::ordered_json;

[[nodiscard]] json to_json(const model::message_record& message);
/// The recipient alone: for a list, `sender`, `size` and `accepted` of its message are added.
[[nodiscard]] json to_json(const model::envelope& envelope);
[[nodiscard]] json to_json(const model::activity_event& event);
[[nodiscard]] json to_json(std::string_view recipient, const model::route_decision& decision);

/// The text of any JSON; never fails.
[[nodiscard]] std::string to_text(const json& value, bool indented = false);

/// 200 with the envelope; `result_info` is left out if it is null.
[[nodiscard]] net::http_response success(json result, json result_info = nullptr,
                                         json messages = json::array());

}  // namespace signpost::api
