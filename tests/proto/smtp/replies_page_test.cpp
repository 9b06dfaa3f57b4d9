// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// docs/operating/replies.md says what the table of replies says. With SIGNPOST_WRITE_DOCS=1 in the
// environment the page is written anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "proto/smtp/replies.hpp"

namespace signpost::smtp {
namespace {

const std::string page_path = SIGNPOST_TEST_DATA "/../../docs/operating/replies.md";

constexpr std::string_view head =
    "# What the node says in an SMTP session\n\n"
    "Every reply that the receiving side says by itself. Refusals by rule (unknown address, "
    "sender\n"
    "policy, reputation) carry their own text; the log line of the refusal names their reason.\n"
    "In the text, `{}` stands for a detail. The reason is the word used in logs and metrics.\n\n"
    "This page is made from the table in `proto/smtp/replies.cpp` by its test\n"
    "(`SIGNPOST_WRITE_DOCS=1` writes it anew).\n\n"
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
