// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Header sections made to be expensive.
#include <functional>
#include <unordered_map>

#include "base/limits.hpp"
#include "bench/hostile/attacker.hpp"
#include "proto/dkim/verifier.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::bench {
namespace {

constexpr std::size_t mega = 1'000'000;

// A header section is looked at as a whole, a few times over: indexed, canonicalized, hashed. What
// is kept of a field is larger than the smallest of them.
constexpr bound header_bound{.hashes = 60, .verifies = 0, .memory = 40, .fixed = 1 << 20};
// Signatures up to the limit, each of which may cover the whole section.
constexpr bound signatures_bound{
    .hashes = 120, .verifies = dkim::signatures_max, .memory = 40, .fixed = 1 << 20};

class builder {
 public:
  explicit builder(bool quick)
      : section_(quick ? 100'000 : limits::header_octets_max - 16'384),
        big_(quick ? 200'000 : mega),
        many_(quick ? 1'000 : 10'000) {}

  void add(std::string name, bound limit, std::string fields,
           std::string message = plain_message()) {
    made_.push_back(
        {.name = std::move(name),
         .limit = limit,
         .what = {.message = std::move(fields) + std::move(message), .zone = attacker_zone()}});
  }

  void add_signatures();
  void add_folding();
  void add_names();
  void add_authors();
  void add_results();
  std::vector<scenario> take() { return std::move(made_); }

 private:
  std::size_t section_;  ///< octets of a header section that is still looked at
  std::size_t big_;      ///< and of one that is not
  std::size_t many_;
  std::vector<scenario> made_;
};

void builder::add_signatures() {
  add("10,000 empty signatures", header_bound,
      repeated("DKIM-Signature: v=1; a=rsa-sha256; b=\r\n", many_));
  std::string fields;
  for (std::size_t i = 0; fields.size() < section_; ++i) {
    fields += made_up_signature({.selector = "s" + std::to_string(i)});
  }
  add("signatures of other keys, as many as fit", signatures_bound, fields);
  const auto small = repeated("x:y\r\n", 8'000);
  const auto names = "from" + repeated(":x", 8'000);
  add("20 signatures of 8,000 fields", signatures_bound,
      repeated(made_up_signature({.names = names}), dkim::signatures_max) + small);
  const auto large = "x:" + filled("y", section_ - 20'000) + "\r\n";
  add("20 signatures of one large field", signatures_bound,
      repeated(made_up_signature({.names = "from:x"}), dkim::signatures_max) + large);
  add("20 simple signatures of blanks", signatures_bound,
      repeated(made_up_signature({.names = "from:x", .canonicalization = "simple/simple"}),
               dkim::signatures_max)
          + "x:" + filled(" ", section_ - 20'000) + "y\r\n");
  std::string tags;
  for (int i = 0; tags.size() < section_; ++i) tags += "t" + std::to_string(i) + "=;";
  add("a signature of tags", header_bound, "DKIM-Signature: " + tags + "\r\n");
  add("a signature with d= in Unicode", header_bound,
      "DKIM-Signature: v=1; a=rsa-sha256; b=YQ==; bh=YQ==; h=from; s=a; d="
          + filled("\xc3\xa4\xe4\xb8\xad.", section_) + "\r\n");
  add("a signature with one long label in d=", header_bound,
      "DKIM-Signature: v=1; a=rsa-sha256; b=YQ==; bh=YQ==; h=from; s=a; d="
          + filled("\xc3\xa4\xe4\xb8\xad", section_) + "\r\n");
}

void builder::add_folding() {
  for (const std::string_view unit : {"\r\n ", " ", "\t", "\r\n\t\t", "\r", "a "}) {
    const auto shown = unit == "a "             ? "a_"
                       : unit == "\r"           ? "CR"
                       : unit.starts_with(' ')  ? "SP"
                       : unit.starts_with('\t') ? "TAB"
                       : unit == "\r\n "        ? "folds"
                                                : "folds with tabs";
    const auto value = "a" + filled(unit, section_) + "b\r\n";
    for (const std::string field :
         {"Subject", "From", "DKIM-Signature", "ARC-Seal", "Authentication-Results"}) {
      add(field + " of " + shown, header_bound, field + ": " + value,
          made_up_signature({.names = "from:subject"}) + plain_message());
    }
  }
  add("a line of 1 MB before all", header_bound, "X: " + std::string(big_, 'x') + "\r\n");
  add("1 MB of folds before all", header_bound, "X: a" + filled("\r\n ", big_) + "b\r\n");
  add("1 MB of blanks in a name", header_bound, "X" + std::string(big_, ' ') + ":\r\n");
  add("1 MB without a colon", header_bound, std::string(big_, 'x') + "\r\n");
}

// Names that one bucket of a hash table with `names` entries would hold.
std::vector<std::string> names_of_one_bucket(std::size_t names) {
  std::unordered_map<std::string, int> table;
  for (std::size_t i = 0; i < names + 8; ++i) table["y" + std::to_string(i)];
  const auto buckets = table.bucket_count();
  std::vector<std::string> found;
  for (std::uint64_t i = 0; found.size() < names; ++i) {
    auto name = "x" + std::to_string(i);
    if (std::hash<std::string>{}(name) % buckets == 0) found.push_back(std::move(name));
  }
  return found;
}

void builder::add_names() {
  add("8,192 fields", header_bound, repeated("a:\r\n", imf::header_fields_max));
  const auto colliding = names_of_one_bucket(section_ / 128);
  std::string fields;
  std::string names = "from";
  for (const auto& name : colliding) {
    fields += name + ":\r\n";
    names += ":" + name;
  }
  add("field names of one bucket", header_bound, fields);
  add("field names of one bucket, signed", signatures_bound,
      repeated(made_up_signature({.names = names}), 2) + fields);
  add("h= of names that are not there", header_bound,
      made_up_signature({.names = "from" + filled(":x", section_)}));
  add("h= of nothing", header_bound, made_up_signature({.names = "from" + filled(":", section_)}));
}

void builder::add_authors() {
  std::string one;
  std::string fields;
  for (std::size_t i = 0; i < many_ / 10; ++i) {
    const auto address = "a@d" + std::to_string(i) + ".example";
    one += address + ",\r\n ";
    fields += "From: " + address + "\r\n";
  }
  add("From with 1,000 mailboxes", header_bound, "From: " + one + "a@b.example\r\n");
  add("1,000 From fields", header_bound, fields);
  for (const std::string_view unit : {"(", "\"", "<", "[", ",", "a@b.example,", ":", "\\", "(\\)",
                                      "a@\xc3\xa4.example,", "\xe4\xb8\xad", "=?",
                                      "=?a", "=??", "=?x?q?", "\xc3\x9f=?", "@(x)a.example,",
                                      "@[", "a@[1"}) {
    add("From of " + std::string(unit), header_bound, "From: " + filled(unit, section_) + "\r\n");
  }
  add("From with one label in Unicode", header_bound,
      "From: a@" + filled("\xc3\xa4\xe4\xb8\xad", section_) + ".example\r\n");
  add("From with labels in Unicode", header_bound,
      "From: a@" + filled("\xc3\xa4\xe4\xb8\xad.", section_) + "example\r\n");
}

void builder::add_results() {
  add("results with 100,000 results", header_bound,
      "Authentication-Results: mx.example.net" + filled(";a=b", section_) + "\r\n");
  add("results with one result, many properties", header_bound,
      "Authentication-Results: mx.example.net; a=b" + filled(" c.d=e", section_) + "\r\n");
  add("as many results fields as fit", header_bound,
      filled("Authentication-Results: a;b\r\n", section_));
  for (const std::string_view unit :
       {"(", "\"", "\\", "()", "mx.example.ne", "\xc3\xa4", "\xe4\xb8\xad."}) {
    add("results of " + std::string(unit), header_bound,
        "Authentication-Results: " + filled(unit, section_) + "\r\n");
    add("a short results field of " + std::string(unit), header_bound,
        "Authentication-Results: " + filled(unit, 60'000) + "; spf=pass\r\n");
  }
}

}  // namespace

std::vector<scenario> header_scenarios(bool quick) {
  builder b(quick);
  b.add_signatures();
  b.add_folding();
  b.add_names();
  b.add_authors();
  b.add_results();
  return b.take();
}

}  // namespace signpost::bench
