// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said to a webhook, and what its answers mean for delivery.
#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "actors/delivery/content_digest.hpp"
#include "actors/delivery/delivery.hpp"
#include "actors/delivery/webhook_attempt.hpp"
#include "actors/queue/delivery_job.hpp"
#include "actors/signing/webhook_signing.hpp"
#include "tests/support/actor_fixture.hpp"

namespace signpost::actors {
namespace {

constexpr wall_time now{seconds{1'790'000'000}};
constexpr std::string_view node_key =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

delivery_job job_for(const std::string& url) {
  auto record = std::make_shared<model::message_record>();
  record->id = model::queue_id::make(now, 1, 1);
  record->sender = "alice@sender.example";
  model::envelope e;
  e.id = record->id;
  e.original = "sales@zone.example";
  e.destination = url;
  e.zone = "zone.example";
  e.rule = "rule-7";
  e.next_hop = model::next_hop("https://hooks.example");
  delivery_job job;
  job.record = record;
  job.body = std::make_shared<const message_body>("Subject: x\r\n\r\nx\r\n");
  job.envelopes = {e};
  return job;
}

smtp::outgoing_message copy_of(const delivery_job& job) {
  smtp::outgoing_message m;
  m.prefix = "Received: by us\r\n";
  m.body = job.body;
  return m;
}

// Both computed with `openssl dgst -sha256 -hmac`.
TEST(WebhookSigning, SecretAndSignatureAreWhatOthersCompute) {
  const auto secret = webhook_secret(node_key, "zone.example", "rule-7");
  EXPECT_EQ(secret, "47405ac15e588d3ec3e6c1766296bf0a083d6a85a0fc37dff8ccc932dd55674d");
  EXPECT_NE(webhook_secret(node_key, "zone.example", "rule-8"), secret);
  EXPECT_NE(webhook_secret(node_key, "zone2.example", "rule-7"), secret);
  const auto job = job_for("https://hooks.example/mail?token=1");
  const auto order = webhook_order_of(job, node_key, now);
  EXPECT_EQ(order.url, "https://hooks.example/mail?token=1");
  std::map<std::string, std::string> fields(order.fields.begin(), order.fields.end());
  std::string digest;
  const auto copy = copy_of(job);
  digest_content({std::make_shared<const message_body>(copy.prefix), copy.body},
                 [&](const result<std::string>& got) { digest = got.value_or("none"); });
  fields.insert(order.sign(digest));
  EXPECT_EQ(fields, (std::map<std::string, std::string>{
                        {"Content-Type", "message/rfc822"},
                        {"Signpost-Queue-Id", "01M3250V00000G000000000001"},
                        {"Signpost-Recipient", "sales@zone.example"},
                        {"Signpost-Sender", "alice@sender.example"},
                        {"Signpost-Zone", "zone.example"},
                        {"Signpost-Rule", "rule-7"},
                        {"Signpost-Timestamp", "1790000000"},
                        {"Signpost-Signature",
                         "v1=81a2b18e78bbbf18c9b4f3b8502605bdae8d4eb017eb53e3cfbcf54f86e0de30"}}));
}

/// Octets that come in pieces of an odd size, or not at all.
class pieces final : public body_rest {
 public:
  pieces(std::string octets, std::size_t readable)
      : octets_(std::move(octets)), readable_(readable) {}
  [[nodiscard]] std::uint64_t size() const override { return octets_.size(); }
  [[nodiscard]] std::string_view relaxed_body_hash() const override { return ""; }
  void read(std::uint64_t offset, std::function<void(result<std::string>)> done) const override {
    if (offset >= readable_) return done(fail(errc::corrupt, "damaged"));
    done(octets_.substr(offset, 7919));
  }

 private:
  const std::string octets_;
  const std::size_t readable_;
};

result<std::string> digest_of(std::vector<body_ptr> content) {
  std::optional<result<std::string>> told;
  digest_content(std::move(content), [&](result<std::string> got) {
    EXPECT_FALSE(told) << "once";
    told = std::move(got);
  });
  return told.value_or(fail(errc::unavailable, "nothing was told"));
}

TEST(ContentDigest, IsOfAllPartsHoweverTheyAreKept) {
  const std::string large(100'000, 'x');
  const auto in_memory = [](std::string octets) {
    return std::make_shared<const message_body>(std::move(octets));
  };
  const auto stored = [&](std::size_t readable) {
    return std::make_shared<const message_body>("begin", memory_lease(),
                                                std::make_shared<pieces>(large, readable));
  };
  const auto want = digest_of({in_memory("a"), in_memory("begin" + large), in_memory("z")});
  ASSERT_TRUE(want);
  EXPECT_EQ(want->size(), 64U);
  EXPECT_EQ(digest_of({in_memory("a"), stored(large.size()), in_memory("z")}), want);
  const auto damaged = digest_of({in_memory("a"), stored(50'000)});
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, errc::corrupt);
  EXPECT_EQ(digest_of({}).value(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

struct field_case {
  const char* name;
  std::string text;
  std::string want;
};

TEST(WebhookSigning, FieldsHoldOnlyWhatMayStandThere) {
  const std::vector<field_case> cases = {
      {"plain", "a+b_c=d@zone.example", "a+b_c=d@zone.example"},
      {"null sender", "", ""},
      {"percent", "50%off@zone.example", "50%25off@zone.example"},
      {"utf-8", "m\u00fcller@zone.example", "m%C3%BCller@zone.example"},
      {"quoted", "\"a b\"@zone.example", "\"a%20b\"@zone.example"},
      {"another field", "a\r\nX: y", "a%0D%0AX:%20y"},
      {"control characters", std::string("\0\x7f", 2), "%00%7F"},
  };
  for (const auto& c : cases) EXPECT_EQ(webhook_field_text(c.text), c.want) << c.name;
}

TEST(WebhookAttempt, PostsPrefixAndMessage) {
  const auto job = job_for("https://hooks.example/mail");
  deliver_request request;
  request.message = copy_of(job);
  request.webhook = {.url = "https://hooks.example/mail", .fields = {{"A", "b"}}};
  const auto post = post_of(std::move(request));
  EXPECT_EQ(post.url, "https://hooks.example/mail");
  EXPECT_EQ(post.fields, (std::vector<std::pair<std::string, std::string>>{{"A", "b"}}));
  ASSERT_EQ(post.content.size(), 2U);
  EXPECT_EQ(post.content[0]->octets(), "Received: by us\r\n");
  EXPECT_EQ(post.content[1], job.body);
}

struct answer_case {
  const char* name;
  int status;
  model::disposition what;
  std::string_view reply;
};

TEST(WebhookAttempt, AnAnswerIsJudgedByItsStatus) {
  using enum model::disposition;
  const std::vector<answer_case> cases = {
      {"ok", 200, delivered, "200 2."},    {"no content", 204, delivered, "204 2."},
      {"redirect", 302, bounce, "302 5."}, {"gone", 410, bounce, "410 5."},
      {"too many", 429, retry, "429 4."},  {"broken", 503, retry, "503 4."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto r = response_of(
        "https://hooks.example:8443/mail?token=1",
        webhook_answer{.status = c.status, .phrase = "In Words", .server = "192.0.2.7"}, now);
    ASSERT_TRUE(r.webhook);
    EXPECT_EQ(r.webhook->what, c.what);
    ASSERT_EQ(r.results.size(), 1U);
    const auto text = r.results[0].reply.to_string();
    EXPECT_TRUE(text.starts_with(c.reply)) << text;
    EXPECT_TRUE(text.ends_with(" webhook: In Words")) << text;
    EXPECT_EQ(r.host, "hooks.example:8443 (192.0.2.7)");
    EXPECT_FALSE(r.host_failed);
  }
}

TEST(WebhookAttempt, SilenceIsTheHostsFaultAndAWrongAddressIsNot) {
  const auto silent =
      response_of("https://hooks.example/", fail(errc::unavailable, "connection refused"), now);
  EXPECT_TRUE(silent.host_failed);
  EXPECT_EQ(silent.webhook->what, model::disposition::retry);
  EXPECT_EQ(silent.results[0].reply.code, 0);
  EXPECT_NE(silent.results[0].reply.to_string().find("webhook: connection refused"),
            std::string::npos);
  EXPECT_EQ(silent.host, "hooks.example");
  // What we cannot read ourselves is not its fault.
  const auto unread = response_of("https://hooks.example/", fail(errc::corrupt, "unreadable"), now);
  EXPECT_FALSE(unread.host_failed);
  EXPECT_EQ(unread.webhook->what, model::disposition::retry);
  const auto inside =
      response_of("https://10.0.0.1/", fail(errc::denied, "a private address"), now);
  EXPECT_FALSE(inside.host_failed);
  EXPECT_EQ(inside.webhook->what, model::disposition::bounce);
}

/// Keeps what is posted until the test answers.
class script : public webhook_poster {
 public:
  void post(webhook_post what, std::function<void(result<webhook_answer>)> done) override {
    posted.push_back(std::move(what));
    waiting.push_back(std::move(done));
  }
  std::vector<webhook_post> posted;
  std::vector<std::function<void(result<webhook_answer>)>> waiting;
};

TEST(WebhookDelivery, EachRequestGetsItsAnswer) {
  test::actor_fixture world;
  script hooks;
  monitoring::metrics metrics{{.version = "test"}};
  delivery_options options;
  options.metrics = &metrics;
  delivery_pool pool(world.network, options);
  auto actor = world.spawn(
      delivery, delivery_dependencies{.time = world.time,
                                      .lanes = {{.network = &world.network, .pool = &pool}},
                                      .webhooks = &hooks});
  const auto ask = [&](const std::string& url) {
    deliver_request request;
    request.message = copy_of(job_for(url));
    request.webhook = {.url = url, .fields = {}};
    return world.ask<deliver_response>(actor, std::move(request));
  };
  const auto first = ask("https://hooks.example/1");
  const auto second = ask("https://hooks.example/2");
  ASSERT_EQ(hooks.waiting.size(), 2U);
  EXPECT_EQ(world.number(actor, "attempts"), 2);
  world.advance(seconds(3));
  hooks.waiting[1](webhook_answer{.status = 200, .phrase = "OK"});
  hooks.waiting[0](webhook_answer{.status = 503, .phrase = "Busy", .retry_after = "120"});
  world.settle();
  ASSERT_TRUE(*first && *second);
  EXPECT_EQ((*second)->webhook->what, model::disposition::delivered);
  EXPECT_EQ((*first)->webhook->retry_after, seconds(120));
  EXPECT_EQ((*first)->took, seconds(3));
  EXPECT_EQ(world.number(actor, "attempts"), 0);
  actor = nullptr;
}

}  // namespace
}  // namespace signpost::actors
