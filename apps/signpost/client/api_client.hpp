// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The API as commands use it: calls that return JSON or a readable reason, and whole lists.
//
//     SP_TRY(const auto zones, client.list("/client/v4/zones", query_of({{"name", name}})));
//
// Threads: one at a time; calls block.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/signpost/client/api_connection.hpp"
#include "apps/signpost/terminal/console.hpp"

namespace signpost::cli {

using json = nlohmann::ordered_json;

/// `next_hop=a.example&state=deferred`; pairs with an empty value are left out.
[[nodiscard]] std::string query_of(
    const std::vector<std::pair<std::string_view, std::string>>& parameters);
/// Everything except letters, digits, `-`, `.`, `_` and `~` as `%HH` (RFC 3986 §2.3).
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Why there is no answer to show, and the program's exit status.
struct no_answer {
  exit_status status = negative;
  std::string text = {};
  std::string advice = {};  ///< what to do about it; may be empty
  int http_status = 0;      ///< for a server's refusal
  int code = 0;             ///< the API's
};

template <typename T>
using answer = tl::expected<T, no_answer>;

[[nodiscard]] inline tl::unexpected<no_answer> refuse(exit_status status, std::string text,
                                                      std::string advice = {}) {
  return tl::unexpected(
      no_answer{.status = status, .text = std::move(text), .advice = std::move(advice)});
}

/// `result`, `result_info` and `messages` of an answer.
struct api_answer {
  json result;
  json info;
  json messages;
};

class api_client {
 public:
  /// Page size that every list supports.
  static constexpr std::uint64_t page_size = 50;

  api_client(std::shared_ptr<api_connection> connection, api_server server)
      : connection_(std::move(connection)), server_(std::move(server)) {}

  /// Anything but success is a `no_answer`. `body`: null = none.
  [[nodiscard]] answer<api_answer> call(std::string_view method, const std::string& target,
                                        const json& body = nullptr) const;
  /// The octets of a resource that is not JSON.
  [[nodiscard]] answer<std::string> content(const std::string& target) const;

  /// A list, page after page (`page`, `per_page`) to its end, or up to `max` entries (0 = no
  /// limit); then `more` shows whether some were left.
  [[nodiscard]] answer<json> list(const std::string& path, const std::string& query = {},
                                  std::uint64_t max = 0, bool* more = nullptr) const;
  /// A list whose pages are named by `cursor`.
  [[nodiscard]] answer<json> list_by_cursor(const std::string& path, const std::string& query,
                                            std::uint64_t max, bool* more) const;

  [[nodiscard]] const api_server& server() const { return server_; }

 private:
  [[nodiscard]] answer<api_response> send(const api_request& request) const;
  [[nodiscard]] no_answer unreachable(const error& why) const;

  std::shared_ptr<api_connection> connection_;
  api_server server_;
};

}  // namespace signpost::cli
