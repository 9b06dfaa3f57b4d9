// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/spf/received_spf.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::spf {
namespace {

// Octets of one value; longer ones are cut, because they are for human readers.
constexpr std::size_t value_octets_max = 256;

std::string safe(std::string_view text) {
  return imf::one_line(text.substr(0, value_octets_max), true);
}

bool is_atext(char c) {
  return is_alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

// RFC 7208 §9.1: a value is a dot-atom or a quoted-string (RFC 5322 §3.2.3, §3.2.4).
std::string quoted_if_needed(std::string_view raw) {
  const auto text = safe(raw);
  const auto labels = split(text, '.');
  const bool dot_atom = std::ranges::all_of(labels, [](std::string_view label) {
    return !label.empty() && std::ranges::all_of(label, is_atext);
  });
  if (dot_atom) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

// The inside of a comment (RFC 5322 §3.2.2).
std::string commented(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '(' || c == ')' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string subject(const check_result& result) {
  return "domain of " + safe(result.sender);
}

}  // namespace

std::string describe(const check_request& request, const check_result& result) {
  const auto client = request.client.to_string();
  switch (result.verdict) {
    case verdict::pass:
      return subject(result) + " designates " + client + " as permitted sender";
    case verdict::fail:
      return subject(result) + " does not designate " + client + " as permitted sender";
    case verdict::softfail:
      return subject(result) + " probably does not designate " + client + " as permitted sender";
    case verdict::neutral:
      return client + " is neither permitted nor denied by " + subject(result);
    case verdict::none:
      return subject(result) + " says nothing about permitted senders";
    case verdict::temperror:
    case verdict::permerror:
      break;
  }
  return "error in checking " + subject(result) + ": " + safe(result.problem);
}

std::string received_spf_field(const check_request& request, const check_result& result,
                               std::string_view our_host) {
  std::vector<std::string> words{std::string(to_string(result.verdict))};
  const auto comment = "(" + commented(safe(our_host) + ": " + describe(request, result)) + ")";
  for (const auto word : split(comment, ' ')) words.emplace_back(word);
  const auto add = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) words.push_back(std::string(key) + "=" + quoted_if_needed(value) + ";");
  };
  add("receiver", our_host);
  add("client-ip", request.client.to_string());
  add("envelope-from", result.identity == identity::helo ? std::string_view() : result.sender);
  add("helo", request.helo);
  add("identity", to_string(result.identity));
  add("mechanism", result.mechanism);
  add("problem", result.problem);
  words.back().pop_back();
  return imf::folded_field("Received-SPF", words);
}

}  // namespace signpost::spf
