// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/frame.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/text.hpp"
#include "tests/support/largest_allocation.hpp"

namespace signpost::cluster::link {
namespace {

struct collector final : frame_sink {
  std::vector<std::pair<frame_header, std::string>> frames;
  std::size_t most = 1'000'000;
  std::function<payload_use(const frame_header&)> choose;
  frame_reader* reader = nullptr;

  result<payload_use> begin(const frame_header& h) override {
    if (h.size > most) return fail(errc::limit_exceeded, "too large");
    return choose ? choose(h) : payload_use::keep;
  }
  result<void> complete(const frame_header& h, std::string_view payload) override {
    frames.emplace_back(h, reader != nullptr ? reader->take(payload) : std::string(payload));
    return {};
  }
};

const frame_header request{.type = frame_type::request,
                           .kind = 0x0102,
                           .number = 0x0304050607080910,
                           .within_ms = 0x11121314};

TEST(LinkFrame, Golden) {
  std::string out;
  append_frame(out, request, "payload");
  EXPECT_EQ(to_hex(as_bytes(out)), "0000000703000102030405060708091011121314" "7061796c6f6164");
}

TEST(LinkFrame, TypesKeepTheirNumbers) {
  EXPECT_EQ(static_cast<int>(frame_type::hello), 1);
  EXPECT_EQ(static_cast<int>(frame_type::failure), 5);
  EXPECT_EQ(static_cast<int>(frame_type::farewell), 10);
}

TEST(LinkFrame, ComeBackHoweverTheyArrive) {
  std::string octets;
  std::vector<std::string> sent{"", "x", std::string(70'000, 'y'), "", std::string(19, 'z')};
  for (const auto& p : sent) append_frame(octets, request, p);
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    seeded_random random(seed);
    collector sink;
    frame_reader reader;
    if (seed % 2 == 0) sink.reader = &reader;
    for (std::string_view rest = octets; !rest.empty();) {
      const auto piece = seed == 0 ? rest.size() : 1 + random.below(seed < 30 ? seed : 5000);
      ASSERT_TRUE(reader.feed(rest.substr(0, piece), sink));
      rest.remove_prefix(std::min<std::size_t>(piece, rest.size()));
    }
    ASSERT_EQ(sink.frames.size(), sent.size()) << seed;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      EXPECT_EQ(sink.frames[i].second, sent[i]);
      auto want = request;
      want.size = static_cast<std::uint32_t>(sent[i].size());
      EXPECT_EQ(sink.frames[i].first, want);
    }
  }
}

TEST(LinkFrame, CutAnywhereIsNotYetAFrame) {
  std::string octets;
  append_frame(octets, request, "payload");
  for (std::size_t n = 0; n < octets.size(); ++n) {
    collector sink;
    frame_reader reader;
    ASSERT_TRUE(reader.feed(std::string_view(octets).substr(0, n), sink));
    EXPECT_TRUE(sink.frames.empty()) << n;
    ASSERT_TRUE(reader.feed(std::string_view(octets).substr(n), sink));
    EXPECT_EQ(sink.frames.size(), 1U) << n;
  }
}

TEST(LinkFrame, WhatIsSkippedIsNotKept) {
  std::string octets;
  append_frame(octets, request, std::string(500'000, 's'));
  append_frame(octets, {.type = frame_type::note}, "kept");
  for (const std::size_t piece : {std::size_t{1000}, octets.size()}) {
    collector sink;
    sink.choose = [](const auto& h) {
      return h.type == frame_type::note ? payload_use::keep : payload_use::skip;
    };
    frame_reader reader;
    test::largest_allocation = 0;
    for (std::size_t at = 0; at < octets.size(); at += piece) {
      ASSERT_TRUE(reader.feed(std::string_view(octets).substr(at, piece), sink));
    }
    EXPECT_LT(test::largest_allocation, 1000U);
    ASSERT_EQ(sink.frames.size(), 1U);
    EXPECT_EQ(sink.frames[0].second, "kept");
  }
}

TEST(LinkFrame, ASinkRefusesBeforeAnythingIsKept) {
  std::string octets;
  append_frame(octets, request, "");
  octets.replace(0, 4, "\xFF\xFF\xFF\xFF");
  collector sink;
  frame_reader reader;
  test::largest_allocation = 0;
  EXPECT_EQ(reader.feed(octets, sink).error().code, errc::limit_exceeded);
  EXPECT_LT(test::largest_allocation, 1000U);
}

}  // namespace
}  // namespace signpost::cluster::link
