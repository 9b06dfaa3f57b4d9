// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A YAML document with errors that name the place: `file:line:column: what; what to do`. Only this
// folder includes yaml-cpp.
//
// Threads: one at a time. Limits: `yaml_octets_max`; yaml-cpp bounds the depth of nesting.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signpost::config {

inline constexpr std::size_t yaml_octets_max = 1U << 30;

/// The whole file. errc::not_found, errc::denied, errc::unavailable, errc::limit_exceeded; the
/// context names the file.
result<std::string> read_whole_file(const std::string& path);

/// One document and its name in errors.
class yaml_file {
 public:
  /// errc::malformed with the place, for a file that is not YAML or has several documents.
  static result<yaml_file> parse(const std::string& text, std::string name);

  [[nodiscard]] const YAML::Node& root() const { return root_; }

  /// The error result for a mistake at `node`.
  [[nodiscard]] tl::unexpected<error> wrong(const YAML::Node& node, std::string_view what) const;

  /// Fails unless `node` is a map whose keys are all `known` and are given only once; names the
  /// nearest known key. `what` describes the map, for human readers.
  [[nodiscard]] result<void> check_keys(const YAML::Node& node, std::string_view what,
                                        std::span<const std::string_view> known) const;

  // Each reads one value; `key` is named in the error.
  [[nodiscard]] result<std::string> text(const YAML::Node& node, std::string_view key) const;
  [[nodiscard]] result<bool> boolean(const YAML::Node& node, std::string_view key) const;
  /// A list of texts; a single text counts as a list of one, a missing value as an empty list.
  [[nodiscard]] result<std::vector<YAML::Node>> list(const YAML::Node& node,
                                                     std::string_view key) const;

 private:
  yaml_file(YAML::Node root, std::string name) : root_(std::move(root)), name_(std::move(name)) {}

  YAML::Node root_;
  std::string name_;
};

}  // namespace signpost::config
