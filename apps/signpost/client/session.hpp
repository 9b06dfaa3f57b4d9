// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Shared by the commands that talk to a server. For the files of this folder only.
#pragma once

#include <cstdint>

#include "apps/signpost/client/api_client.hpp"
#include "apps/signpost/command_tree.hpp"

namespace signpost::cli {

/// The server named on the command line, in the environment or as the default profile; otherwise
/// the node of the settings. A no_answer with wrong_usage if that cannot be determined.
[[nodiscard]] answer<api_server> server_of(const command_context& context);
/// A client of that server.
[[nodiscard]] answer<api_client> client_of(const command_context& context);
/// True if the command line or the environment names a server that is not on this machine.
[[nodiscard]] bool is_elsewhere(const command_context& context);

/// Prints why there is no answer, and what to do about it.
exit_status complain(const command_context& context, const no_answer& why);
/// Prints a note on standard error.
void note(const command_context& context, std::string_view text);
/// Prints JSON, indented.
exit_status print_json(const command_context& context, const json& value);
/// The outcome of a change: its result as JSON, or `text`.
exit_status print_outcome(const command_context& context, const json& result,
                          std::string_view text);
/// Prints the messages of an answer (a mail that could not be sent, for example).
void note_messages(const command_context& context, const json& messages);
/// True if the user agrees or `yes` was given; otherwise prints a note.
[[nodiscard]] bool is_agreed(const command_context& context, bool yes, const std::string& question);

/// The text of a member; empty if it is null or missing.
[[nodiscard]] std::string text_of(const json& object, std::string_view member);
/// The number of a member; 0 if it is not a number.
[[nodiscard]] std::uint64_t number_of(const json& object, std::string_view member);
[[nodiscard]] bool is_true(const json& object, std::string_view member);
/// The member itself; null if it is missing.
[[nodiscard]] const json& member_of(const json& object, std::string_view member);

}  // namespace signpost::cli
