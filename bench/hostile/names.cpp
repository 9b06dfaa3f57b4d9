// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// DNS answers made to be expensive: SPF, DMARC, and the octets of a response themselves.
#include <memory>

#include "base/text.hpp"
#include "bench/hostile/attacker.hpp"
#include "proto/dmarc/evaluation.hpp"
#include "proto/dns/message.hpp"
#include "proto/spf/evaluation.hpp"

namespace signpost::bench {
namespace {

// All records are read once, and their macros expanded. `fixed` is for the small ones.
constexpr bound spf_bound{.hashes = 100, .verifies = 40, .memory = 40, .fixed = 1 << 20};
constexpr bound dmarc_bound{.hashes = 120, .verifies = 40, .memory = 40, .fixed = 1 << 20};
// Two octets can point to a name of 255.
constexpr bound response_bound{.hashes = 600, .verifies = 0, .memory = 40, .fixed = 1 << 20};

constexpr std::size_t record_octets = 16'000;
constexpr auto txt = dns::record_type::txt;

dns::answer records_of(std::vector<dns::record> records) {
  return {.status = dns::status::records, .records = std::move(records)};
}

// ---------------------------------------------------------------- SPF

// Every name has the same TXT record, and the client has many names and addresses.
hostile_zone spf_zone(std::string record, std::size_t many) {
  hostile_zone zone;
  zone.otherwise([record = std::move(record), many](const dns::question& q) -> dns::answer {
    switch (q.type) {
      case dns::record_type::txt:
        return records_of({{.text = record}});
      case dns::record_type::a:
      case dns::record_type::aaaa:
        return records_of({many, {.address = ip_address::parse("203.0.113.9").value()}});
      default:
        return records_of({many, {.name = "host." + q.name}});
    }
  });
  return zone;
}

void add_spf(std::vector<scenario>& to, std::string name, std::string record, std::size_t many) {
  sent what{.message = plain_message(), .zone = spf_zone(std::move(record), many)};
  what.sender = filled("l.o-c+a/l_", 250) + "@" + repeated("label.", 30) + "example";
  what.helo = filled("h.e", 4'000);
  to.push_back({.name = "SPF: " + std::move(name), .limit = spf_bound, .what = std::move(what)});
}

void add_spf_records(std::vector<scenario>& to, std::size_t many) {
  const std::string head = "v=spf1 ";
  add_spf(to, "includes without end", head + "include:%{d1}.example include:b.example -all", 1);
  add_spf(to, "ten includes in each record",
          head + repeated("include:a.%{d2}.example ", 10) + filled("ip4:198.51.100.1 ", 15'000), 1);
  add_spf(to, "redirects without end", head + "redirect=%{l1r+-/}.example", 1);
  add_spf(to, "a record of a", head + filled("a ", record_octets), many);
  add_spf(to, "a record of ip4", head + filled("ip4:198.51.100.1/24 ", record_octets), 1);
  add_spf(to, "a record of mx", head + filled("mx ", record_octets), many);
  add_spf(to, "a record of ptr", head + filled("ptr:b.example ", record_octets), many);
  add_spf(to, "a record of %{p}", head + filled("a:%{p}.example ", record_octets), many);
  add_spf(to, "a record of unknown modifiers", head + filled("x=%{s}%{h} ", record_octets), 1);
  add_spf(to, "one modifier of macros", head + "x=" + filled("%{h}", record_octets), 1);
  add_spf(to, "one domain of macros", head + "a:" + filled("%{S9r+-/_,=}", record_octets), 1);
  add_spf(to, "macros that make no name", head + filled("exists:%{l}..%{h}.b ", record_octets), 1);
  add_spf(to, "one macro of delimiters", head + "a:%{h" + filled(".-+,/_=", record_octets) + "}",
          1);
  add_spf(to, "explanations of macros", head + "exp=e.example -all", 1);
  add_spf(to, "blanks", head + filled(" ", record_octets), 1);
  add_spf(to, "a record of 64 KB", head + filled("ip4:198.51.100.1 ", 65'000), 1);
  add_spf(to, "one term", head + filled("a", record_octets), 1);
}

void add_spf_floods(std::vector<scenario>& to, std::size_t many) {
  hostile_zone zone;
  zone.otherwise([many](const dns::question& q) -> dns::answer {
    if (q.type != txt) return {.status = dns::status::nxdomain};
    return records_of({many, {.text = "v=spf1 -all"}});
  });
  to.push_back({.name = "SPF: many records of a name",
                .limit = spf_bound,
                .what = {.message = plain_message(), .zone = std::move(zone)}});
  hostile_zone explaining;
  explaining.add_txt("attacker.example", "v=spf1 exp=e.example -all");
  explaining.add_txt("e.example", filled("%{s}%{h}", record_octets));
  to.push_back({.name = "SPF: an explanation of macros",
                .limit = spf_bound,
                .what = {.message = plain_message(), .zone = std::move(explaining)}});
}

// ---------------------------------------------------------------- DMARC

void add_dmarc(std::vector<scenario>& to, std::string name, std::string from,
               std::vector<std::string> signers, hostile_zone zone) {
  const auto check = [from = std::move(from), signers = std::move(signers),
                      zone = std::make_shared<hostile_zone>(std::move(zone))] {
    zone->forget();
    const std::string_view value = from;
    const auto authors = dmarc::read_authors({&value, 1}).value().domains;
    (void)dmarc::check(dmarc::evaluation({.from_domains = authors, .dkim_domains = signers}),
                       std::cref(*zone));
    return value.size() + zone->given();
  };
  to.push_back({.name = "DMARC: " + std::move(name),
                .limit = dmarc_bound,
                .octets = check(),
                .run = [check] { (void)check(); }});
}

hostile_zone dmarc_zone(std::string record, std::size_t times = 1) {
  hostile_zone zone;
  zone.otherwise([record = std::move(record), times](const dns::question& q) -> dns::answer {
    if (q.type != txt) return {.status = dns::status::nxdomain};
    return records_of({times, {.text = record}});
  });
  return zone;
}

void add_dmarc_records(std::vector<scenario>& to, std::size_t many) {
  const auto labels = repeated("a.", 120);
  std::string from;
  std::vector<std::string> signers;
  for (int i = 0; i < 7; ++i) from += "a@" + std::to_string(i) + "." + labels + "b.c, ";
  for (int i = 0; i < 40; ++i) signers.push_back(std::to_string(i) + "." + labels + "b.c");
  from += "a@b.c";
  const auto head = std::string("v=DMARC1; p=reject; ");
  add_dmarc(to, "long walks without a record", from, signers, {});
  add_dmarc(to, "long walks with records", from, signers, dmarc_zone(head + "np=none; sp=none"));
  add_dmarc(to, "records of 16 KB", from, signers,
            dmarc_zone(head + "rua=" + filled("mailto:a@b,", record_octets)));
  add_dmarc(to, "records of tags", from, signers, dmarc_zone(head + filled("a=;", record_octets)));
  add_dmarc(to, "records of other tags", from, signers,
            dmarc_zone(head + filled("rua=a:b;ruf=;sp=none;", record_octets)));
  add_dmarc(to, "many records of a name", from, signers, dmarc_zone(head, many));
}

// ---------------------------------------------------------------- responses

std::string number(std::size_t n) {
  return {static_cast<char>(n >> 8), static_cast<char>(n & 0xff)};
}

std::string header_of(std::size_t answers) {
  return number(1) + number(0x8180) + number(0) + number(answers) + number(0) + number(0);
}

std::string record_of(std::string_view owner, std::uint16_t type, std::string_view data) {
  return std::string(owner) + number(type) + number(1) + number(0) + number(60)
         + number(data.size()) + std::string(data);
}

void add_response(std::vector<scenario>& to, std::string name, std::string message) {
  const auto octets = message.size();
  to.push_back({.name = "response: " + std::move(name),
                .limit = response_bound,
                .octets = octets,
                .run = [text = std::move(message)] {
                  for (const auto type : {txt, dns::record_type::a, dns::record_type::mx}) {
                    (void)dns::parse_response({.name = "a", .type = type}, as_bytes(text));
                  }
                }});
}

void add_responses(std::vector<scenario>& to) {
  constexpr std::size_t octets_max = 65'000;
  const std::string a(
      "\x01"
      "a\0",
      3);
  // Each pointer leads to the one before it; the last record's name goes through all of them.
  auto pointers = header_of(1) + a;
  for (auto at = pointers.size() - 3; pointers.size() < 16'000; at = pointers.size() - 2) {
    pointers += number(0xc000 | at);
  }
  add_response(to, "a chain of pointers", pointers);
  auto flood = header_of(octets_max / 17);
  while (flood.size() < octets_max) flood += record_of(a, 1, "abcd");
  add_response(to, "thousands of addresses", flood);
  auto aliases = header_of(octets_max / 20);
  while (aliases.size() < octets_max) {
    aliases += record_of(std::string("\x01"
                                     "b\0",
                                     3),
                         5,
                         std::string("\x01"
                                     "c\0",
                                     3));
  }
  add_response(to, "thousands of aliases", aliases);
  add_response(to, "an alias of itself", header_of(1) + record_of(a, 5, a));
  auto texts = header_of(octets_max / 14);
  while (texts.size() < octets_max) texts += record_of(a, 16, std::string(1, '\0'));
  add_response(to, "thousands of empty texts", texts);
  add_response(to, "a text of empty strings",
               header_of(1) + record_of(a, 16, std::string(64'000, '\0')));
}

// Owners that are pointers to one name of 120 labels.
void add_long_names(std::vector<scenario>& to) {
  const auto name = repeated(std::string_view("\x01"
                                              "a",
                                              2),
                             120)
                    + std::string(1, '\0');
  auto message = header_of(65'000 / 16) + record_of(name, 1, "abcd");
  while (message.size() < 64'900) message += record_of(number(0xc000 | 12), 1, "abcd");
  add_response(to, "long names by pointer", message);
}

}  // namespace

std::vector<scenario> dns_scenarios(bool quick) {
  std::vector<scenario> made;
  const std::size_t many = quick ? 500 : 3'000;
  add_spf_records(made, many);
  add_spf_floods(made, many);
  add_dmarc_records(made, many);
  add_responses(made);
  add_long_names(made);
  return made;
}

}  // namespace signpost::bench
