// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/traits.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::imf {

namespace {

/// The first word of a value: without comments, parameters and white space, in lower case.
std::string keyword(std::string_view value) {
  const auto text = without_comments(value);
  return to_lower(std::string_view(text).substr(0, text.find_first_of("; \t,")));
}

/// Takes the first word of `text`, which ends before white space or a semicolon.
std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t;"), text.size()));
  const auto word = text.substr(0, text.find_first_of(" \t;"));
  text.remove_prefix(word.size());
  return word;
}

/// The domain after the word `by` of a Received value (in lower case, without comments), without
/// trailing dot; `rest` is what follows.
std::string_view by_domain(std::string_view received, std::string_view& rest) {
  rest = received;
  for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
    if (word == "by") {
      auto domain = take_word(rest);
      if (domain.ends_with('.')) domain.remove_suffix(1);
      return domain;
    }
    // The client's own name is not a clause: it may have said `EHLO by` to hide our name.
    if (word == "from") take_word(rest);
  }
  return {};
}

/// The mailbox in `for <mailbox>`; empty if there is no such clause. Local parts may be quoted.
std::string_view for_mailbox(std::string_view rest) {
  for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
    if (word != "for") continue;
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (!rest.starts_with('<')) return {};
    bool quoted = false;
    for (std::size_t i = 1; i < rest.size(); ++i) {
      if (quoted && rest[i] == '\\') {
        ++i;
      } else if (rest[i] == '"') {
        quoted = !quoted;
      } else if (!quoted && rest[i] == '>') {
        return rest.substr(1, i - 1);
      }
    }
    return {};
  }
  return {};
}

std::string without_final_dot(std::string_view host) {
  auto out = to_lower(host);
  if (out.ends_with('.')) out.pop_back();
  return out;
}

bool has_precedence(const message_view& view, std::string_view wanted) {
  const auto all = view.find_all("Precedence");
  return std::ranges::any_of(all, [&](const auto& f) { return keyword(f.value) == wanted; });
}

}  // namespace

std::size_t count_received(const message_view& view) {
  return static_cast<std::size_t>(std::ranges::count_if(
      view.fields(), [](const auto& f) { return equals_ignoring_case(f.name, "Received"); }));
}

std::size_t received_by_host_count(const message_view& view, std::string_view host) {
  const auto passes = passes_by_host(view, host);
  return passes.recipients.size() + passes.unnamed;
}

host_passes passes_by_host(const message_view& view, std::string_view host) {
  host_passes out;
  const auto wanted = without_final_dot(host);
  if (wanted.empty()) return out;
  for (const auto& field : view.find_all("Received")) {
    const auto text = to_lower(without_comments(field.value));
    std::string_view rest;
    if (by_domain(text, rest) != wanted) continue;
    const auto recipient = for_mailbox(rest);
    if (recipient.empty()) {
      ++out.unnamed;
    } else {
      out.recipients.emplace_back(recipient);
    }
  }
  return out;
}

bool is_auto_submitted(const message_view& view) {
  // RFC 3834 §5: every value but "no" means that no person sent it; unknown ones count as such.
  for (const auto& f : view.find_all("Auto-Submitted")) {
    if (keyword(f.value) != "no") return true;
  }
  for (const auto& f : view.find_all("X-Auto-Response-Suppress")) {
    if (const auto word = keyword(f.value); !word.empty() && word != "none") return true;
  }
  return has_precedence(view, "bulk") || has_precedence(view, "junk")
         || has_precedence(view, "list");
}

bool is_list_mail(const message_view& view) {
  static constexpr std::array<std::string_view, 7> list_fields = {
      "List-Id",        "List-Unsubscribe", "List-Post",   "List-Help",
      "List-Subscribe", "List-Owner",       "List-Archive"};
  return has_precedence(view, "list")
         || std::ranges::any_of(list_fields, [&](auto name) { return view.find(name) != nullptr; });
}

bool has_eight_bit(std::string_view octets) {
  return !is_ascii(octets);
}

std::size_t max_line_octets(std::string_view octets) {
  std::size_t longest = 0;
  while (!octets.empty()) {
    const auto line = first_line(octets);
    longest = std::max(longest, line.content.size());
    octets.remove_prefix(line.whole.size());
  }
  return longest;
}

bool has_bare_line_ends(std::string_view octets) {
  for (auto at = octets.find_first_of("\r\n"); at != std::string_view::npos;
       at = octets.find_first_of("\r\n", at)) {
    if (octets.substr(at, 2) != "\r\n") return true;
    at += 2;
  }
  return false;
}

}  // namespace signpost::imf
