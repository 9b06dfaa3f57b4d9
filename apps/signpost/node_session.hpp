// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the commands that talk to a node share. For the files of this folder only.
#pragma once

#include "apps/signpost/commands.hpp"
#include "apps/signpost/node_client.hpp"

namespace signpost::cli {

/// The client for the node of these settings; a no_answer with wrong_usage if they cannot say where
/// its socket is.
[[nodiscard]] answer<node_client> client_of(const command_context& context);
/// Prints why there is no answer.
exit_status complain(const command_context& context, const no_answer& why);
/// Prints JSON, indented.
exit_status print_json(const command_context& context, const json& value);
/// The text of a member; empty if it is null or not there.
[[nodiscard]] std::string text_of(const json& object, std::string_view member);
/// The number of a member; 0 if it is none.
[[nodiscard]] std::uint64_t number_of(const json& object, std::string_view member);

}  // namespace signpost::cli
