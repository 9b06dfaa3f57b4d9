// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the secrets of a node are, and whether nobody else can read them: files that would be
// refused at the start are found beforehand by `signpost config check`, `signpost doctor` and
// `signpostd --check`.
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

/// The secrets of a file, one per line. errc::malformed names file and line of one that is too
/// short; otherwise as read_secret_file.
result<std::vector<std::string>> read_srs_secrets(const std::string& path,
                                                  const secret_reader& reader);

/// The user that runs the node. Root checks on behalf of the node's user: the owner of
/// node.data_dir or, before the first start, the user `signpost`.
[[nodiscard]] secret_reader node_reader(const daemon_settings& s);

/// Problems of the existing files of secrets, each with its remedy; empty if there are none. Files
/// that the node creates at its start may be missing.
[[nodiscard]] std::vector<std::string> check_secret_files(const daemon_settings& s);

}  // namespace signpost
