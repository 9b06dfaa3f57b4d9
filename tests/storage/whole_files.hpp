// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Files of a database as octets, to damage them.
#pragma once

#include <filesystem>
#include <string>

namespace signpost::storage {

/// Empty if it cannot be read.
std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& octets);

}  // namespace signpost::storage
