// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// docs/operating/replies.md must match the table of replies. With SIGNPOST_WRITE_DOCS=1 in the
// environment, the test rewrites the page.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "proto/smtp/replies.hpp"

namespace signpost::smtp {
namespace {

const std::string page_path = SIGNPOST_TEST_DATA "/../../docs/operating/replies.md";

constexpr std::string_view head =
    "# Replies in an SMTP session\n\n"
    "These are all replies that the receiving side sends by itself. Refusals by rules (unknown "
    "addresses,\n"
    "authentication, …) have their own texts, see [refusals.md](refusals.md). In the text, `{}` "
    "stands for\n"
    "a detail. The reason is the word used in logs and metrics.\n\n"
    "This page is generated from the table in `proto/smtp/replies.cpp` by its test: run it with\n"
    "`SIGNPOST_WRITE_DOCS=1`.\n\n"
    "| Reply | Reason | When | What to do |\n|---|---|---|---|\n";

std::string page() {
  std::string text(head);
  for (const auto& r : reply_table()) {
    text += "| `" + std::to_string(r.code);
    if (r.status.present()) text += " " + r.status.to_string();
    text += " " + std::string(r.text) + "` | " + std::string(r.reason.empty() ? "-" : r.reason);
    text += " | " + std::string(r.when) + " | " + std::string(r.remedy) + " |\n";
  }
  return text;
}

TEST(RepliesPage, SaysWhatTheTableSays) {
  if (std::getenv("SIGNPOST_WRITE_DOCS") != nullptr) std::ofstream(page_path) << page();
  std::ifstream file(page_path);
  std::stringstream content;
  content << file.rdbuf();
  EXPECT_EQ(content.str(), page());
}

}  // namespace
}  // namespace signpost::smtp
