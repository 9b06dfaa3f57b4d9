// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/command_tree.hpp"

#include "base/text.hpp"

namespace signpost::cli {

std::string option::long_name() const {
  std::string longest;
  for (const auto one : split(name, ',')) {
    if (one.size() > longest.size()) longest = one;
  }
  return longest;
}

option yes_option(bool& target) {
  return {.name = "-y,--yes", .help = "Do not ask for confirmation", .target = &target};
}

option zone_argument(std::string& target, bool required) {
  return {.name = "zone",
          .type = "ZONE",
          .help = "The zone's name or id",
          .target = &target,
          .required = required,
          .completes = completion::zone};
}

std::vector<command> all_commands() {
  return {init_command(),   zone_commands(),  rule_commands(),   address_commands(), dns_commands(),
          dkim_commands(),  explain_command(), queue_commands(),   message_commands(),
          events_command(), status_command(),  doctor_command(),   token_commands(),
          audit_commands(), config_commands(), rules_commands(),   spool_commands(),
          backup_commands(), cluster_commands(), profile_commands()};
}

}  // namespace signpost::cli
