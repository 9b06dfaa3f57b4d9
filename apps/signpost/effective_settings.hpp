// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The settings in force on this machine and where each comes from: default, file, environment or
// the command line.
//
// Threads: one at a time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/config/settings_file.hpp"
#include "apps/signpostd/daemon_settings.hpp"
#include "base/settings.hpp"

namespace signpost::cli {

/// Where the settings of an installed node are, and where its unit looks for them.
inline constexpr const char* installed_settings_path = config::installed_settings_path;

/// Values from the command line; empty = not given.
struct settings_choice {
  std::string config;
  std::string data_dir;
  std::string zones;
};

/// Settings are read at construction. Mistakes are kept, because it depends on the command which
/// ones matter.
class effective_settings {
 public:
  /// `environment` names the file too: `SIGNPOST_CONFIG`.
  effective_settings(const settings_choice& choice, const config::environment& environment);
  effective_settings(const effective_settings&) = delete;
  effective_settings& operator=(const effective_settings&) = delete;

  [[nodiscard]] const daemon_settings& values() const { return values_; }
  [[nodiscard]] const settings_table& table() const { return table_; }
  /// The settings file that was read; empty if there is none.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// `default`, the path of the file, `environment` or `command line`.
  [[nodiscard]] std::string source(const std::string& setting) const;
  /// How many settings were set explicitly.
  [[nodiscard]] std::size_t set_count() const { return sources_.size(); }
  /// Mistakes in file and environment, each with its place.
  [[nodiscard]] const std::vector<std::string>& mistakes() const { return mistakes_; }
  /// What is taken, and may be meant otherwise.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
  /// The paths at which a settings file is looked for, for people.
  [[nodiscard]] static std::string places();

 private:
  void read_file();
  void read_environment(const config::environment& environment);
  void override_with(const std::string& setting, const std::string& value);

  daemon_settings values_;
  settings_table table_;
  std::string path_;
  std::map<std::string, std::string> sources_;
  void note_decimal_sizes(const settings_table& raw);

  std::vector<std::string> mistakes_;
  std::vector<std::string> warnings_;
};

}  // namespace signpost::cli
