// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/label_rules.hpp"

#include <gtest/gtest.h>

namespace signpost::address {
namespace {

constexpr std::uint32_t zwnj = 0x200c;
constexpr std::uint32_t zwj = 0x200d;
constexpr std::uint32_t ka = 0x0915;       // Devanagari letter
constexpr std::uint32_t virama = 0x094d;   // Devanagari
constexpr std::uint32_t beh = 0x0628;      // Arabic, dual joining
constexpr std::uint32_t alef = 0x0627;     // Arabic, right joining
constexpr std::uint32_t fatha = 0x064e;    // Arabic mark, transparent
constexpr std::uint32_t shin = 0x05e9;     // Hebrew letter
constexpr std::uint32_t indic_1 = 0x0661;  // Arabic-Indic digit: AN

struct label_case {
  const char* name;
  code_points label;
  bool good;
};

const std::vector<label_case> label_cases{
    {"letters, digits and hyphen", {'a', '-', '1'}, true},
    {"nothing", {}, false},
    {"underscore", {'a', '_', 'b'}, false},
    {"space", {'a', ' ', 'b'}, false},
    {"full stop", {'a', '.', 'b'}, false},
    {"not equal", {0x2260}, false},
    {"hyphen in front", {'-', 'a'}, false},
    {"hyphen behind", {'a', '-'}, false},
    {"only a hyphen", {'-'}, false},
    {"hyphens in third and fourth place", {'a', 'b', '-', '-', 'c'}, false},
    {"hyphens in second and third place", {'a', '-', '-', 'b'}, true},
    {"combining mark in front", {0x0308, 'a'}, false},
    {"combining mark inside", {'x', 0x0308}, true},
    {"joiner behind a virama", {ka, virama, zwj, ka}, true},
    {"joiner behind a letter", {ka, zwj, ka}, false},
    {"joiner in front", {zwj, ka}, false},
    {"non-joiner behind a virama", {ka, virama, zwnj, ka}, true},
    {"non-joiner between joining letters", {beh, zwnj, beh}, true},
    {"non-joiner across transparent marks", {beh, fatha, zwnj, fatha, alef}, true},
    {"non-joiner behind a letter that does not join", {alef, zwnj, beh}, false},
    {"non-joiner between Latin letters", {'a', zwnj, 'b'}, false},
    {"non-joiner in front", {zwnj, beh}, false},
    {"non-joiner behind", {beh, zwnj}, false},
    {"non-joiner behind marks only", {fatha, zwnj, beh}, false},
};

TEST(AddressLabelRules, LookAtTheWholeLabel) {
  for (const auto& c : label_cases) EXPECT_EQ(check_label(c.label).has_value(), c.good) << c.name;
}

struct bidi_case {
  const char* name;
  std::vector<code_points> labels;
  bool good;
};

const std::vector<bidi_case> bidi_cases{
    {"left to right only: no rule", {{'1', 'a'}, {'-'}}, true},
    {"right to left", {{shin, shin}}, true},
    {"right to left ending with a European digit", {{shin, '1'}}, true},
    {"right to left ending with an Arabic digit", {{beh, indic_1}}, true},
    {"both kinds of digits", {{beh, '1', indic_1}}, false},
    {"Latin letter in between", {{shin, 'a', shin}}, false},
    {"ends with a hyphen and a mark", {{shin, '-', fatha}}, false},
    {"ends with a letter and a mark", {{beh, fatha}}, true},
    {"begins with an Arabic digit", {{indic_1, beh}}, false},
    {"begins with a European digit", {{'1', shin}}, false},
    {"Latin label beside it", {{'a', 'b', '1'}, {shin}}, true},
    {"Latin label that begins with a digit", {{'1', 'a'}, {shin}}, false},
    {"Latin label with a right-to-left letter", {{'a', shin}}, false},
    {"Latin label that ends with a neutral", {{'a', 0x02c7}, {shin}}, false},
};

TEST(AddressLabelRules, KeepTheBidiRule) {
  for (const auto& c : bidi_cases) EXPECT_EQ(check_bidi(c.labels).has_value(), c.good) << c.name;
}

}  // namespace
}  // namespace signpost::address
