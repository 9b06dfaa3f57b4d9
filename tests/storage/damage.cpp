// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/damage.hpp"

#include <algorithm>
#include <fstream>

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
  const auto size = static_cast<double>(std::filesystem::file_size(file));
  flip_at(file, static_cast<std::size_t>(at * size), octets);
}

void flip_at(const std::filesystem::path& file, std::size_t from, std::size_t octets) {
  const auto content = read_file(file);
  if (from >= content.size()) return;  // a database may have removed it meanwhile
  auto part = content.substr(from, octets);
  for (auto& c : part) c = static_cast<char>(~c);
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(static_cast<std::streamoff>(from));
  out << part;
}

void flip_everywhere(const std::filesystem::path& file, std::size_t step) {
  auto content = read_file(file);
  for (std::size_t at = step / 2; at < content.size(); at += step) {
    content[at] = static_cast<char>(~content[at]);
  }
  write_file(file, content);
}

}  // namespace signpost::storage
