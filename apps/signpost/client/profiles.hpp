// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Servers that a user has saved, with their tokens: `$XDG_CONFIG_HOME/signpost/profiles.yaml`, or
// `~/.config/signpost/profiles.yaml`. The tokens are secrets: the file has mode 0600, and one that
// others may read is refused.
//
//     default: work
//     profiles:
//       work: {url: "https://mail.example.org", token: "…"}
//
// Threads: functions of their arguments and the disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/config/settings_file.hpp"
#include "apps/signpost/client/api_client.hpp"

namespace signpost::cli {

struct profile {
  std::string name;
  std::string url;
  std::string token;
  std::string ca_file;
};

struct profile_book {
  std::string path;
  std::string chosen;  ///< the default one; empty = none
  std::vector<profile> profiles;

  [[nodiscard]] const profile* find(std::string_view name) const;
};

/// The value of a variable; empty if it is not set.
[[nodiscard]] std::string variable_of(const config::environment& environment,
                                      std::string_view name);
/// True if there is a socket at `path`, or if this cannot be determined.
[[nodiscard]] bool is_socket(const std::string& path);

/// No profiles if the file does not exist.
[[nodiscard]] answer<profile_book> read_profiles(const config::environment& environment);
/// Creates directories as needed.
[[nodiscard]] answer<void> write_profiles(const profile_book& book);

}  // namespace signpost::cli
