// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/completion.hpp"

#include "base/text.hpp"
#include "tests/apps/signpost/cli_fixture.hpp"

namespace signpost::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Completion : public CliFixture {};

TEST_F(Completion, EveryShellIsToldEveryCommand) {
  for (const auto* const shell : {"bash", "zsh", "fish"}) {
    const auto o = run({"completion", shell});
    EXPECT_EQ(o.status, done);
    for (const auto* const word : {"catch-all", "subaddressing", "doctor", "ed25519"}) {
      EXPECT_THAT(o.out, HasSubstr(word)) << shell;
    }
  }
  EXPECT_EQ(run({"completion", "tcsh"}).status, wrong_usage);
}

void check(const std::string& path, const command& c) {
  EXPECT_FALSE(c.help.empty()) << path;
  EXPECT_FALSE(c.help.ends_with('.')) << path << ": help has no full stop";
  EXPECT_TRUE(c.run || !c.commands.empty()) << path;
  for (const auto& o : c.options) EXPECT_FALSE(o.help.empty()) << path << " " << o.name;
  for (const auto line : split(c.text, '\n')) EXPECT_LE(line.size(), 100U) << path << ": " << line;
  for (const auto& below : c.commands) check(path + " " + below.name, below);
}

TEST(CommandTree, EveryCommandIsExplained) {
  for (const auto& c : all_commands()) check(c.name, c);
}

// An example that does not parse would teach a mistake.
class Examples : public CliFixture {};

void collect(const command& c, std::vector<std::string>& out) {
  for (const auto line : split(c.text, '\n')) {
    const auto text = trim(line);
    if (text.starts_with("signpost ")) out.emplace_back(text);
  }
  for (const auto& below : c.commands) collect(below, out);
}

TEST_F(Examples, AreUnderstood) {
  std::vector<std::string> examples;
  for (const auto& c : all_commands()) collect(c, examples);
  EXPECT_GT(examples.size(), 40U);
  for (const auto& example : examples) {
    // --help ends the parsing of options, not that of commands and their names.
    std::vector<std::string> words;
    std::string word;
    char quote = 0;
    const auto end = example.find_first_of("|>&");
    for (const char c : example.substr(9, end == std::string::npos ? end : end - 9) + " ") {
      if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      } else if (c == ' ' && quote == 0) {
        if (!word.empty()) words.push_back(std::exchange(word, {}));
      } else {
        word += c;
      }
    }
    // The doctor would ask the Internet.
    if (words.front() == "doctor") continue;
    server_.is_there = false;
    const auto o = run(words);
    EXPECT_THAT(o.err, Not(HasSubstr("--help"))) << example << "\n" << o.err;
  }
}

TEST_F(Examples, TheManualHasEveryCommand) {
  const auto o = run({"manual"});
  EXPECT_EQ(o.status, done);
  EXPECT_THAT(o.out, ::testing::StartsWith(".TH SIGNPOST 1\n"));
  EXPECT_THAT(o.out, HasSubstr(".SS signpost rule catch\\-all ZONE"));
  for (const auto line : split(o.out, '\n')) {
    EXPECT_FALSE(line.starts_with("'")) << "roff takes it for a request: " << line;
  }
}

}  // namespace
}  // namespace signpost::cli
