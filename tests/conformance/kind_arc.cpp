// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `arc`: chains to validate, and messages to seal with the fields that must come out. A `cv`
// of "" is an invalid chain, which is `fail`. What is written is compared tag by tag without white
// space.
#include <fstream>
#include <iterator>

#include "proto/arc/sealer.hpp"
#include "proto/arc/verifier.hpp"
#include "proto/dkim/tag_list.hpp"
#include "tests/conformance/dkim_zone.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

// A time at which no signature of the suite has expired.
constexpr wall_time now{seconds{1'500'000'000}};

std::string message_of(const json& one, const std::filesystem::path& folder) {
  if (one.contains("message")) return with_crlf(one.at("message").get<std::string>());
  const auto path = folder / one.at("file").get<std::string>();
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return with_crlf(std::string(std::istreambuf_iterator<char>(in), {}));
}

arc::validation validate(dkim::message_hasher& hasher, const json& one) {
  dkim_zone zone;
  if (one.contains("dns")) zone.add(one.at("dns"));
  arc::verifier verifier(hasher);
  for (const auto& name : verifier.questions()) verifier.answer(name, zone.find(name));
  return verifier.finish(now);
}

case_result judge_validation(const json& one, const std::string& id,
                             const std::filesystem::path& folder) {
  const auto message = message_of(one, folder);
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  const auto got = validate(hasher, one);
  auto wanted = to_lower(one.at("cv").get<std::string>());
  if (wanted.empty()) wanted = "fail";
  return {id, to_string(got.status) == wanted,
          "is " + std::string(to_string(got.status)) + " (" + got.reason + "), wanted " + wanted};
}

// The Authentication-Results of `host`, several as one.
std::string merged_results(const imf::message_view& view, const std::string& host) {
  std::string out = host;
  for (const auto& field : view.find_all("Authentication-Results")) {
    const auto value = trim(field.value);
    const auto end = value.find(';');
    if (trim(value.substr(0, end)) != host || end == std::string_view::npos) continue;
    for (const auto part : split(value.substr(end + 1), ';')) {
      out += ";\r\n  " + std::string(trim(part));
    }
  }
  return out;
}

std::vector<std::string> names_of(const std::string& list) {
  std::vector<std::string> out;
  for (const auto name : split(list, ':')) out.push_back(to_lower(trim(name)));
  return out;
}

// Tag by tag, or as text if it is no list of tags.
std::string difference(std::string_view name, std::string_view got, std::string_view wanted) {
  const auto a = dkim::tag_list::parse(trim(got));
  const auto b = dkim::tag_list::parse(trim(wanted));
  if (!a || !b) {
    const auto same = dkim::without_white_space(got) == dkim::without_white_space(wanted);
    return same ? "" : std::string(name) + " is " + printable(got);
  }
  for (const auto& tag : b->tags()) {
    const auto value = dkim::without_white_space(a->value(tag.name).value_or("(nothing)"));
    if (value != dkim::without_white_space(tag.value)) {
      return std::string(name) + " has " + std::string(tag.name) + "=" + value + ", wanted "
             + dkim::without_white_space(tag.value);
    }
  }
  return a->tags().size() == b->tags().size() ? "" : std::string(name) + " has more tags";
}

std::string_view value_of(std::string_view field) {
  return field.substr(field.find(':') + 1);
}

std::string objection_to_seal(const json& one, const std::filesystem::path& folder) {
  const auto message = message_of(one, folder);
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  auto key = crypto::signing_key::from_pem(one.at("privatekey").get<std::string>());
  if (!key) return "private key: " + key.error().context;
  const auto got = arc::seal_message(
      hasher, validate(hasher, one).status, merged_results(view, one.at("srv-id")),
      {.domain = one.at("domain"),
       .selector = one.at("sel"),
       .key = std::make_shared<const crypto::signing_key>(*std::move(key)),
       .fields = {.names = names_of(one.at("sig-headers")), .oversigned = {}},
       .signature_columns = 900},
      wall_time{seconds{one.at("t").get<std::int64_t>()}});
  if (!got) return "not sealed: " + got.error().context;
  for (const auto& text :
       {difference("AAR", value_of(got->results), one.at("AAR").get<std::string>()),
        difference("AMS", value_of(got->message_signature), one.at("AMS").get<std::string>()),
        difference("AS", value_of(got->seal), one.at("AS").get<std::string>())}) {
    if (!text.empty()) return text;
  }
  return {};
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path& folder) {
  std::vector<case_result> results;
  std::size_t index = 0;
  for (const auto& one : suite.value("validate", json::array())) {
    results.push_back(judge_validation(one, case_id(one, "validate", index++), folder));
  }
  index = 0;
  for (const auto& one : suite.value("sign", json::array())) {
    const auto objection = objection_to_seal(one, folder);
    results.push_back({"sign/" + case_id(one, "sign", index++), objection.empty(), objection});
  }
  return results;
}

}  // namespace

void register_arc();
void register_arc() {
  register_kind("arc", judge_suite);
}

}  // namespace signpost::conformance
