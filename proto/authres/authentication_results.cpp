// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/authres/authentication_results.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/authres/words.hpp"
#include "proto/imf/fields.hpp"
#include "proto/imf/lenient_header.hpp"

namespace signpost::authres {
namespace {

// Our own words: characters that a token may not contain are dropped.
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

/// Which white space of a text stays, as one blank each; never beside a dot.
enum class blanks : std::uint8_t {
  none,
  ascii,  ///< blanks, tabs and line ends
  seen,   ///< and comments, and characters of other scripts that look like blanks or are invisible
};

// `text` as a lenient reader may take it: without comments, quotes and backslashes, in lower
// case, full-width forms as ASCII.
std::string seen_text(std::string_view text, blanks kept) {
  std::string out;
  bool gap = false;
  std::size_t depth = 0;
  imf::seen_characters characters(text);
  for (;;) {
    const auto before = characters.rest();
    const char c = characters.next();
    if (c == '\0') return out;
    const bool plain_gap = before.find_first_not_of(" \t\r\n") != 0;
    gap = gap || (kept == blanks::seen ? characters.left_out() || depth > 0
                                       : kept == blanks::ascii && plain_gap);
    if (depth > 0) {
      if (c == '\\') characters.next();
      if (c == '(') ++depth;
      if (c == ')') --depth;
    } else if (c == '(') {
      ++depth;
    } else if (c != '"' && c != '\\') {
      if (gap && !out.empty() && !out.ends_with('.') && c != '.') out.push_back(' ');
      gap = false;
      out.push_back(c);
    }
  }
}

// Without blanks, but with its comments.
std::string seen_octets(std::string_view text) {
  std::string out;
  imf::seen_characters characters(text);
  for (char c = characters.next(); c != '\0'; c = characters.next()) out.push_back(c);
  return out;
}

struct our_names {
  std::string id;          // in lower case
  std::string comparable;  // in A-labels
  std::string seen;        // as `seen_text` has it

  [[nodiscard]] bool are_in(std::string_view text) const {
    return text.find(id) != std::string_view::npos || text.find(seen) != std::string_view::npos
           || text.find(comparable) != std::string_view::npos;
  }
};

// True if a reader may find our name in place of the authserv-id.
bool is_seen_as(std::string_view head, const our_names& ours) {
  return std::ranges::any_of(std::array{blanks::seen, blanks::ascii, blanks::none}, [&](blanks b) {
    auto name = seen_text(head, b);
    if (b != blanks::none) name = name.substr(0, name.find_first_of(" /"));
    while (name.ends_with('.')) name.pop_back();
    return name == ours.seen || name == ours.comparable;
  });
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
  const our_names ours{.id = to_lower(our_id),
                       .comparable = comparable_id(our_id),
                       .seen = seen_text(our_id, blanks::none)};
  const auto id = authserv_id_of(value);
  if (comparable_id(id) == ours.comparable) return true;
  const auto head = value.substr(0, value.find(';'));
  // No name is an encoded word; readers that decode first could find ours in it.
  if (head.find("=?") != std::string_view::npos) return true;
  if (is_seen_as(head, ours) || is_seen_as(id, ours)) return true;
  // A field that is broken in a way that some reader might repair must not have our name at all.
  return !parse(value)
         && (ours.are_in(seen_text(value, blanks::none)) || ours.are_in(seen_octets(value))
             || ours.are_in(to_lower(value)));
}

}  // namespace signpost::authres
