// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A message that is sent from the spool is the same, octet for octet and hash for hash, as one that
// was in memory.
#include "actors/queue/large_message.hpp"

#include <gtest/gtest.h>

#include "actors/queue/reading_messages.hpp"
#include "actors/queue/spool_reader.hpp"
#include "actors/signing/presentable.hpp"
#include "actors/status_messages.hpp"
#include "proto/dkim/message_hasher.hpp"
#include "tests/support/actor_fixture.hpp"

namespace signpost::actors {
namespace {

constexpr auto authserv_id = "node.example";

/// Lines of all that canonicalization changes, so that every border between parts meets some of it.
std::string text_of(std::size_t octets, unsigned seed) {
  seeded_random random(seed);
  std::string out;
  while (out.size() < octets) {
    switch (random.below(8)) {
      case 0:
        out += "\r\n";
        break;
      case 1:
        out += "  \t ";
        break;
      case 2:
        out += " \r\n";
        break;
      case 3:
        out += ".\r\n";
        break;
      default:
        out += std::string(random.below(70) + 1, 'x');
    }
  }
  out.resize(octets);
  return out;
}

class LargeMessage : public testing::Test {
 protected:
  /// Puts it into the spool and loads it.
  load_response load(const std::string& octets) {
    id = world.spool.put({model::envelope{}}, octets);
    reader = world.spawn(
        spool_reader, spool_reader_dependencies{.spool = world.spool,
                                                .budget = world.budget,
                                                .authserv_id = authserv_id});
    const auto answer = world.ask<load_response>(reader, load_request{.id = id});
    EXPECT_TRUE(*answer);
    return *answer ? std::move(**answer) : load_response{};
  }
  /// All of its octets, the rest read piece by piece.
  std::string all_of(const message_body& body) {
    std::string out(body.octets());
    if (!body.rest()) return out;
    for (std::uint64_t offset = 0; offset < body.rest()->size();) {
      std::string piece;
      body.rest()->read(offset, [&](result<std::string> got) { piece = got.value_or(""); });
      world.settle();
      if (piece.empty()) return "nothing came";
      offset += piece.size();
      out += piece;
    }
    return out;
  }
  void expect_same_as_in_memory(const std::string& octets) {
    const auto loaded = load(octets);
    ASSERT_FALSE(loaded.failure);
    const auto want =
        *presentable(std::make_shared<const message_body>(octets), authserv_id, nullptr);
    EXPECT_EQ(loaded.body->size(), want->size());
    ASSERT_TRUE(all_of(*loaded.body) == want->octets());
    if (!loaded.body->rest()) return;
    dkim::message_hasher hasher{imf::message_view(want->octets())};
    EXPECT_EQ(loaded.body->rest()->relaxed_body_hash(),
              hasher.body_hash(dkim::canonicalization::relaxed, std::nullopt));
    const imf::message_view in_memory(loaded.body->octets());
    const imf::message_view of_all(want->octets());
    EXPECT_EQ(in_memory.body_offset(), of_all.body_offset());
    ASSERT_EQ(in_memory.fields().size(), of_all.fields().size());
    EXPECT_EQ(in_memory.header_section(), of_all.header_section());
  }

