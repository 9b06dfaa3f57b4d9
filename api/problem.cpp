// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/problem.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"

namespace signpost::api {
namespace {

using enum problem_kind;

// docs/operating/cli.md lists the same rows. RFC 9110 §15.5, RFC 4918 §11.5 (507).
constexpr std::array<problem_row, 15> rows{{
    {bad_parameter, 1000, 400, "a query parameter is wrong"},
    {bad_queue_id, 1001, 400, "a queue id has 26 letters and digits"},
    {bad_cursor, 1002, 400, "the cursor was not issued by this node"},
    {bad_body, 1003, 400, "the request body is wrong"},
    {body_too_large, 1004, 413, "the request body is too large"},
    {denied, 1005, 403, "not allowed"},
    {unknown_resource, 1006, 404, "there is no such resource"},
    {no_such_message, 1007, 404, "not in the queue"},
    {method_not_allowed, 1008, 405, "the resource does not know this method"},
    {conflict, 1009, 409, "the message is being delivered at this moment"},
    {limit_exceeded, 1010, 422, "a limit was exceeded"},
    {corrupt, 1011, 500, "what is stored cannot be read"},
    {unavailable, 1012, 503, "it cannot be done now; try again"},
    {no_space, 1013, 507, "no space is left"},
    {not_taken, 1014, 400, "the request cannot be read"},
}};

}  // namespace

const problem_row& row_of(problem_kind kind) {
  const auto* const row = std::ranges::find(rows, kind, &problem_row::kind);
  SP_ASSERT(row != rows.end());
  return *row;
}

problem to_problem(const error& e) {
  switch (e.code) {
    case errc::malformed:
      return {bad_parameter, e.context};
    case errc::unavailable:
      return {unavailable, e.context};
    case errc::limit_exceeded:
      return {limit_exceeded, e.context};
    case errc::not_found:
      return {no_such_message, e.context};
    case errc::conflict:
      return {conflict, e.context};
    case errc::denied:
      return {denied, e.context};
    case errc::no_space:
      return {no_space, e.context};
    case errc::corrupt:
      return {corrupt, e.context};
  }
  return {unavailable, e.context};
}

}  // namespace signpost::api
