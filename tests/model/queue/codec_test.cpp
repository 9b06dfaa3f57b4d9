// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"

namespace signpost::model {
namespace {

/// Makes values that are as odd as they can be, the same ones every time.
class maker {
 public:
  std::uint64_t number() {
    const auto bits = random_.below(64);
    return random_.below(std::uint64_t{1} << bits) + (random_.below(50) == 0 ? UINT64_MAX / 2 : 0);
  }
  std::uint32_t small() { return static_cast<std::uint32_t>(number()); }
  bool flag() { return random_.below(2) == 1; }
  wall_time time() {
    const auto ms = static_cast<std::int64_t>(number());
    return wall_time{milliseconds{flag() ? ms : ~ms}};
  }
  std::string text() {
    std::string t(random_.below(8) == 0 ? random_.below(1000) : random_.below(20), '\0');
    random_.fill(std::as_writable_bytes(std::span(t.data(), t.size())));
    return t;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> list(random_.below(4));
    std::ranges::generate(list, [this] { return text(); });
    return list;
  }
  template <typename Enum>
  Enum choice(Enum last) {
    return static_cast<Enum>(random_.below(static_cast<std::uint64_t>(last) + 1));
  }
  model::queue_id id() {
    std::array<std::byte, 16> octets{};
    random_.fill(octets);
    return *model::queue_id::from_octets(as_text(octets));
  }
  model::message_record message() {
    return {.id = id(),
            .accepted = time(),
            .sender = text(),
            .helo = text(),
            .client_address = text(),
            .own = flag(),
            .client_name = text(),
            .protocol = text(),
            .tls = text(),
            .message_id = text(),
            .eight_bit = flag(),
            .smtputf8 = flag(),
            .may_bounce = flag(),
            .automatic = flag(),
            .sender_proven = flag(),
            .size = number(),
            .recipients = small(),
            .prefix = text(),
            .author = author()};
  }
  model::author_facts author() {
    model::author_facts a{.known = flag(), .proven = flag(), .anybody = flag()};
    a.domains.resize(random_.below(4));
    for (auto& d : a.domains) d = {.name = text(), .organization = text()};
    return a;
  }
  model::envelope envelope() {
    return {.id = id(),
            .index = small(),
            .original = text(),
            .destination = text(),
            .zone = text(),
            .rule = text(),
            .next_hop = model::next_hop(text()),
            .state = choice(model::outcome::removed),
            .attempts = small(),
            .next_attempt = time(),
            .expires = time(),
            .delay_notified = flag(),
            .last_reply = text(),
            .last_host = text(),
            .fallbacks = texts()};
  }
  model::activity_event event() {
    model::activity_event e{.at = time(),
                            .kind = choice(model::event_kind::failover),
                            .id = {},
                            .zone = text(),
                            .sender = text(),
                            .recipient = text(),
                            .destination = text(),
                            .host = text(),
                            .tls = text(),
                            .reply = text(),
                            .attempt = small(),
                            .size = number(),
                            .details = {}};
    if (flag()) e.id = id();
    for (auto left = random_.below(4); left > 0; --left) e.details.emplace_back(text(), text());
    return e;
  }
  seeded_random& random() { return random_; }

