// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the secrets of a node are, and whether nobody else can read them: what is refused at the
// start is found beforehand by `signpost config check`, `signpost doctor` and `signpostd --check`.
//
// Threads: functions of their arguments.
#pragma once

#include <string>
#include <vector>

#include "apps/signpostd/daemon_settings.hpp"
#include "base/result.hpp"
#include "base/secret_file.hpp"

namespace signpost {

[[nodiscard]] std::string srs_secret_path(const daemon_settings& s);
[[nodiscard]] std::string webhook_secret_path(const daemon_settings& s);
[[nodiscard]] std::string admin_token_path(const daemon_settings& s);

/// The secrets of a file, one a line. errc::malformed names file and line of one that is too short;
/// else as read_secret_file.
result<std::vector<std::string>> read_srs_secrets(const std::string& path,
                                                  const secret_reader& reader);

/// Who runs the node. Root looks with the eyes of the node's user: of the owner of node.data_dir,
/// or before the first start of the user `signpost`.
[[nodiscard]] secret_reader node_reader(const daemon_settings& s);

/// What is wrong with the existing files of secrets, each with what fixes it; empty if
/// nothing is. Files that the node makes at its start may be missing.
[[nodiscard]] std::vector<std::string> check_secret_files(const daemon_settings& s);

}  // namespace signpost
