// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/authres/authentication_results.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/authres/words.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::authres {
namespace {

// Words of our own making: what is no token character is dropped.
std::string token_of(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out), is_token_character);
  return out;
}

void add_words(std::vector<std::string>& words, std::string_view text) {
  for (const auto word : split(text, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
}

void add_result(std::vector<std::string>& words, const method_result& r) {
  auto first = token_of(r.method);
  if (r.version != 0) first += "/" + std::to_string(r.version);
  words.push_back(first + "=" + token_of(r.result));
  if (!r.comment.empty()) add_words(words, commented(r.comment));
  if (!r.reason.empty()) words.push_back("reason=" + quoted_value(r.reason));
  for (const auto& p : r.properties) {
    words.push_back(token_of(p.type) + "." + token_of(p.name) + "=" + property_value(p.value));
  }
}

std::vector<std::string> words_of(const authentication_results& what) {
  std::vector<std::string> words{quoted_value(what.authserv_id)};
  if (what.version != 0) words.push_back(std::to_string(what.version));
  for (const auto& r : what.results) {
    words.back().push_back(';');
    add_result(words, r);
  }
  if (what.results.empty()) {
    // RFC 8601 §2.2: no-result = [CFWS] ";" [CFWS] "none"
    words.back().push_back(';');
    words.emplace_back("none");
  }
  return words;
}

// Domain names compare by their A-labels, anything else as text.
std::string comparable_id(std::string_view id) {
  const auto domain = address::domain::parse(id);
  return domain ? domain->ascii() : to_lower(id);
}

}  // namespace

method_result& method_result::property(std::string_view type, std::string_view name,
                                       std::string_view value) {
  properties.push_back(
      {.type = std::string(type), .name = std::string(name), .value = std::string(value)});
  return *this;
}

std::string_view method_result::value_of(std::string_view type, std::string_view name) const {
  const auto found = std::ranges::find_if(properties, [&](const authres::property& p) {
    return equals_ignoring_case(p.type, type) && equals_ignoring_case(p.name, name);
  });
  return found == properties.end() ? std::string_view() : std::string_view(found->value);
}

method_result& authentication_results::add(std::string_view method, std::string_view result) {
  return results.emplace_back(
      method_result{.method = std::string(method), .result = std::string(result)});
}

const method_result* authentication_results::find(std::string_view method) const {
  const auto found = std::ranges::find_if(
      results, [&](const method_result& r) { return equals_ignoring_case(r.method, method); });
  return found == results.end() ? nullptr : &*found;
}

std::string payload(const authentication_results& what) {
  std::string out;
  for (const auto& word : words_of(what)) {
    if (!out.empty()) out.push_back(' ');
    out.append(word);
  }
  return out;
}

std::string field(const authentication_results& what) {
  return field("Authentication-Results", {}, what);
}

std::string field(std::string_view name, std::string_view lead,
                  const authentication_results& what) {
  std::vector<std::string> words;
  add_words(words, lead);
  for (auto& word : words_of(what)) words.push_back(std::move(word));
  return imf::folded_field(name, words);
}

bool claims_to_be_ours(std::string_view value, std::string_view our_id) {
  const auto ours = comparable_id(our_id);
  if (comparable_id(authserv_id_of(value)) == ours) return true;
  // A field that is broken in a way some reader might mend must not carry our name at all.
  return !parse(value)
         && (to_lower(value).find(to_lower(our_id)) != std::string::npos
             || to_lower(value).find(ours) != std::string::npos);
}

}  // namespace signpost::authres
