// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/label_rules.hpp"

#include <unictype.h>

#include <algorithm>

#include "base/text.hpp"

namespace signpost::address {
namespace {

using label_view = std::span<const std::uint32_t>;

constexpr std::uint32_t zero_width_non_joiner = 0x200c;
constexpr std::uint32_t zero_width_joiner = 0x200d;
constexpr int combining_class_virama = 9;

// UTS #46 §4.1 with UseSTD3ASCIIRules: ASCII is letters, digits and hyphen; ≠, ≮ and ≯ are out as
// well because they decompose to `=`, `<` and `>` with an overlay.
bool is_std3(std::uint32_t c) {
  if (c == 0x2260 || c == 0x226e || c == 0x226f) return false;
  return c >= 0x80 || c == '-' || is_alnum(static_cast<char>(c));
}

bool is_mark(std::uint32_t c) {
  return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M);
}

bool follows_virama(label_view label, std::size_t at) {
  return at > 0 && uc_combining_class(label[at - 1]) == combining_class_virama;
}

// RFC 5892 §A.1: (L|D) T* ZWNJ T* (R|D).
bool joins_across(label_view label, std::size_t at) {
  const auto joins = [](std::uint32_t c, int one_sided) {
    const int type = uc_joining_type(c);
    return type == one_sided || type == UC_JOINING_TYPE_D;
  };
  const auto transparent = [](std::uint32_t c) { return uc_joining_type(c) == UC_JOINING_TYPE_T; };
  auto before = at;
  while (before > 0 && transparent(label[before - 1])) --before;
  auto after = at + 1;
  while (after < label.size() && transparent(label[after])) ++after;
  return before > 0 && after < label.size() && joins(label[before - 1], UC_JOINING_TYPE_L)
         && joins(label[after], UC_JOINING_TYPE_R);
}

bool joiners_are_in_place(label_view label) {
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (label[i] == zero_width_joiner && !follows_virama(label, i)) return false;
    if (label[i] == zero_width_non_joiner && !follows_virama(label, i) && !joins_across(label, i)) {
      return false;
    }
  }
  return true;
}

bool is_right_to_left(std::uint32_t c) {
  const int category = uc_bidi_category(c);
  return category == UC_BIDI_R || category == UC_BIDI_AL || category == UC_BIDI_AN;
}

// What one label consists of, by Bidi class, for RFC 5893 §2.
struct bidi_profile {
  bool other_than_rtl = false;  // a class that condition 2 does not allow
  bool other_than_ltr = false;  // a class that condition 5 does not allow
  bool european = false;
  bool arabic = false;
  int first = UC_BIDI_ON;
  int last = UC_BIDI_ON;  // the last one that is not a non-spacing mark
};

bidi_profile profile_of(label_view label) {
  bidi_profile p;
  p.first = uc_bidi_category(label.front());
  for (const auto c : label) {
    const int category = uc_bidi_category(c);
    switch (category) {
      case UC_BIDI_R:
      case UC_BIDI_AL:
      case UC_BIDI_AN:
        p.other_than_ltr = true;
        p.arabic = p.arabic || category == UC_BIDI_AN;
        break;
      case UC_BIDI_L:
        p.other_than_rtl = true;
        break;
      case UC_BIDI_EN:
        p.european = true;
        break;
      case UC_BIDI_ES:
      case UC_BIDI_CS:
      case UC_BIDI_ET:
      case UC_BIDI_ON:
      case UC_BIDI_BN:
      case UC_BIDI_NSM:
        break;
      default:
        p.other_than_rtl = p.other_than_ltr = true;
    }
    if (category != UC_BIDI_NSM) p.last = category;
  }
  return p;
}

bool keeps_bidi_rule(label_view label) {
  const auto p = profile_of(label);
  if (p.first == UC_BIDI_R || p.first == UC_BIDI_AL) {  // conditions 1 to 4
    const bool end =
        p.last == UC_BIDI_R || p.last == UC_BIDI_AL || p.last == UC_BIDI_EN || p.last == UC_BIDI_AN;
    return !p.other_than_rtl && end && !(p.european && p.arabic);
  }
  // Conditions 1, 5 and 6.
  return p.first == UC_BIDI_L && !p.other_than_ltr && (p.last == UC_BIDI_L || p.last == UC_BIDI_EN);
}

}  // namespace

result<void> check_label(label_view label) {
  if (label.empty()) return fail(errc::malformed, "empty label");
  if (!std::ranges::all_of(label, is_std3)) {
    return fail(errc::malformed, "character other than letters, digits and hyphen");
  }
  if (label.front() == '-' || label.back() == '-') {
    return fail(errc::malformed, "hyphen at the edge of a label");
  }
  // RFC 5891 §4.2.3.1: reserved for prefixes like `xn--`.
  if (label.size() >= 4 && label[2] == '-' && label[3] == '-') {
    return fail(errc::malformed, "hyphens in the third and fourth position of a label");
  }
  // RFC 5891 §4.2.3.2.
  if (is_mark(label.front())) return fail(errc::malformed, "label begins with a combining mark");
  // RFC 5891 §4.2.3.3.
  if (!joiners_are_in_place(label)) return fail(errc::malformed, "misplaced zero width joiner");
  return {};
}

result<void> check_bidi(const std::vector<code_points>& labels) {
  const bool applies = std::ranges::any_of(
      labels, [](const auto& label) { return std::ranges::any_of(label, is_right_to_left); });
  if (applies && !std::ranges::all_of(labels, keeps_bidi_rule)) {
    return fail(errc::malformed, "label breaks the rule for right-to-left scripts");
  }
  return {};
}

}  // namespace signpost::address
