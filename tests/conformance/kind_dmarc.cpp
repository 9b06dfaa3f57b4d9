// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `dmarc`: recorded calls of another implementation, of whose results those members are judged
// that say something about DMARC; and tables of messages with what DKIM and SPF said of them.
#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "proto/dmarc/evaluation.hpp"
#include "tests/conformance/dns_zone.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

// The other implementation has not asked this question. If it knows the name by another type, the
// name exists.
dns::answer unrecorded_answer(const json& queries, const std::string& name) {
  const bool exists = std::ranges::any_of(queries.items(), [&](const auto& one) {
    return one.key().starts_with(name + "/")
           && (one.value().is_array() || one.value().value("error", "") == "ENODATA");
  });
  return {.status = exists ? dns::status::nodata : dns::status::nxdomain};
}

// `queries`: "name/TYPE" → records or {error: code}.
dns::answer recorded_answer(const json& queries, const dns::question& q) {
  const auto it = queries.find(q.name + "/" + std::string(to_string(q.type)));
  if (it == queries.end()) return unrecorded_answer(queries, q.name);
  if (it->is_object()) {
    const auto code = it->value("error", "");
    return {.status = code == "ENOTFOUND"  ? dns::status::nxdomain
                      : code == "ENODATA"  ? dns::status::nodata
                      : code == "ETIMEOUT" ? dns::status::timeout
                                           : dns::status::servfail};
  }
  dns::answer out{.status = dns::status::records};
  for (const auto& pieces : *it) {
    dns::record r;
    for (const auto& piece : pieces) r.text += piece.get<std::string>();
    out.records.push_back(std::move(r));
  }
  return out;
}

std::vector<std::string> domains_of(const json& list) {
  std::vector<std::string> out;
  for (const auto& one : list) {
    out.push_back(one.is_string() ? one.get<std::string>() : one.at("domain").get<std::string>());
  }
  return out;
}

std::vector<std::string> authors_of(const json& from) {
  std::vector<std::string> out;
  for (const auto& one : from.is_array() ? from : json::array({from})) {
    const auto text = one.get<std::string>();
    out.push_back(text.substr(text.rfind('@') + 1));
  }
  return out;
}

dmarc::check_result run(const json& call) {
  dmarc::check_request request{
      .from_domains = authors_of(call.at("headerFrom")),
      .dkim_domains = domains_of(call.value("dkimDomains", json::array()))};
  const auto spf = domains_of(call.value("spfDomains", json::array()));
  if (!spf.empty()) request.spf_domain = spf.front();
  std::optional<dns_zone> zone;
  if (call.contains("zone")) zone.emplace(call.at("zone"));
  return dmarc::check(dmarc::evaluation(std::move(request)), [&](const dns::question& q) {
    return zone ? zone->look_up(q) : recorded_answer(call.at("queries"), q);
  });
}

json alignment_json(const dmarc::alignment& a) {
  return {{"strict", a.mode == dmarc::alignment_mode::strict},
          {"result", a.aligned() ? json(a.domain) : json(false)}};
}

// The result in the shape of the recorded one.
json result_json(const dmarc::check_result& r) {
  json out{{"status",
            {{"result", to_string(r.verdict)},
             {"header", {{"from", r.author_domain}, {"d", r.policy_domain}}}}},
           {"domain", r.organizational_domain}};
  if (r.policy_domain.empty()) return out;
  out["policy"] = to_string(r.verdict == dmarc::verdict::fail ? r.disposition : r.requested);
  out["p"] = to_string(r.record.p);
  out["sp"] = to_string(r.record.sp.value_or(r.record.p));
  out["rr"] = r.record.text;
  out["alignment"] = {{"spf", alignment_json(r.spf)}, {"dkim", alignment_json(r.dkim)}};
  return out;
}

// Members of that implementation's result that are its own: text for people, what it was told about
// DKIM, and tags that RFC 9989 made historic.
bool is_of_interest(const std::string& path) {
  return path != "result.pct" && path != "result.info" && path != "result.error"
         && path != "result.status.comment" && !path.ends_with(".underSized");
}

json at_path(const json& result, std::string path) {
  path.erase(0, std::string("result").size());
  for (auto& c : path) c = c == '.' ? '/' : c;
  const json::json_pointer pointer(path);
  return result.contains(pointer) ? result.at(pointer) : json();
}

bool is_false(const json& value) {
  return value.is_null() || value == false || value == "";
}

