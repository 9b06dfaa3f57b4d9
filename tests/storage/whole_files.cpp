// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/whole_files.hpp"

#include <fstream>
#include <sstream>
#include <utility>

namespace signpost::storage {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

void write_file(const std::filesystem::path& path, const std::string& octets) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << octets;
}

}  // namespace signpost::storage
