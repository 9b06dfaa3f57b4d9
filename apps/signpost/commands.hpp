// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The commands of `signpost`, each a function from what was asked to an exit status.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>

#include "apps/signpost/console.hpp"
#include "apps/signpost/effective_settings.hpp"

namespace signpost::cli {

/// What every command has in its hands.
struct command_context {
  const console& to;
  const effective_settings& settings;
  std::string socket;  ///< of the command line; empty: in the data directory
  bool json = false;
};

struct queue_list_options {
  std::string next_hop;
  std::string sender;
  std::string recipient;
  std::string state;
  std::uint64_t limit = 100;  ///< 0 = all
};

/// A message, or all of a next hop: one of them is not empty.
struct queue_target {
  std::string queue_id;
  std::string next_hop;
};

struct events_options {
  std::string zone;
  std::uint64_t limit = 100;
};

struct dkim_options {
  std::string domain;
  std::string type;      ///< rsa or ed25519; empty: RSA is made, all types are rotated
  std::string selector;  ///< empty: chosen
  bool pending = false;
  bool activate = false;
  bool finish = false;
  bool force = false;
};

// queue_commands.cpp
exit_status queue_list(const command_context& context, const queue_list_options& options);
exit_status queue_show(const command_context& context, const std::string& queue_id, bool headers);
exit_status queue_retry(const command_context& context, const queue_target& target);
/// Asks before all messages of a next hop are removed, unless `yes`.
exit_status queue_remove(const command_context& context, const queue_target& target, bool yes);

// node_commands.cpp
exit_status node_status(const command_context& context);
exit_status node_events(const command_context& context, const events_options& options);

// config_commands.cpp
/// Without a node: routes `address` by the zones file. `zones_given`: it was named on the command
/// line, and a settings file with mistakes does not matter.
exit_status rules_test(const command_context& context, const std::string& address,
                       bool zones_given);
exit_status config_check(const command_context& context);
exit_status config_show(const command_context& context);
exit_status config_reference(const command_context& context);

// dkim_commands.cpp
/// Without a node: these change and read the key directory of the settings.
exit_status dkim_keygen(const command_context& context, const dkim_options& options);
/// All domains if none is named.
exit_status dkim_show(const command_context& context, const dkim_options& options);
exit_status dkim_rotate(const command_context& context, const dkim_options& options);

}  // namespace signpost::cli
