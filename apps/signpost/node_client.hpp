// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The node at the other end of the control socket.
//
// Threads: one at a time; calls block.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/signpost/console.hpp"
#include "base/result.hpp"

namespace signpost::cli {

using json = nlohmann::ordered_json;

/// `next_hop=a.example&state=deferred`; pairs with an empty value are left out.
[[nodiscard]] std::string query_of(
    const std::vector<std::pair<std::string_view, std::string>>& parameters);
/// Everything but letters, digits, `-`, `.`, `_` and `~` as `%HH` (RFC 3986 §2.3).
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Why there is no answer to show, and what the program ends with.
struct no_answer {
  exit_status status = negative;
  std::string text;
};

template <typename T>
using answer = tl::expected<T, no_answer>;

/// `result` and `result_info` of an answer.
struct node_answer {
  json result;
  json info;
};

class node_client {
 public:
  /// `start_hint` is the command that starts the node, for people.
  node_client(std::string socket, std::string start_hint)
      : socket_(std::move(socket)), start_hint_(std::move(start_hint)) {}

  /// `target` begins behind `/signpost/v1`. Anything but success is a `no_answer`.
  [[nodiscard]] answer<node_answer> call(std::string_view method, const std::string& target,
                                         const std::string& body = {}) const;
  /// The octets of a resource that is not JSON.
  [[nodiscard]] answer<std::string> content(const std::string& target) const;

 private:
  [[nodiscard]] no_answer unreachable(const error& why) const;

  std::string socket_;
  std::string start_hint_;
};

}  // namespace signpost::cli