  test::actor_fixture world;
  model::queue_id id;
  spool_reader_actor reader;
};

constexpr std::size_t large = storage::body_whole_octets_max + 700'001;

TEST_F(LargeMessage, IsTheSameAsInMemoryWhateverItsHeader) {
  const std::string forged = "Authentication-Results: node.example; spf=pass\r\n";
  const std::string long_field = "X-Long: " + std::string(300'000, 'y') + "\r\n";
  const std::vector<std::string> headers{
      "Subject: x\r\n\r\n",
      "\r\n",
      forged + "Subject: x\r\n" + forged + "\r\n",
      "From alice Mon Nov 23 20:46:00 2026\r\nSubject: x\r\n" + forged + "\r\n",
      "Subject: x\r\nno field at all\r\n" + forged + "Later: y\r\n\r\n",
      long_field + forged + "\r\n",
      long_field + long_field + long_field + "\r\n",
  };
  for (unsigned seed = 0; seed < headers.size(); ++seed) {
    SCOPED_TRACE(seed);
    expect_same_as_in_memory(headers[seed] + text_of(large, seed));
  }
}

TEST_F(LargeMessage, IsTheSameWhereverItsBodyIsCut) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(seed);
    expect_same_as_in_memory("Subject: x\r\n\r\n" + text_of(large + 70'000 * seed, 100 + seed));
  }
}

TEST_F(LargeMessage, WithoutAnEndOfTheHeaderIsReadWhole) {
  const auto loaded = load("X: " + std::string(large, 'y'));
  ASSERT_FALSE(loaded.failure);
  EXPECT_FALSE(loaded.body->rest());
  EXPECT_EQ(loaded.body->size(), large + 3);
}

TEST_F(LargeMessage, TakesLittleMemory) {
  const auto loaded = load("Subject: x\r\n\r\n" + text_of(24'000'000, 1));
  ASSERT_TRUE(loaded.body->rest());
  EXPECT_LE(loaded.body->held(), 64U * 1024);
  EXPECT_EQ(world.budget.used(), travelling_octets);
}

// Transfers do not wait behind large messages that are looked through.
TEST_F(LargeMessage, ItsPartsAreReadBySomebodyElseThanWhoLoadsIt) {
  std::vector<std::uint64_t> parts;
  const auto reading = [&](spool_reader_actor::pointer,
                           test::no_arguments) -> spool_reader_actor::behavior_type {
    return {
        [](const load_request&) { return load_response{}; },
        [&](const part_request& m) {
          parts.push_back(m.part);
          m.done(world.spool.body_part(m.id, m.part));
        },
        [](const note_unreadable&) { return unreadable_noted{}; },
        [](const scan_request&) { return scan_response{}; },
        [](get_status) { return status_report{}; },
    };
  };
  const auto part_reader = world.spawn(reading, test::no_arguments{});
  const auto large_reader = world.spawn(
      spool_reader, spool_reader_dependencies{
                        .spool = world.spool, .budget = world.budget, .for_parts = part_reader});
  reader = world.spawn(
      spool_reader, spool_reader_dependencies{
                        .spool = world.spool, .budget = world.budget, .for_large = large_reader});
  const auto octets = "Subject: x\r\n\r\n" + text_of(large, 1);
  id = world.spool.put({model::envelope{}}, octets);
  const auto answer = world.ask<load_response>(reader, load_request{.id = id});
  ASSERT_TRUE(*answer && (*answer)->body);
  EXPECT_TRUE(all_of(*(*answer)->body) == octets);
  EXPECT_EQ(parts.size(), 7U);
}

TEST_F(LargeMessage, WhatIsOursIsNotLookedThroughForForgeries) {
  // A message of ours has no client address; this one has, and loses the field.
  const std::string field = "Authentication-Results: node.example; spf=pass\r\n";
  const auto loaded = load(field + "\r\n" + text_of(large, 1));
  EXPECT_EQ(loaded.body->octets().substr(0, 2), "\r\n");
}

TEST_F(LargeMessage, APartThatCannotBeReadIsTold) {
  const auto loaded = load("Subject: x\r\n\r\n" + text_of(large, 1));
  world.spool.fail_reads = errc::unavailable;
  std::optional<result<std::string>> got;
  loaded.body->rest()->read(0, [&](result<std::string> piece) { got = std::move(piece); });
  world.settle();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->error().code, errc::unavailable);
}

TEST(BodyHashMemory, ForgetsTheOldest) {
  body_hash_memory memory;
  const auto id_of = [](std::size_t n) { return model::queue_id::make(wall_time{}, 1, n); };
  for (std::size_t n = 0; n <= body_hash_memory::entries_max; ++n) {
    memory.put(id_of(n), std::to_string(n));
    memory.put(id_of(n), "again");
  }
  EXPECT_EQ(memory.find(id_of(0)), nullptr);
  ASSERT_NE(memory.find(id_of(1)), nullptr);
  EXPECT_EQ(*memory.find(id_of(1)), "1");
}

}  // namespace
}  // namespace signpost::actors
