// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `srs`: addresses rewritten by the reference implementation at a fixed clock, and back.
#include <functional>

#include "proto/address/local_part.hpp"
#include "proto/srs/rewriter.hpp"
#include "proto/srs/timestamp.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

// Octets of the longest rewritten local part in sight: the vectors know no limit of 64.
constexpr std::size_t local_octets_max = 1024;

wall_time at(const json& one) {
  return wall_time{seconds{one.value("now", 1577836860)}};
}

// The vectors have hashes of the length that the reference implementation writes by default.
srs::rewriter rewriter_with(const std::string& secret) {
  return srs::rewriter(
      {.secrets = {secret}, .hash_length = 4, .local_octets_max = local_octets_max});
}

// The vectors never quote a rewritten local part; we must where RFC 5321 §4.1.2 wants it.
std::string unquoted(const result<std::string>& address) {
  if (!address) return "error: " + address.error().context;
  const auto local = address::read_local_part(*address);
  // A quoted original sender stands in the vectors with its quotes.
  if (!local || !srs::is_srs(local->local)) return *address;
  return local->local + address->substr(local->octets);
}

class vector_judge {
 public:
  vector_judge(const json& one, std::string id) : one_(one), id_(std::move(id)) {}

  void expect(const char* field, const result<std::string>& got) {
    if (!one_.contains(field)) return;
    const auto wanted = one_.at(field).get<std::string>();
    const auto text = unquoted(got);
    results_.push_back({id_ + "/" + field, text == wanted, "is " + text + ", wanted " + wanted});
  }
  [[nodiscard]] std::vector<case_result> take() { return std::move(results_); }

 private:
  const json& one_;
  std::string id_;
  std::vector<case_result> results_;
};

std::vector<case_result> judge_vector(const json& one, const std::string& id) {
  const auto now = at(one);
  const auto first = rewriter_with(one.at("secret").get<std::string>());
  const auto second = rewriter_with(one.at("hop2_secret").get<std::string>());
  const auto third = rewriter_with(one.at("hop3_secret").get<std::string>());
  const auto domain_of = [&](const char* field) {
    const auto address = one.at(field).get<std::string>();
    return address.substr(address.rfind('@') + 1);
  };
  vector_judge v(one, id);
  const auto srs0 =
      first.forward(one.at("sender").get<std::string>(), one.at("alias1").get<std::string>(), now);
  v.expect("srs0", srs0);
  const auto srs1 = second.forward(srs0.value_or(""), domain_of("srs1"), now);
  v.expect("srs1", srs1);
  const auto hop3 = third.forward(srs1.value_or(""), domain_of("srs1_hop3"), now);
  v.expect("srs1_hop3", hop3);
  v.expect("reverse_srs0", first.reverse(srs0.value_or(""), now));
  v.expect("reverse_srs1", second.reverse(srs1.value_or(""), now));
  v.expect("reverse_hop3", third.reverse(hop3.value_or(""), now));
  return v.take();
}

result<std::string> run_operation(const json& one) {
  const auto rewriter = rewriter_with(one.value("secret", "secret"));
  const auto input = one.at("input").get<std::string>();
  if (one.at("op") == "reverse") return rewriter.reverse(input, at(one));
  return rewriter.forward(input, one.at("domain").get<std::string>(), at(one));
}

// `expect` is an address, an address with a remark in brackets, or begins with "error".
case_result judge_operation(const json& one, const std::string& id) {
  const auto got = run_operation(one);
  auto wanted = one.at("expect").get<std::string>();
  if (wanted.starts_with("error")) {
    return {id, !got.has_value(), "accepted as " + got.value_or("") + ", wanted " + wanted};
  }
  wanted = wanted.substr(0, wanted.find(" ("));
  const auto text = unquoted(got);
  return {id, text == wanted, "is " + text + ", wanted " + wanted};
}

// A pattern of the suite, with the little of its syntax that it uses: literal characters, classes
// like [A-Za-z0-9+/] with an optional {n}, and a final $.
bool matches(std::string_view pattern, std::string_view text) {
  while (!pattern.empty() && pattern != "$") {
    std::size_t count = 1;
    std::function<bool(char)> fits = [c = pattern.front()](char t) { return c == t; };
    if (pattern.front() == '[') {
      const auto set = pattern.substr(1, pattern.find(']') - 1);
      pattern.remove_prefix(set.size() + 1);
      fits = [set](char t) {
        for (std::size_t i = 0; i < set.size(); ++i) {
          if (i + 2 < set.size() && set[i + 1] == '-') {
            if (t >= set[i] && t <= set[i + 2]) return true;
            i += 2;
          } else if (set[i] == t) {
            return true;
          }
        }
        return false;
      };
    }
    pattern.remove_prefix(1);
    if (pattern.starts_with('{')) {
      count = std::stoul(std::string(pattern.substr(1, pattern.find('}') - 1)));
      pattern.remove_prefix(pattern.find('}') + 1);
    }
    for (; count > 0; --count) {
      if (text.empty() || !fits(text.front())) return false;
      text.remove_prefix(1);
    }
  }
  return pattern.empty() || text.empty();
}

case_result judge_scheme(const json& one, const std::string& id) {
  const auto text = unquoted(run_operation(one));
  const auto pattern = one.at("expect_regex").get<std::string>();
  return {id, matches(pattern, text), "is " + text + ", wanted " + pattern};
}

case_result judge_timestamp(const json& one, const std::string& id) {
  const wall_time now{seconds{one.at(0).get<std::int64_t>()}};
  const auto wanted = one.at(1).get<std::string>();
  const auto got = srs::make_timestamp(now);
  const bool back = srs::timestamp_age(wanted, now) == std::chrono::days(0);
  return {id, got == wanted && back, "is " + got + ", wanted " + wanted};
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path&) {
  std::vector<case_result> results;
  const auto each = [&](const char* section, const auto& judge_one) {
    std::size_t index = 0;
    for (const auto& one : suite.value(section, json::array())) {
      judge_one(one, case_id(one, section, index++));
    }
  };
  each("vectors", [&](const json& one, const std::string& id) {
    for (auto& r : judge_vector(one, id)) results.push_back(std::move(r));
  });
  const auto each_single = [&](const char* section, const auto& judge_one) {
    each(section,
         [&](const json& one, const std::string& id) { results.push_back(judge_one(one, id)); });
  };
  each_single("external", judge_operation);
  each_single("negative_reverse", judge_operation);
  each_single("scheme", judge_scheme);
  each_single("timestamps", judge_timestamp);
  return results;
}

}  // namespace

void register_srs();
void register_srs() {
  register_kind("srs", judge_suite);
}

}  // namespace signpost::conformance
