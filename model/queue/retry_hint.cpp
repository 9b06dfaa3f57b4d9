// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The hint in the text of a reply. There is no standard for it; these are the forms that
// greylisting programs use.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/text.hpp"
#include "model/queue/retry.hpp"

namespace signpost::model {
namespace {

constexpr std::size_t text_octets_max = 512;
constexpr std::size_t digits_max = 6;

struct unit {
  std::string_view word;
  std::int64_t factor;
};

constexpr std::array<unit, 14> units{{{"s", 1},
                                      {"sec", 1},
                                      {"secs", 1},
                                      {"second", 1},
                                      {"seconds", 1},
                                      {"m", 60},
                                      {"min", 60},
                                      {"mins", 60},
                                      {"minute", 60},
                                      {"minutes", 60},
                                      {"h", 3600},
                                      {"hr", 3600},
                                      {"hour", 3600},
                                      {"hours", 3600}}};
constexpr std::array<std::string_view, 9> occasions{"try again", "retry",     "greylist",
                                                    "graylist",  "grey list", "gray list",
                                                    "grey-list", "come back", "try later"};
constexpr std::array<std::string_view, 5> prepositions{"in", "for", "after", "within", "wait"};
constexpr std::array<std::string_view, 5> fillers{"at", "least", "about", "another",
                                                  "approximately"};

bool among(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// Words, numbers and `:`; anything else separates.
std::vector<std::string_view> tokens_of(std::string_view text) {
  const auto kind = [](char c) { return is_digit(c) ? 1 : is_alpha(c) ? 2 : c == ':' ? 3 : 0; };
  std::vector<std::string_view> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const auto k = kind(text[at]);
    auto end = at + 1;
    while (k != 0 && end < text.size() && kind(text[end]) == k) ++end;
    if (k != 0) tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

std::optional<std::int64_t> number(std::string_view token) {
  if (token.empty() || token.size() > digits_max) return std::nullopt;
  const auto value = parse_uint(token);
  if (!value) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

// `300 seconds`, `5m`, `00:05:00` (hours, minutes, seconds), `05:00` at the front of `tokens`.
std::optional<std::int64_t> duration(std::span<const std::string_view> tokens) {
  if (tokens.size() < 2) return std::nullopt;
  auto total = number(tokens[0]);
  if (!total) return std::nullopt;
  if (tokens[1] != ":") {
    const auto it = std::ranges::find(units, tokens[1], &unit::word);
    if (it == units.end()) return std::nullopt;
    return *total * it->factor;
  }
  for (std::size_t i = 1; i + 1 < tokens.size() && i < 5 && tokens[i] == ":"; i += 2) {
    const auto part = number(tokens[i + 1]);
    if (!part || *part > 59) return std::nullopt;
    total = *total * 60 + *part;
  }
  return total;
}

}  // namespace

std::optional<seconds> parse_retry_hint(std::string_view reply_text) {
  const auto text = to_lower(reply_text.substr(0, text_octets_max));
  if (std::ranges::none_of(occasions, [&](auto w) { return text.find(w) != std::string::npos; })) {
    return std::nullopt;
  }
  const auto tokens = tokens_of(text);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!among(prepositions, tokens[i])) continue;
    auto at = i + 1;
    while (at < tokens.size() && among(fillers, tokens[at])) ++at;
    const auto wait = duration(std::span(tokens).subspan(at));
    if (!wait || *wait == 0) continue;
    return std::clamp(seconds(*wait), retry_hint_min, retry_hint_max);
  }
  return std::nullopt;
}

}  // namespace signpost::model
