// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs a fuzz target without libFuzzer: over every file of the folders named, cut at some places
// and changed in some, always in the same way.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t changes_per_file = 300;

void run(const std::string& text) {
  // An own block of the exact size, so that a sanitizer sees every step beyond it.
  const std::vector<std::uint8_t> octets(text.begin(), text.end());
  LLVMFuzzerTestOneInput(octets.data(), octets.size());
}

void change(std::string& text, signpost::random_source& random) {
  static constexpr char letters[] = " \t\r\n;:=\"@<>()[]\\.,0aA\x80\xff";
  const auto at = static_cast<std::size_t>(random.below(text.size() + 1));
  const char letter = letters[random.below(sizeof letters)];
  switch (random.below(4)) {
    case 0:
      text.insert(at, 1, letter);
      break;
    case 1:
      text.erase(at, static_cast<std::size_t>(random.below(8)));
      break;
    case 2:
      text.insert(at, text.substr(at / 2, static_cast<std::size_t>(random.below(40))));
      break;
    default:
      if (at < text.size()) text[at] = letter;
  }
}

void run_with_changes(const std::string& text) {
  run(text);
  for (std::size_t cut = 0; cut < text.size(); cut += 1 + text.size() / 100) {
    run(text.substr(0, cut));
  }
  signpost::seeded_random random(text.size());
  for (std::size_t i = 0; i < changes_per_file; ++i) {
    auto changed = text;
    for (std::uint64_t n = random.below(4); n < 4; ++n) change(changed, random);
    run(changed);
  }
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& path : files_in(argv[i])) {
      std::ifstream in(path, std::ios::binary);
      run_with_changes({std::istreambuf_iterator<char>(in), {}});
      ++count;
    }
  }
  std::printf("%zu files replayed\n", count);
  return count == 0 ? 1 : 0;
}
