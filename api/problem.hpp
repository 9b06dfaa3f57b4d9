// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What can go wrong with a request, and the one table of codes, HTTP statuses and texts.
//
// Threads: values and functions of their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/result.hpp"

namespace signpost::api {

enum class problem_kind : std::uint8_t {
  unknown_resource,
  method_not_allowed,
  bad_parameter,
  bad_queue_id,
  bad_cursor,
  bad_body,
  body_too_large,
  no_such_message,
  conflict,
  limit_exceeded,
  denied,
  unavailable,
  no_space,
  corrupt,
  not_taken,  ///< by the HTTP server, before anybody looks at it
};

/// A refusal as the caller will see it. `detail` is for people: which parameter, and what was
/// expected; never message content.
struct problem {
  problem_kind kind{};
  std::string detail;
};

template <typename T>
using answer = tl::expected<T, problem>;

[[nodiscard]] inline tl::unexpected<problem> refuse(problem_kind kind, std::string detail = {}) {
  return tl::unexpected<problem>(problem{kind, std::move(detail)});
}

/// How a kind of problem is told: `code` stays the same for ever, `text` is for people.
struct problem_row {
  problem_kind kind;
  int code;
  int http_status;
  std::string_view text;
};
[[nodiscard]] const problem_row& row_of(problem_kind kind);

/// What an error of storage, model or node means for a caller.
[[nodiscard]] problem to_problem(const error& e);

}  // namespace signpost::api
