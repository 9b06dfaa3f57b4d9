// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/canonicalization.hpp"

#include <cstring>

#include "base/text.hpp"

namespace signpost::dkim {
namespace {

std::optional<canonicalization> parse_one(std::string_view word) {
  if (word == "simple") return canonicalization::simple;
  if (word == "relaxed") return canonicalization::relaxed;
  return std::nullopt;
}

// Eight octets at once: each function sets the high bit of every octet that it looks for.
constexpr std::uint64_t ones = 0x0101010101010101;
constexpr std::uint64_t high_bits = ones * 0x80;
constexpr std::uint64_t low_bits = ones * 0x7f;

std::uint64_t load(const char* from) {
  std::uint64_t octets = 0;
  std::memcpy(&octets, from, sizeof octets);
  return octets;
}

std::uint64_t spaces(std::uint64_t octets) {
  const auto difference = octets ^ (ones * ' ');
  return ~(((difference & low_bits) + low_bits) | difference) & high_bits;
}

std::uint64_t blanks_and_controls(std::uint64_t octets) {
  return ~(((octets & low_bits) + ones * (0x80 - '!')) | octets) & high_bits;
}

// True if none of the eight octets from `from` can be irregular; reads a ninth.
bool are_regular(const char* from) {
  const auto octets = load(from);
  const auto space = spaces(octets);
  const auto before_low = blanks_and_controls(load(from + 1));
  return ((space & before_low) | (blanks_and_controls(octets) & ~space)) == 0;
}

bool is_irregular(const char* at, const char* end) {
  if (*at == '\t' || *at == '\r') return true;
  return *at == ' ' && (at + 1 == end || at[1] == ' ' || at[1] == '\t' || at[1] == '\r');
}

}  // namespace

std::string_view to_string(canonicalization c) {
  return c == canonicalization::simple ? "simple" : "relaxed";
}

std::optional<canonicalization_pair> parse_canonicalization(std::string_view text) {
  const auto slash = text.find('/');
  const auto header = parse_one(text.substr(0, slash));
  const auto body = slash == std::string_view::npos ? canonicalization::simple
                                                    : parse_one(text.substr(slash + 1));
  if (!header || !body) return std::nullopt;
  return canonicalization_pair{*header, *body};
}

std::string to_string(canonicalization_pair pair) {
  return std::string(to_string(pair.header)) + "/" + std::string(to_string(pair.body));
}

std::string relaxed_field(std::string_view name, std::string_view value) {
  std::string out = to_lower(name);
  out.reserve(name.size() + 1 + value.size());
  out += ':';
  bool blank = false;
  bool begun = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == ' ' || c == '\t') {
      blank = begun;
    } else if (c == '\n' || (c == '\r' && value.substr(i + 1).starts_with('\n'))) {
      // A line end within a field is folding: the blank after it remains.
    } else {
      if (blank) out += ' ';
      out += c;
      blank = false;
      begun = true;
    }
  }
  return out;
}

const char* find_irregular(const char* from, const char* end) {
  for (;;) {
    while (end - from > 8 && are_regular(from)) from += 8;
    for (const char* const stop = end - from > 8 ? from + 8 : end; from != stop; ++from) {
      if (is_irregular(from, end)) return from;
    }
    if (from == end) return end;
  }
}

}  // namespace signpost::dkim
