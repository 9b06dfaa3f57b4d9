// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/settings_file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace signpost::config {
namespace {

using namespace std::chrono_literals;

struct sample_settings {
  milliseconds command_timeout = 5min;
  bool enabled = false;
  std::vector<std::string> listen = {":25"};
  std::string host_name = "mx.example";
  settings_table table;

  sample_settings() {
    table.add("smtp.command_timeout", command_timeout,
              {.min = "1s", .max = "1h", .help = "Silence before a command.", .reload = true});
    table.add("smtp.tls.enabled", enabled, {.help = "Offer STARTTLS | none."});
    table.add("smtp.listen", listen, {.help = "Where to listen."});
    table.add("node.host_name", host_name, {.help = "Our name."});
  }
};

TEST(SettingsFile, JoinsMapsToDottedNames) {
  sample_settings s;
  const auto done = parse_settings(
      "smtp:\n  command_timeout: 90s\n  tls: {enabled: yes}\n  listen: [':25', ':2525']\n"
      "node.host_name: mx2.example\n",
      "f", s.table);
  ASSERT_TRUE(done) << done.error().context;
  EXPECT_EQ(s.command_timeout, 90s);
  EXPECT_TRUE(s.enabled);
  EXPECT_EQ(s.listen, (std::vector<std::string>{":25", ":2525"}));
  EXPECT_EQ(s.host_name, "mx2.example");
  EXPECT_TRUE(parse_settings("", "f", s.table));
}

struct mistake_case {
  std::string name;
  std::string text;
  std::string said;
};

class SettingsFileMistakes : public testing::TestWithParam<mistake_case> {};

TEST_P(SettingsFileMistakes, AreNamedWithTheirPlace) {
  sample_settings s;
  const auto done = parse_settings(GetParam().text, "f", s.table);
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().context.starts_with(GetParam().said)) << done.error().context;
}

INSTANTIATE_TEST_SUITE_P(
    Table, SettingsFileMistakes,
    testing::Values(
        mistake_case{"Misspelt", "smtp:\n  comand_timeout: 5s\n",
                     "f:2:3: unknown setting 'smtp.comand_timeout' (did you mean "
                     "'smtp.command_timeout'?)"},
        mistake_case{"BadValue", "smtp:\n  command_timeout: soon\n",
                     "f:2:20: smtp.command_timeout: 'soon' is not a duration"},
        mistake_case{"OutOfBounds", "smtp: {command_timeout: 2h}\n",
                     "f:1:25: smtp.command_timeout: 2h is above the maximum 1h"},
        mistake_case{"ListForOne", "node: {host_name: [a, b]}\n",
                     "f:1:19: node.host_name: expected one value, not a list"},
        mistake_case{"MapForOne", "node: {host_name: {a: b}}\n",
                     "f:1:19: node.host_name: expected a value, not a map"},
        mistake_case{"NoValue", "node:\n  host_name:\n", "f:2:3: node.host_name: has no value"},
        mistake_case{"Twice", "node: {host_name: a}\nnode.host_name: b\n",
                     "f:2:1: 'node.host_name' is given more than once"},
        mistake_case{"NoMap", "[1, 2]\n", "f:1:1: must be a map"},
        mistake_case{"TooDeep", "a: {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}\n", "f:1:"}),
    [](const auto& one) { return one.param.name; });

TEST(Environment, SetsByUpperCaseNameAndSplitsLists) {
  sample_settings s;
  const auto unknown = load_environment({{"SIGNPOST_SMTP_COMMAND_TIMEOUT", "10s"},
                                         {"SIGNPOST_SMTP_LISTEN", ":25, [::1]:2525"},
                                         {"SIGNPOST_SMTP_TLS_ENABLED", "true"},
                                         {"SIGNPOST_SERVICE_HOST", "192.0.2.1"},
                                         {"HOME", "/root"}},
                                        s.table);
  ASSERT_TRUE(unknown) << unknown.error().context;
  EXPECT_EQ(*unknown, std::vector<std::string>{"SIGNPOST_SERVICE_HOST"});
  EXPECT_EQ(s.command_timeout, 10s);
  EXPECT_EQ(s.listen, (std::vector<std::string>{":25", "[::1]:2525"}));
  EXPECT_TRUE(s.enabled);
}

TEST(Environment, NamesTheVariableThatIsWrong) {
  sample_settings s;
  const auto done = load_environment({{"SIGNPOST_SMTP_TLS_ENABLED", "maybe"}}, s.table);
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().context.starts_with("SIGNPOST_SMTP_TLS_ENABLED: "))
      << done.error().context;
}

TEST(Environment, IsReadFromTheProcess) {
  ASSERT_EQ(::setenv("SIGNPOST_NODE_HOST_NAME", "env.example", 1), 0);
  sample_settings s;
  ASSERT_TRUE(load_environment(process_environment(), s.table));
  ::unsetenv("SIGNPOST_NODE_HOST_NAME");
  EXPECT_EQ(s.host_name, "env.example");
}

TEST(SettingsReference, HasATablePerArea) {
  const sample_settings s;
  EXPECT_EQ(settings_reference_markdown(s.table),
            "## node\n\n"
            "| Setting | Type | Default | Bounds | Reload | Meaning |\n"
            "|---|---|---|---|---|---|\n"
            "| `node.host_name` | text | `mx.example` | - | no | Our name. |\n"
            "\n## smtp\n\n"
            "| Setting | Type | Default | Bounds | Reload | Meaning |\n"
            "|---|---|---|---|---|---|\n"
            "| `smtp.command_timeout` | duration | `5m` | 1s to 1h | yes | Silence before a "
            "command. |\n"
            "| `smtp.listen` | list | `[:25]` | - | no | Where to listen. |\n"
            "| `smtp.tls.enabled` | boolean | `false` | - | no | Offer STARTTLS \\| none. |\n");
}

}  // namespace
}  // namespace signpost::config
