// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Keys made to be expensive, each by another name, all of them tried.
#include "bench/hostile/attacker.hpp"
#include "proto/dkim/verifier.hpp"

namespace signpost::bench {
namespace {

// The cost of a verification grows with the square of the modulus: four times the bits, 16 times
// the time, and reading the key besides, which nobody else has in its cache.
constexpr double largest_key_verifies = 64;
constexpr bound keys_bound{.hashes = 60,
                           .verifies = dkim::signatures_max * largest_key_verifies,
                           .memory = 40,
                           .fixed = 1 << 20};

hostile_zone zone_of(std::string record) {
  hostile_zone zone;
  zone.otherwise([text = std::move(record)](const dns::question& q) -> dns::answer {
    if (q.name.find("._domainkey.") == std::string::npos) return {.status = dns::status::nxdomain};
    return {.status = dns::status::records, .records = {{.text = text}}};
  });
  return zone;
}

std::string signatures(std::size_t signature_octets) {
  std::string out;
  for (std::size_t i = 0; i < dkim::signatures_max; ++i) {
    out += made_up_signature(
        {.selector = "s" + std::to_string(i), .signature_octets = signature_octets});
  }
  return out;
}

struct rsa_size {
  unsigned modulus_bits, exponent_bits;
};

void add_sizes(std::vector<scenario>& to) {
  for (const auto [modulus, exponent] :
       {rsa_size{2048, 17}, rsa_size{2048, 64}, rsa_size{4096, 33}, rsa_size{4096, 64},
        rsa_size{8192, 17}, rsa_size{8192, 33}, rsa_size{8192, 64}, rsa_size{8192, 8192},
        rsa_size{16384, 17}, rsa_size{16384, 16384}}) {
    const auto record = rsa_key_record(number_of_bits(modulus), number_of_bits(exponent));
    to.push_back(
        {.name =
             "keys of " + std::to_string(modulus) + " bits, exponent " + std::to_string(exponent),
         .limit = keys_bound,
         .what = {.message = signatures(modulus / 8) + plain_message(), .zone = zone_of(record)}});
  }
}

void add_records(std::vector<scenario>& to) {
  const auto add = [&](std::string name, std::string record) {
    to.push_back({.name = std::move(name),
                  .limit = keys_bound,
                  .what = {.message = signatures(256) + plain_message(),
                           .zone = zone_of(std::move(record))}});
  };
  constexpr std::size_t octets = 65'000;  // what one TXT record can hold
  add("key records of 64 KB of base64", "v=DKIM1; p=" + filled("AAAA", octets));
  add("key records of tags", filled("a=;", octets));
  add("key records of one tag", "a=" + filled("b", octets));
  add("key records of colons", "s=" + filled(":", octets) + "; p=AAAA");
  add("key records of blanks", filled(" ", octets));
  add("key records in Unicode", "n=" + filled("\xc3\xa4", octets) + "; p=AAAA");
}

void add_floods(std::vector<scenario>& to, std::size_t records) {
  hostile_zone zone;
  const std::vector<dns::record> flood(records, {.text = "v=DKIM1; p=" + filled("AAAA", 40)});
  zone.otherwise([flood](const dns::question&) {
    return dns::answer{.status = dns::status::records, .records = flood};
  });
  to.push_back({.name = "a thousand records for every name",
                .limit = keys_bound,
                .what = {.message = signatures(256) + plain_message(), .zone = std::move(zone)}});
}

}  // namespace

std::vector<scenario> key_scenarios(bool quick) {
  std::vector<scenario> made;
  add_sizes(made);
  add_records(made);
  add_floods(made, quick ? 100 : 1'000);
  return made;
}

}  // namespace signpost::bench
