// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/proto/smtp/transcript.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace signpost::smtp::testing {
namespace {

std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    out += c == 'r' ? '\r' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
  }
  return out;
}

}  // namespace

std::vector<transcript_step> read_transcript(const std::string& path) {
  std::vector<transcript_step> steps;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto colon = line.find(':');
    const auto kind = line.substr(0, colon);
    const auto text = line.size() > colon + 2 ? line.substr(colon + 2) : "";
    steps.push_back({kind, kind == "E" ? text : unescape(text)});
  }
  return steps;
}

std::vector<std::string> transcripts(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(SIGNPOST_TEST_DATA "/smtp/" + folder)) {
    paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace signpost::smtp::testing
