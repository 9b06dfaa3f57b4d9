// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The commands of `signpost` as a tree of values: from it come the parser, the help, the shell
// completions and the manual page. Each file of commands contributes its part.
//
//     command zone_commands() {
//       const auto o = std::make_shared<list_options>();
//       return {.name = "zone", .help = "…", .commands = {
//           {.name = "list", .help = "…",
//            .options = {{.name = "--account", .type = "ACCOUNT", .help = "…",
//                         .target = &o->account}},
//            .run = [o](const auto& context) { return zone_list(context, *o); }}}};
//     }
//
// Threads: values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "apps/signpost/commands.hpp"

namespace signpost::cli {

/// Where the value of an option is stored: a flag, one text or number, or all given values.
using option_target = std::variant<bool*, std::string*, std::optional<std::string>*, std::uint64_t*,
                                   std::vector<std::string>*>;

/// What a shell may offer as the value.
enum class completion { nothing, file, directory, zone, profile };

struct option {
  std::string name = {};  ///< `--limit`, `-y,--yes`; by position if there is no dash: `zone`
  std::string type = {};  ///< placeholder of the value: `DOMAIN`; empty = a flag
  std::string help = {};
  option_target target = static_cast<bool*>(nullptr);
  bool required = false;
  std::vector<std::string> words = {};  ///< the only values, if not empty
  std::uint64_t max = 0;                ///< of a number; 0 = no limit
  /// Between values of one list; 0 = lists are given by repeating the option only.
  char separator = ',';
  std::vector<std::string> excludes = {};  ///< names of earlier options
  std::vector<std::string> needs = {};
  completion completes = completion::nothing;

  [[nodiscard]] bool is_flag() const { return type.empty(); }
  [[nodiscard]] bool is_positional() const { return !name.starts_with('-'); }
  [[nodiscard]] bool is_list() const {
    return std::holds_alternative<std::vector<std::string>*>(target);
  }
  /// The longest of its names, `--yes`.
  [[nodiscard]] std::string long_name() const;
};

struct command {
  std::string name = {};
  std::string help = {};
  std::string text = {};  ///< below the options: notes, then `Examples:`
  std::vector<option> options = {};
  std::vector<command> commands = {};
  /// For a command without subcommands.
  std::function<exit_status(const command_context&)> run = {};
};

/// `--yes`, for actions that cannot be undone.
[[nodiscard]] option yes_option(bool& target);
/// The zone as a positional argument, as in all commands.
[[nodiscard]] option zone_argument(std::string& target, bool required = true);

// Each is in the file of its name.
[[nodiscard]] command init_command();
[[nodiscard]] command zone_commands();
[[nodiscard]] command rule_commands();
[[nodiscard]] command address_commands();
[[nodiscard]] command dns_commands();
[[nodiscard]] command token_commands();
[[nodiscard]] command audit_commands();
[[nodiscard]] command explain_command();
[[nodiscard]] command queue_commands();
[[nodiscard]] command message_commands();
[[nodiscard]] command status_command();
[[nodiscard]] command events_command();
[[nodiscard]] command dkim_commands();
[[nodiscard]] command doctor_command();
[[nodiscard]] command rules_commands();
[[nodiscard]] command config_commands();
[[nodiscard]] command profile_commands();
[[nodiscard]] command spool_commands();
[[nodiscard]] command backup_commands();
[[nodiscard]] command cluster_commands();

/// Every command, without `completion`, `manual` and `version`, which are built from the tree
/// itself.
[[nodiscard]] std::vector<command> all_commands();

}  // namespace signpost::cli
