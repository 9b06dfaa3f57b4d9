// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/damage.hpp"

#include <algorithm>

#include "tests/storage/whole_files.hpp"

namespace signpost::storage {

std::vector<std::filesystem::path> files_with(const std::string& folder, std::string_view part) {
  std::vector<std::filesystem::path> found;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const auto name = entry.path().filename().string();
    if (name.find(part) != std::string::npos) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

void flip(const std::filesystem::path& file, double at, std::size_t octets) {
  auto content = read_file(file);
  auto from = static_cast<std::size_t>(at * static_cast<double>(content.size()));
  for (std::size_t i = 0; i < octets && from < content.size(); ++i, ++from) {
    content[from] = static_cast<char>(~content[from]);
  }
  write_file(file, content);
}

void flip_everywhere(const std::filesystem::path& file, std::size_t step) {
  auto content = read_file(file);
  for (std::size_t at = step / 2; at < content.size(); at += step) {
    content[at] = static_cast<char>(~content[at]);
  }
  write_file(file, content);
}

}  // namespace signpost::storage
