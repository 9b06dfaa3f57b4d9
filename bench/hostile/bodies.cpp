// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Bodies and chains made to be expensive.
#include "bench/hostile/attacker.hpp"
#include "proto/arc/set.hpp"
#include "proto/dkim/verifier.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::bench {
namespace {

// One pass for each canonicalization, whatever is asked: SHA-256 itself and what prepares for it.
constexpr bound body_bound{.hashes = 12, .verifies = 0, .memory = 0.5, .fixed = 1 << 20};
// The same where every octet is a line end or a blank: each is looked at alone.
constexpr bound worst_body_bound{.hashes = 40, .verifies = 0, .memory = 0.5, .fixed = 1 << 20};
// Each of the 50 sets has two signatures; those of the message may cover the whole header section.
constexpr bound chain_bound{
    .hashes = 160, .verifies = 2 * arc::instances_max, .memory = 40, .fixed = 1 << 20};

void add(std::vector<scenario>& to, std::string name, bound limit, std::string message) {
  to.push_back({.name = std::move(name),
                .limit = limit,
                .what = {.message = std::move(message), .zone = attacker_zone()}});
}

// Every signature covers another part of the body, in turns by one and the other canonicalization.
std::string signatures_of_lengths(std::size_t count, std::size_t step) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += made_up_signature(
        {.canonicalization = i % 2 == 0 ? "relaxed/relaxed" : "simple/simple", .length = i * step});
  }
  return out;
}

void add_lengths(std::vector<scenario>& to, std::size_t octets) {
  const auto body = filled("A  line of\ttext, now and then.\r\n", octets);
  add(to, "1,000 signatures of other lengths", body_bound,
      signatures_of_lengths(1'000, octets / 1'000) + plain_message(body));
  add(to, "20 signatures of other lengths", body_bound,
      signatures_of_lengths(dkim::signatures_max, octets / 21) + plain_message(body));
  add(to, "20 signatures of lengths no body has", body_bound,
      signatures_of_lengths(dkim::signatures_max, octets * 1'000) + plain_message(body));
  std::string sets;
  for (auto i = arc::instances_max; i > 0; --i) {
    sets += made_up_arc_set(
        i,
        {.canonicalization = i % 2 == 0 ? "relaxed/relaxed" : "simple/simple", .length = i * 97});
  }
  add(to, "50 ARC sets of other lengths", body_bound,
      sets + signatures_of_lengths(dkim::signatures_max, octets / 21) + plain_message(body));
}

void add_texts(std::vector<scenario>& to, std::size_t octets) {
  for (const auto& [name, unit] : {std::pair<std::string_view, std::string_view>{"CRLF", "\r\n"},
                                   {"SP", " "},
                                   {"TAB", "\t"},
                                   {"CR", "\r"},
                                   {"LF", "\n"},
                                   {"SP CRLF", " \r\n"},
                                   {"a SP", "a "},
                                   {"a TAB", "a\t"},
                                   {"TAB SP CR", "\t \r"},
                                   {"a CRLF CRLF", "a\r\n\r\n"},
                                   {"a SP CRLF", "a \r\n"}}) {
    const auto body = filled(unit, octets);
    add(to, "a body of " + std::string(name), worst_body_bound,
        signatures_of_lengths(2, octets / 2) + plain_message(body));
  }
}

std::string arc_fields(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += "ARC-Seal: i=1; cv=none\r\n";
  return out;
}

void add_chains(std::vector<scenario>& to, std::size_t many) {
  add(to, "50 ARC sets that hold", chain_bound, sealed(plain_message(), arc::instances_max));
  std::string broken = made_up_arc_set(arc::instances_max + 1, {});
  add(to, "51 ARC sets", chain_bound, broken + sealed(plain_message(), arc::instances_max));
  add(to, "50 ARC sets over a large section", chain_bound,
      sealed("Subject: " + filled("a  b", 200'000) + "\r\n" + plain_message(), arc::instances_max));
  add(to, "10,000 ARC seals", chain_bound, arc_fields(many) + plain_message());
  std::string sets;
  const auto names = "from" + repeated(":x", 2'000);
  for (auto i = arc::instances_max; i > 0; --i) sets += made_up_arc_set(i, {.names = names});
  add(to, "50 ARC sets of 2,000 fields", chain_bound,
      sets + repeated("x:y\r\n", 2'000) + plain_message());
}

}  // namespace

std::vector<scenario> body_scenarios(bool quick) {
  std::vector<scenario> made;
  add_lengths(made, quick ? 2'000'000 : 25'000'000);
  add_texts(made, quick ? 500'000 : 8'000'000);
  add_chains(made, quick ? 2'000 : 10'000);
  return made;
}

}  // namespace signpost::bench
