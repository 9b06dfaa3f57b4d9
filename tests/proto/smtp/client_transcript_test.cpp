// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The sending session against its transcripts: whole, octet by octet, cut everywhere.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "tests/proto/smtp/client_text.hpp"
#include "tests/proto/smtp/transcript.hpp"

namespace signpost::smtp::testing {
namespace {

/// `sender rcpt,rcpt body`; the sender `-` is the null one.
outgoing_message parse_message(std::string_view text) {
  const auto first = text.find(' ');
  const auto second = text.find(' ', first + 1);
  outgoing_message m;
  if (const auto sender = text.substr(0, first); sender != "-") m.sender = sender;
  for (const auto r : split(text.substr(first + 1, second - first - 1), ',')) {
    m.recipients.emplace_back(r);
  }
  m.body = std::make_shared<message_body>(std::string(text.substr(second + 1)));
  return m;
}

class ClientTranscript : public ::testing::TestWithParam<std::string> {
 protected:
  client_options options{.host_name = "out.example"};
  client_session session{options, steady_time{}};
  std::string sent;
  std::vector<std::string> events;
  std::size_t results_missing = 0;

  void collect() {
    while (!session.output().empty()) {
      sent += session.output();
      session.consume_output(session.output().size(), {});
    }
    while (auto event = session.next()) {
      if (const auto* done = std::get_if<transaction_done_event>(&*event)) {
        results_missing -= done->results.size();
      }
      events.push_back(to_text(*event));
    }
  }

  void step(const transcript_step& s, std::size_t piece) {
    if (s.kind == "S") {
      const auto bytes = s.text + "\r\n";
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        session.receive(bytes.substr(at, piece), {});
        collect();
      }
    } else if (s.kind == "C") {
      const auto line = s.text + "\r\n";
      EXPECT_TRUE(sent.starts_with(line)) << in_quotes(sent) << ", wanted " << in_quotes(line);
      sent.erase(0, line.size());
    } else if (s.kind == "E") {
      ASSERT_FALSE(events.empty()) << s.text;
      EXPECT_EQ(events.front(), s.text);
      events.erase(events.begin());
    } else if (s.kind == "M") {
      auto message = parse_message(s.text);
      results_missing += message.recipients.size();
      session.start(std::move(message), {});
    } else if (s.kind == "T") {
      session.tls_established({}, {});
    } else if (s.kind == "Q") {
      session.quit({});
    } else if (s.kind == "X") {
      session.closed(s.text);
    }
    collect();
  }
};

TEST_P(ClientTranscript, GoesAsWritten) {
  for (const auto& s : read_transcript(GetParam())) step(s, 100'000);
  EXPECT_TRUE(session.finished());
  EXPECT_TRUE(events.empty());
  EXPECT_EQ(sent, "");
}

TEST_P(ClientTranscript, GoesAsWrittenOctetByOctet) {
  for (const auto& s : read_transcript(GetParam())) step(s, 1);
  EXPECT_TRUE(session.finished());
  EXPECT_TRUE(events.empty());
}

INSTANTIATE_TEST_SUITE_P(All, ClientTranscript, ::testing::ValuesIn(transcripts("client")),
                         [](const auto& one) {
                           const auto slash = one.param.rfind('/') + 1;
                           return one.param.substr(slash, one.param.rfind('.') - slash);
                         });

TEST(ClientTranscriptCut, LeavesNoRecipientWithoutAResult) {
  struct runner : ClientTranscript {
    void TestBody() override {}
    /// Stops within step `last` after `octets` of it; false if it has not that many.
    bool run(const std::vector<transcript_step>& steps, std::size_t last, std::size_t octets) {
      for (std::size_t i = 0; i < last; ++i) step(steps[i], 100'000);
      if (octets > 0) {
        const auto bytes = steps[last].text + "\r\n";
        if (steps[last].kind != "S" || octets > bytes.size()) return false;
        session.receive(bytes.substr(0, octets), {});
        collect();
      }
      session.closed("cut");
      collect();
      EXPECT_TRUE(session.finished());
      EXPECT_EQ(results_missing, 0U) << last << " " << octets;
      return true;
    }
  };
  for (const auto& path : transcripts("client")) {
    const auto steps = read_transcript(path);
    for (std::size_t last = 0; last < steps.size(); ++last) {
      for (std::size_t octets = 0; runner().run(steps, last, octets); ++octets) {
      }
    }
  }
}

}  // namespace
}  // namespace signpost::smtp::testing