 private:
  seeded_random random_{20261123};
};

constexpr int rounds = 400;

TEST(QueueCodec, MessagesRoundTrip) {
  maker make;
  for (int i = 0; i < rounds; ++i) {
    const auto m = make.message();
    EXPECT_EQ(decode_message(m.id, encode(m)), m);
  }
}

TEST(QueueCodec, EnvelopesRoundTripAndShowTheirState) {
  maker make;
  for (int i = 0; i < rounds; ++i) {
    const auto e = make.envelope();
    const auto value = encode(e);
    EXPECT_EQ(decode_envelope(e.id, e.index, value), e);
    EXPECT_EQ(peek_state(value), e.state);
  }
}

TEST(QueueCodec, EventsRoundTrip) {
  maker make;
  for (int i = 0; i < rounds; ++i) {
    const auto e = make.event();
    EXPECT_EQ(decode_event(encode(e)), e);
  }
}

TEST(QueueCodec, EveryTruncationIsCorrupt) {
  maker make;
  for (int i = 0; i < 40; ++i) {
    const auto message = encode(make.message());
    for (std::size_t n = 0; n < message.size(); ++n) {
      ASSERT_EQ(decode_message({}, std::string_view(message).substr(0, n)).error().code,
                errc::corrupt);
    }
    const auto envelope = encode(make.envelope());
    for (std::size_t n = 0; n < envelope.size(); ++n) {
      ASSERT_EQ(decode_envelope({}, 0, std::string_view(envelope).substr(0, n)).error().code,
                errc::corrupt);
    }
    const auto event = encode(make.event());
    for (std::size_t n = 0; n < event.size(); ++n) {
      ASSERT_EQ(decode_event(std::string_view(event).substr(0, n)).error().code, errc::corrupt);
    }
  }
}

// Nothing is asserted but that every answer is a value or errc::corrupt: the sanitizers watch.
TEST(QueueCodec, FlippedOctetsNeverCrash) {
  maker make;
  for (int i = 0; i < rounds * 10; ++i) {
    auto event = encode(make.event());
    auto envelope = encode(make.envelope());
    for (auto* value : {&event, &envelope}) {
      const auto at = make.random().below(value->size());
      (*value)[at] = static_cast<char>(make.random().below(256));
    }
    const auto e = decode_event(event);
    EXPECT_TRUE(e || e.error().code == errc::corrupt);
    const auto v = decode_envelope({}, 0, envelope);
    EXPECT_TRUE(v || v.error().code == errc::corrupt);
  }
}

TEST(QueueCodec, FieldsOfANewerMinorVersionAreSkipped) {
  maker make;
  const auto e = make.envelope();
  auto newer = encode(e);
  newer[0] = static_cast<char>(newer[0] + 1);
  EXPECT_EQ(decode_envelope(e.id, e.index, newer + "more"), e);
  // The same octets behind our own version are corruption.
  EXPECT_EQ(decode_envelope(e.id, e.index, encode(e) + "more").error().code, errc::corrupt);
}

// As a program of schema version 1 wrote it: the same without its last field, and marked so.
TEST(QueueCodec, EnvelopesWithoutFallbacksAreRead) {
  maker make;
  auto e = make.envelope();
  e.fallbacks.clear();
  auto old = encode(e);
  ASSERT_EQ(old.back(), '\0');
  old.pop_back();
  old[0] = '\x10';
  EXPECT_EQ(decode_envelope(e.id, e.index, old), e);
  EXPECT_EQ(peek_state(old), e.state);
  EXPECT_EQ(decode_envelope(e.id, e.index, old + "more").error().code, errc::corrupt);
}

TEST(QueueCodec, TheZonesIdStandsWithItsName) {
  maker make;
  auto envelope = make.envelope();
  auto event = make.event();
  for (const std::string name : {"zone.example", ""}) {
    for (const std::string id : {"0123456789abcdef0123456789abcdef", ""}) {
      envelope.zone = event.zone = name;
      envelope.zone_id = event.zone_id = id;
      EXPECT_EQ(decode_envelope(envelope.id, envelope.index, encode(envelope)), envelope);
      EXPECT_EQ(decode_event(encode(event)), event);
    }
  }
}

TEST(QueueCodec, TooManyFallbacksAreCorrupt) {
  maker make;
  auto e = make.envelope();
  e.fallbacks.clear();
  auto value = encode(e);
  value.pop_back();
  value += "\x81\x08";  // 1025
  value += std::string(1025, '\0');
  EXPECT_EQ(decode_envelope(e.id, e.index, value).error().code, errc::corrupt);
}

// As programs wrote it that knew their own messages by having no client.
TEST(QueueCodec, OldMessagesWithoutAClientAreOurOwn) {
  maker make;
  auto m = make.message();
  for (const std::string client : {"192.0.2.1", ""}) {
    m.client_address = client;
    m.own = false;
    auto old = encode(m);
    EXPECT_FALSE(decode_message(m.id, old)->own) << "ours say it themselves";
    old[0] = '\x11';
    EXPECT_EQ(decode_message(m.id, old)->own, client.empty());
  }
}

// As programs wrote it that did not keep the author.
TEST(QueueCodec, MessagesWithoutAuthorAreReadAsOfNobodyKnown) {
  maker make;
  auto m = make.message();
  m.author = {};
  m.client_address = "192.0.2.1";
  m.own = false;
  auto old = encode(m);
  ASSERT_TRUE(old.ends_with(std::string(2, '\0')));
  old.resize(old.size() - 2);
  old[0] = '\x10';
  EXPECT_EQ(decode_message(m.id, old), m);
  EXPECT_FALSE(decode_message(m.id, old)->author.known);
  EXPECT_EQ(decode_message(m.id, old + "more").error().code, errc::corrupt);
}

TEST(QueueCodec, TooManyAuthorsAreCorrupt) {
  maker make;
  auto m = make.message();
  m.author = {};
  auto value = encode(m);
  value.pop_back();
  value += '\x21';  // 33
  value += std::string(66, '\0');
  EXPECT_EQ(decode_message(m.id, value).error().code, errc::corrupt);
}

TEST(QueueCodec, AnotherMajorVersionIsCorrupt) {
  maker make;
  auto value = encode(make.envelope());
  value[0] = '\x20';
  EXPECT_EQ(decode_envelope({}, 0, value).error().code, errc::corrupt);
  EXPECT_EQ(peek_state(value), std::nullopt);
}

struct bad_number_case {
  const char* name;
  std::string octets;
};

class QueueCodecNumbers : public testing::TestWithParam<bad_number_case> {};

// An event whose `attempt` is what the case says.
TEST_P(QueueCodecNumbers, OverlongOrTooLargeIsCorrupt) {
  const model::activity_event e{.at = {}, .attempt = 0};
  auto value = encode(e);
  ASSERT_EQ(value.substr(value.size() - 3), std::string(3, '\0'));  // attempt, size, details
  value.replace(value.size() - 3, 1, GetParam().octets);
  EXPECT_FALSE(decode_event(value).has_value());
}

INSTANTIATE_TEST_SUITE_P(
    All, QueueCodecNumbers,
    testing::Values(bad_number_case{"ElevenOctets", std::string(10, '\x80') + '\0'},
                    bad_number_case{"MoreThan64Bits", std::string(9, '\xFF') + '\x02'},
                    bad_number_case{"MoreThan32Bits", std::string("\x80\x80\x80\x80\x10")}),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace signpost::model
