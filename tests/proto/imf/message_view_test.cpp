// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/message_view.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "base/limits.hpp"
#include "base/random.hpp"
#include "proto/imf/mime_walk.hpp"
#include "proto/imf/traits.hpp"

namespace signpost::imf {
namespace {

constexpr std::string_view plain =
    "Received: from a by b;\r\n Mon, 23 Nov 2026 20:46:00 +0000\r\n"
    "SUBJECT : one\r\n\ttwo\r\n"
    "From: <ann@example.org>\r\n"
    "\r\n"
    "Body: not a field\r\n";

TEST(MessageView, GivesFieldsAsTheyStand) {
  const message_view view(plain);
  ASSERT_EQ(view.fields().size(), 3U);
  EXPECT_EQ(view.fields()[1].name, "SUBJECT");
  EXPECT_EQ(view.fields()[1].value, " one\r\n\ttwo");
  EXPECT_EQ(view.fields()[1].whole, "SUBJECT : one\r\n\ttwo\r\n");
  EXPECT_EQ(view.body(), "Body: not a field\r\n");
  EXPECT_TRUE(view.has_separator());
  EXPECT_EQ(view.text("subject"), "one\ttwo");
}

TEST(MessageView, FindsFieldsInAnyCaseFromTheTop) {
  const message_view view("X: 1\r\nx: 2\r\ny: 3\r\n\r\n");
  ASSERT_NE(view.find("x"), nullptr);
  EXPECT_EQ(view.find("x")->value, " 1");
  EXPECT_EQ(view.find_all("X").size(), 2U);
  EXPECT_EQ(view.find("z"), nullptr);
  EXPECT_EQ(view.text("z"), "");
}

struct shape_case {
  std::string_view name;
  std::string_view octets;
  std::size_t fields;
  std::string_view body;
  bool separator;
};

class MessageShapes : public testing::TestWithParam<shape_case> {};

TEST_P(MessageShapes, AreRead) {
  const message_view view(GetParam().octets);
  EXPECT_EQ(view.fields().size(), GetParam().fields);
  EXPECT_EQ(view.body(), GetParam().body);
  EXPECT_EQ(view.has_separator(), GetParam().separator);
}

INSTANTIATE_TEST_SUITE_P(
    All, MessageShapes,
    testing::Values(
        shape_case{"nothing", "", 0, "", false},
        shape_case{"body_alone", "\r\nbody", 0, "body", true},
        shape_case{"no_header", "Just some words\r\nA: b\r\n", 0, "Just some words\r\nA: b\r\n",
                   false},
        shape_case{"no_blank_line", "A: b\r\nbody it is\r\n", 1, "body it is\r\n", false},
        shape_case{"header_alone", "A: b\r\nC: d\r\n", 2, "", false},
        shape_case{"header_without_end", "A: b", 1, "", false},
        shape_case{"lone_lf", "A: b\nC: d\n e\n\nbody\n", 2, "body\n", true},
        shape_case{"lone_cr", "A: b\rC: d\r e\r\rbody\r", 2, "body\r", true},
        shape_case{"cr_is_text_where_lf_stands", "A: b\rC: d\r\n\r\nbody", 1, "body", true},
        shape_case{"mixed", "A: b\nC: d\r\n\nbody", 2, "body", true},
        shape_case{"blank_continuation", "A: b\r\n \r\nC: d\r\n\r\n", 2, "", true},
        shape_case{"first_line_continues_nothing", " A: b\r\n\r\n", 0, " A: b\r\n\r\n", false},
        shape_case{"eight_bit_name", "N\xc3\xa4me: b\r\nA: c\r\n\r\n", 2, "", true},
        shape_case{"space_in_name", "A: b\r\nC d: e\r\n\r\n", 1, "C d: e\r\n\r\n", false},
        shape_case{"empty_name", ": b\r\nA: c\r\n\r\n", 2, "", true},
        shape_case{"from_with_a_blank", "From : ann\nA: b\n\nbody", 2, "body", true},
        shape_case{"mailbox_file_line", "From ann Mon Nov 23\nA: b\n\nbody", 1, "body", true},
        shape_case{"nul", std::string_view("A: \0b\r\n\r\n\0", 10), 1, std::string_view("\0", 1),
                   true}),
    [](const auto& shape) { return std::string(shape.param.name); });

TEST(MessageView, CountsWhatLiesBeyondTheOctetLimitAsBody) {
  const std::string first = "A: b\r\n";
  const std::string large = "B: " + std::string(limits::header_octets_max, 'x') + "\r\n";
  const std::string octets = first + large + "C: d\r\n\r\nbody";
  const message_view view(octets);
  ASSERT_EQ(view.fields().size(), 1U);
  EXPECT_EQ(view.body_offset(), first.size());
}

TEST(MessageView, TakesOneFieldOfNearlyTheLimit) {
  const std::string large = "B: " + std::string(limits::header_octets_max - 100, 'x') + "\r\n";
  const std::string octets = large + "\r\nbody";
  const message_view view(octets);
  ASSERT_EQ(view.fields().size(), 1U);
  EXPECT_EQ(view.body(), "body");
}

TEST(MessageView, CountsWhatLiesBeyondTheFieldLimitAsBody) {
  std::string octets;
  for (std::size_t i = 0; i < header_fields_max + 5; ++i) octets += "A: b\r\n";
  const message_view view(octets);
  EXPECT_EQ(view.fields().size(), header_fields_max);
  EXPECT_EQ(view.body().size(), 5 * 6U);
}

// Fields, separator and body are the whole message, whatever the octets are.
void expect_covers(std::string_view octets) {
  const message_view view(octets);
  std::size_t fields = 0;
  for (const auto& f : view.fields()) {
    fields += f.whole.size();
    ASSERT_TRUE(f.whole.starts_with(f.name));
    ASSERT_NE(f.whole.find(f.value), std::string_view::npos);
  }
  ASSERT_LE(fields, view.header_section().size());
  ASSERT_LE(view.header_section().size(), view.body_offset());
  ASSERT_LE(view.body_offset() - view.header_section().size(), 2U);
  ASSERT_EQ(view.body_offset() + view.body().size(), octets.size());
}

TEST(MessageView, CoversEveryPrefixOfAMessage) {
  for (std::size_t n = 0; n <= plain.size(); ++n) expect_covers(plain.substr(0, n));
}

TEST(MessageView, CoversRandomOctets) {
  seeded_random random(7);
  constexpr std::string_view alphabet("AB: \t\r\n\0\xc3;=-\"", 14);
  for (int round = 0; round < 20'000; ++round) {
    std::string octets(random.below(80), ' ');
    for (auto& c : octets) c = alphabet[random.below(alphabet.size())];
    expect_covers(octets);
    static_cast<void>(
        walk_parts(message_view(octets), [](const auto&) { return walk_step::into; }));
    static_cast<void>(is_auto_submitted(message_view(octets)));
  }
}

TEST(MessageView, IsLinearInWhatAStrangerCanWrite) {
  const auto repeated = [](std::string_view piece, std::size_t octets) {
    std::string out;
    while (out.size() < octets) out += piece;
    return out;
  };
  constexpr std::size_t size = 1 << 20;
  const std::string inputs[] = {"A: b" + repeated("\r\n ", size),
                                repeated("A", size),
                                repeated(":\n", size),
                                repeated("\r", size),
                                repeated("Received: (((((((((\r\n", size),
                                "Received: " + repeated("(", size / 4) + "\r\n\r\n",
                                repeated("Received: by by by by\r\n", size)};
  const auto start = std::chrono::steady_clock::now();
  for (const auto& octets : inputs) {
    const message_view view(octets);
    static_cast<void>(received_by_host_count(view, "mx.example.org"));
    static_cast<void>(is_list_mail(view));
    static_cast<void>(max_line_octets(octets));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

}  // namespace
}  // namespace signpost::imf
