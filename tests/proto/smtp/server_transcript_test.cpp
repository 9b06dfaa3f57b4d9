// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The receiving session against its transcripts: whole, octet by octet, cut everywhere.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "tests/proto/smtp/server_driver.hpp"
#include "tests/proto/smtp/transcript.hpp"

namespace signpost::smtp::testing {
namespace {

refusal parse_refusal(std::string_view text) {
  const auto code = static_cast<std::uint16_t>(*parse_uint(text.substr(0, 3)));
  const auto status = text.substr(4, text.find(' ', 4) - 4);
  return refusal(
      {code, *enhanced_status::parse(status), {std::string(text.substr(5 + status.size()))}});
}

/// A transcript taken apart: what is sent between the handshakes, and what must come of it.
struct script {
  std::vector<std::string> sections{""};
  std::string said;
  std::vector<std::string> events;
  std::deque<std::optional<refusal>> answers;

  explicit script(const std::string& path) {
    for (const auto& [kind, text] : read_transcript(path)) {
      if (kind == "C") sections.back() += text + "\r\n";
      if (kind == "C+") sections.back() += text;
      if (kind == "T") sections.emplace_back();
      if (kind == "S") said += text + "\r\n";
      if (kind == "E") add_event(text);
      if (kind == "A") answers.back() = parse_refusal(text);
    }
  }

 private:
  void add_event(const std::string& text) {
    events.push_back(text);
    for (const auto* waiting : {"mail ", "rcpt ", "message "}) {
      if (text.starts_with(waiting)) answers.emplace_back();
    }
  }
};

class ServerTranscript : public ::testing::TestWithParam<std::string> {
 protected:
  /// Sends the script in pieces of `piece` octets and stops after `octets_max` of them.
  static void play(const script& s, server_driver& d, std::size_t piece, std::size_t octets_max) {
    d.options.offer_starttls = true;
    d.answers = s.answers;
    d.open();
    for (std::size_t i = 0; i < s.sections.size(); ++i) {
      if (i > 0) d.session->tls_established({}, d.now);
      const auto bytes = s.sections[i].substr(0, octets_max);
      octets_max -= bytes.size();
      for (std::size_t at = 0; at < bytes.size(); at += piece) d.receive(bytes.substr(at, piece));
      if (octets_max == 0) return;
    }
  }
};

TEST_P(ServerTranscript, GoesAsWrittenInPiecesOfAnySize) {
  const script s(GetParam());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7},
                                  std::size_t{64}, std::size_t{100'000}}) {
    server_driver d;
    play(s, d, piece, std::string::npos);
    EXPECT_EQ(d.said, s.said) << piece;
    EXPECT_EQ(d.events, s.events) << piece;
    d.session.reset();
    EXPECT_EQ(d.budget.used(), 0U);
  }
}

TEST_P(ServerTranscript, SaysNothingElseWhereverItIsCut) {
  const script s(GetParam());
  std::size_t octets = 0;
  for (const auto& section : s.sections) octets += section.size();
  for (std::size_t cut = 1; cut < octets; ++cut) {
    server_driver d;
    play(s, d, cut, cut);
    EXPECT_TRUE(s.said.starts_with(d.said)) << cut;
    ASSERT_LE(d.events.size(), s.events.size()) << cut;
    EXPECT_TRUE(std::equal(d.events.begin(), d.events.end(), s.events.begin())) << cut;
    d.session.reset();
    EXPECT_EQ(d.budget.used(), 0U) << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ServerTranscript, ::testing::ValuesIn(transcripts("server")),
                         [](const auto& one) {
                           const auto slash = one.param.rfind('/') + 1;
                           return one.param.substr(slash, one.param.rfind('.') - slash);
                         });

}  // namespace
}  // namespace signpost::smtp::testing
