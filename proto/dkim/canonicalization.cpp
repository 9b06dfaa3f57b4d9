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

// True if one of the eight octets is below 0x21, as all are that find_blank_or_cr() looks for.
bool has_low_octet(std::uint64_t octets) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  return ((octets - ones * 0x21) & ~octets & (ones * 0x80)) != 0;
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
      // A line end within a field is folding: the blank behind it remains.
    } else {
      if (blank) out += ' ';
      out += c;
      blank = false;
      begun = true;
    }
  }
  return out;
}

const char* find_blank_or_cr(const char* from, const char* end) {
  for (;;) {
    while (end - from >= 8) {
      std::uint64_t octets = 0;
      std::memcpy(&octets, from, sizeof octets);
      if (has_low_octet(octets)) break;
      from += 8;
    }
    for (const char* const stop = end - from < 8 ? end : from + 8; from != stop; ++from) {
      if (*from == ' ' || *from == '\t' || *from == '\r') return from;
    }
    if (from == end) return end;
  }
}

}  // namespace signpost::dkim
