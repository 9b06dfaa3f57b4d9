// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Members of a request's body, each with the refusal that names it. A member that is null counts as
// absent. Members that nobody knows are ignored; those that a client may believe in and that cannot
// take effect are refused.
//
// Threads: functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/frame/json.hpp"
#include "api/frame/rest_problem.hpp"

namespace signpost::api {

/// A missing body is an empty object; anything but an object is refused.
[[nodiscard]] answer<json> object_of(const json& body);

/// Null if it is absent.
[[nodiscard]] const json& member(const json& object, std::string_view name);

/// `characters_max` counts code points.
[[nodiscard]] answer<std::optional<std::string>> text_member(const json& object,
                                                             std::string_view name,
                                                             std::size_t characters_max);
[[nodiscard]] answer<std::optional<bool>> flag_member(const json& object, std::string_view name);
/// 0 or more.
[[nodiscard]] answer<std::optional<double>> number_member(const json& object,
                                                          std::string_view name);

/// Refuses a member that this node cannot put into effect; `why` completes "NAME cannot be set: ".
/// Absent, empty and `shown` pass, and of an object any of the members of `shown`: clients send
/// back what they were given.
[[nodiscard]] answer<void> check_without_effect(const json& object, std::string_view name,
                                                const json& shown, std::string_view why);

/// Code points of UTF-8.
[[nodiscard]] std::size_t characters(std::string_view text);

/// `<>&"'` as entities.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace signpost::api
