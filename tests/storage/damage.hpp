// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What media do to files, also under a database that has them open.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::storage {

/// The files of a folder whose name contains `part`, in order of name.
std::vector<std::filesystem::path> files_with(const std::string& folder, std::string_view part);

/// Turns `octets` octets over, from `at` on (a part of the file's size).
void flip(const std::filesystem::path& file, double at, std::size_t octets = 16);
/// The same from an octet on, in place: what is being written behind it stays.
void flip_at(const std::filesystem::path& file, std::size_t from, std::size_t octets);
/// Turns one octet of every `step` over.
void flip_everywhere(const std::filesystem::path& file, std::size_t step = 512);

}  // namespace signpost::storage