bool holds(const json& expectation, const json& result, const dmarc::check_result& r) {
  const auto op = expectation.at("op").get<std::string>();
  const auto path = expectation.at("path").get<std::string>();
  const auto wanted = expectation.value("value", json());
  const auto got = at_path(result, path);
  // `false` for the whole result: DMARC was not applied.
  if (path == "result" && op == "false") return r.policy_domain.empty();
  // An aligned identifier may be named by its organizational domain.
  if (op == "equal" && path.starts_with("result.alignment.") && path.ends_with(".result")) {
    return got == wanted || (got.is_string() && wanted == r.organizational_domain);
  }
  if (op == "equal") return got == wanted;
  if (op == "true") return got == true;
  if (op == "false" || op == "not ok" || op == "undefined") return is_false(got);
  if (op == "not property") return !got.contains(wanted.get<std::string>());
  if (op == "contain" || op == "include") {
    return got.is_string()
           && got.get<std::string>().find(wanted.get<std::string>()) != std::string::npos;
  }
  throw std::runtime_error("an unknown operation: " + op);
}

// The expectations are in the order of the calls, but do not say to which they belong: one that
// does not hold for a call must hold for a later one.
case_result judge_case(const json& one, const std::string& id) {
  const auto& calls = one.at("calls");
  std::size_t call = 0;
  auto current = run(calls.at(0));
  for (const auto& expectation : one.at("expect")) {
    if (!is_of_interest(expectation.at("path").get<std::string>())) continue;
    while (!holds(expectation, result_json(current), current)) {
      if (call + 1 == calls.size()) {
        return {id, false,
                "is " + result_json(current).dump() + " (" + current.problem + "), wanted "
                    + expectation.dump()};
      }
      current = run(calls.at(++call));
    }
  }
  return {id, true, {}};
}

// A message of a table: `dkim` is a list of [result, domain], `spf` one such pair.
dmarc::check_result run_table_case(const json& one) {
  dmarc::check_request request{.from_domains = authors_of(one.at("from"))};
  for (const auto& pair : one.value("dkim", json::array())) {
    if (pair.at(0) == "pass") request.dkim_domains.push_back(pair.at(1));
  }
  const auto spf = one.value("spf", json::array());
  if (spf.size() == 2 && spf.at(0) == "pass") request.spf_domain = spf.at(1);
  const dns_zone zone(one.at("zone"));
  return dmarc::check(dmarc::evaluation(std::move(request)),
                      [&](const dns::question& q) { return zone.look_up(q); });
}

// What is expected of one member of a result, or of the whole if it is one word.
bool holds_member(const std::string& name, const json& wanted, const dmarc::check_result& r) {
  if (wanted.is_array()) {
    return std::ranges::any_of(wanted, [&](const json& one) { return holds_member(name, one, r); });
  }
  if (name == "dkim" || name == "spf") {
    const bool aligned = (name == "dkim" ? r.dkim : r.spf).aligned();
    return (wanted == "pass" || wanted == true) == aligned;
  }
  if (name == "policy") return wanted == to_string(r.requested);
  if (name == "p") return wanted == to_string(r.record.p);
  if (name == "disposition") return wanted == to_string(r.disposition);
  if (name == "domain") return wanted == r.policy_domain;
  if (name == "org" || name == "orgDomain") return wanted == r.organizational_domain;
  if (name == "result") return wanted == to_string(r.verdict);
  throw std::runtime_error("an unknown expectation: " + name);
}

case_result judge_table_case(const json& one, const std::string& id) {
  const auto got = run_table_case(one);
  auto expect = one.at("expect");
  if (!expect.is_object()) expect = json{{"result", expect}};
  for (const auto& [name, wanted] : expect.items()) {
    if (holds_member(name, wanted, got)) continue;
    return {id, false,
            "is " + result_json(got).dump() + " (" + got.problem + "), wanted " + expect.dump()};
  }
  return {id, true, {}};
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path&) {
  std::vector<case_result> results;
  std::size_t index = 0;
  for (const auto& one : suite.at("cases")) {
    const auto id = case_id(one, "cases", index++);
    results.push_back(one.contains("calls") ? judge_case(one, id) : judge_table_case(one, id));
  }
  return results;
}

}  // namespace

void register_dmarc();
void register_dmarc() {
  register_kind("dmarc", judge_suite);
}

}  // namespace signpost::conformance
