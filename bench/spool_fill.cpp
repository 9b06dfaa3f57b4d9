// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// spool_fill: writes a spool that holds many messages, as fast as the disk takes them, so that a
// node can be measured with a large queue.
//
//   spool_fill --path DIR --messages 1000000 --next-hop dead.example
//
// Threads: one. Nothing is synced but the last write: a machine that crashes meanwhile leaves less.
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "bench/support/options.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::bench {
namespace {

constexpr option_spec specs[] = {
    {"--path", "", "the spool's directory; made if it is not there"},
    {"--messages", "1000000", "how many"},
    {"--size", "500", "octets of each"},
    {"--next-hop", "dead.example", "where they go; with --next-hops, mN. in front of it"},
    {"--next-hops", "1", "to so many different next hops in turn"},
    {"--spread-s", "600", "due at times spread over so many seconds before now, in no order"},
};

struct shape {
  std::uint64_t messages = 0;
  std::string next_hop;
  std::uint64_t next_hops = 1;
  std::uint64_t spread_ms = 0;
  body_ptr body;
};

storage::new_message message_of(storage::spool& spool, const shape& s, std::uint64_t n,
                                wall_time now) {
  storage::new_message m;
  m.message.id = spool.next_id(now);
  m.message.accepted = now;
  m.message.sender = "alice@sender.example";
  m.message.protocol = "ESMTP";
  m.message.may_bounce = false;
  m.message.size = s.body->size();
  m.message.recipients = 1;
  m.body = s.body;
  model::envelope e;
  e.id = m.message.id;
  e.original = fmt::format("user{}@zone.example", n % 1000);
  const auto host =
      s.next_hops > 1 ? fmt::format("m{}.{}", n % s.next_hops, s.next_hop) : s.next_hop;
  e.next_hop = model::next_hop(host);
  e.destination = fmt::format("user{}@{}", n % 1000, host);
  e.zone = "zone.example";
  // The order of due times is another one than that of ids, as it is after retries.
  const auto mixed = (n * 0x9e3779b97f4a7c15ULL) >> 24U;
  e.next_attempt = now - milliseconds(static_cast<std::int64_t>(mixed % s.spread_ms));
  e.expires = now + std::chrono::hours(24 * 5);
  m.envelopes.push_back(std::move(e));
  return m;
}

result<void> fill(storage::spool& spool, const shape& s) {
  constexpr std::uint64_t per_commit = 1000;
  const system_clock clock;
  for (std::uint64_t n = 0; n < s.messages;) {
    storage::change_set changes;
    for (std::uint64_t i = 0; i < per_commit && n < s.messages; ++i, ++n) {
      changes.accept(message_of(spool, s, n, clock.now()));
    }
    SP_TRY(const auto receipts, spool.commit(std::move(changes)));
    static_cast<void>(receipts);
  }
  return {};
}

body_ptr body_of(std::size_t octets) {
  std::string text = "From: alice@sender.example\r\nSubject: one of many\r\n\r\n";
  while (text.size() + 2 < octets) text += text.size() % 70 == 69 ? "\r\n" : "x";
  return std::make_shared<const message_body>(text + "\r\n");
}

int run(const bench::options& given) {
  configure_logging({.level = log_level::warning});
  storage::spool_options options;
  options.path = given.text("--path");
  options.sync = false;
  auto spool = storage::spool::open(options);
  if (!spool) {
    fmt::print(stderr, "spool_fill: {}\n", to_string(spool.error()));
    return 1;
  }
  const shape s{.messages = value_or_exit(given.number("--messages")),
                .next_hop = given.text("--next-hop"),
                .next_hops = value_or_exit(given.number("--next-hops")),
                .spread_ms = value_or_exit(given.number("--spread-s")) * 1000 + 1,
                .body = body_of(value_or_exit(given.number("--size")))};
  const auto filled = fill(**spool, s);
  if (!filled) fmt::print(stderr, "spool_fill: {}\n", to_string(filled.error()));
  return filled ? 0 : 1;
}

}  // namespace
}  // namespace signpost::bench

int main(int argc, char** argv) {
  using namespace signpost::bench;
  return run(parse_or_exit("spool_fill --path DIR [options]", specs, argc, argv));
}
