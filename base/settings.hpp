// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Settings as tables. Each folder has a struct with its settings at their defaults and one function
// that names them; `apps` joins the tables and fills them from the YAML file, the environment and
// the command line. The reference page and `--help` are printed from the same rows.
//
//     struct ingress_settings { milliseconds command_timeout = std::chrono::minutes(5); };
//     void declare_settings(settings_table& table, ingress_settings& s) {
//       table.add("smtp.command_timeout", s.command_timeout,
//                 {.min = "1s", .max = "1h", .help = "Silence before a command …"});
//     }
//
// Threads: not thread-safe; filled at start and on reload by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace signpost {

/// A number of octets, written `65536`, `64KiB`, `25MiB`, `1GiB` in settings.
struct octet_count {
  std::uint64_t value = 0;
  friend auto operator<=>(const octet_count&, const octet_count&) = default;
};

/// What a setting has in addition to its value, for documentation and checks. Empty `min`/`max`: no
/// bound.
struct setting_notes {
  std::string min;
  std::string max;
  std::string help;
  /// True: a reload applies it; false: it needs a restart.
  bool reload = false;
};

/// One row of the table.
struct setting {
  std::string name;           ///< dotted, for example `smtp.command_timeout`
  std::string type;           ///< `boolean`, `number`, `duration`, `size`, `text`, `list`
  std::string default_value;  ///< as it would be written in the file
  setting_notes notes;
  std::function<result<void>(std::string_view)> set;             ///< scalars
  std::function<result<void>(std::vector<std::string>)> set_list;  ///< lists
  std::function<std::string()> get;
};

class settings_table {
 public:
  /// Rows for the supported types. The target must outlive the table; its present value is the
  /// default.
  void add(std::string name, bool& target, setting_notes notes);
  void add(std::string name, std::int64_t& target, setting_notes notes);
  void add(std::string name, milliseconds& target, setting_notes notes);
  void add(std::string name, octet_count& target, setting_notes notes);
  void add(std::string name, std::string& target, setting_notes notes);
  void add(std::string name, std::vector<std::string>& target, setting_notes notes);
  /// A list of durations; the bounds apply to each, and it must not be empty.
  void add(std::string name, std::vector<milliseconds>& target, setting_notes notes);

  /// errc::not_found names the nearest known setting; errc::malformed tells what was expected;
  /// errc::limit_exceeded names the bound.
  result<void> set(std::string_view name, std::string_view value);
  result<void> set_list(std::string_view name, std::vector<std::string> values);

  /// The row of that name, or nullptr.
  [[nodiscard]] const setting* find(std::string_view name) const;
  [[nodiscard]] const std::vector<setting>& rows() const { return rows_; }
  /// The known name that is nearest to `name`; empty if none is similar.
  [[nodiscard]] std::string nearest(std::string_view name) const;

 private:
  std::vector<setting> rows_;
};

/// `500ms`, `30s`, `5m`, `4h`, `5d`; a bare number is seconds. errc::malformed otherwise.
result<milliseconds> parse_duration(std::string_view text);
std::string format_duration(milliseconds value);
/// `65536`, `64KiB`, `25MiB`, `1GiB` (also KB/MB/GB, meant as powers of 1024). errc::malformed.
result<octet_count> parse_octets(std::string_view text);
std::string format_octets(octet_count value);

}  // namespace signpost
