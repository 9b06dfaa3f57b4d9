// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/glob.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace signpost::model {
namespace {

constexpr std::size_t word_bits = 64;

void set(std::uint64_t* words, std::size_t bit) {
  words[bit / word_bits] |= std::uint64_t{1} << (bit % word_bits);
}

// RFC 3629 §3: the octets 10xxxxxx continue a character that began before.
bool continues_character(unsigned char octet) {
  return (octet & 0xC0U) == 0x80U;
}

}  // namespace

result<glob> glob::compile(std::string_view pattern) {
  if (pattern.empty()) return fail(errc::malformed, "the pattern is empty");
  if (pattern.size() > octets_max) {
    return fail(errc::limit_exceeded,
                fmt::format("the pattern has more than {} octets", octets_max));
  }
  if (!is_utf8(pattern)) return fail(errc::malformed, "the pattern is not UTF-8");
  glob g;
  g.add(pattern);
  return g;
}

void glob::add(std::string_view pattern) {
  words_ = (pattern.size() + 1 + word_bits - 1) / word_bits;
  std::uint16_t rows = 1;
  for (const char c : pattern) {
    auto& row = step_of_[static_cast<unsigned char>(c)];
    if (c != '*' && c != '?' && row == 0) row = rows++;
  }
  steps_.resize(rows * words_);
  for (const char c : pattern) {
    if (c == '*') {
      set(stars_.data(), accepted_);
      continue;
    }
    ++accepted_;
    if (c == '?') {
      set(questions_.data(), accepted_);
      for (std::size_t row = 0; row < rows; ++row) set(&steps_[row * words_], accepted_);
    } else {
      set(&steps_[step_of_[static_cast<unsigned char>(c)] * words_], accepted_);
    }
  }
}

bool glob::matches(std::string_view text) const {
  positions at{1};
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    const auto* step = &steps_[step_of_[octet] * words_];
    // A `?` matches a character with its first octet and stays while the character continues.
    const bool inside = continues_character(octet);
    std::uint64_t carry = 0;
    std::uint64_t any = 0;
    for (std::size_t w = 0; w < words_; ++w) {
      const auto before = at[w];
      auto reached = ((before << 1U) | carry) & step[w];
      if (inside) reached &= ~questions_[w];
      const auto stay = stars_[w] | (inside ? questions_[w] : 0);
      at[w] = reached | (before & stay);
      carry = before >> (word_bits - 1);
      any |= at[w];
    }
    if (any == 0) return false;
  }
  return (at[accepted_ / word_bits] >> (accepted_ % word_bits) & 1U) != 0;
}

}  // namespace signpost::model
