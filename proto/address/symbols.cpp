// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/symbols.hpp"

#include <idn2.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/address/punycode.hpp"
#include "proto/address/unicode.hpp"

namespace signpost::address {
namespace {

constexpr std::string_view a_label_prefix = "xn--";

// UTS #46 §2.3 and §4: sharp s, final sigma and the joiners stay unchanged (non-transitional).
bool is_deviation(std::uint32_t c) {
  return c == 0xdf || c == 0x3c2 || c == 0x200c || c == 0x200d;
}

// UTS #46 §4: what counts as the dot between labels.
bool is_dot(std::uint32_t c) {
  return c == 0x3002 || c == 0xff0e || c == 0xff61;
}

code_points folded(std::uint32_t c) {
  std::size_t size = 0;
  const std::unique_ptr<std::uint32_t, decltype(&std::free)> out(
      u32_casefold(&c, 1, nullptr, UNINORM_NFKC, nullptr, &size), &std::free);
  return out ? code_points(out.get(), out.get() + size) : code_points{c};
}

// The mapping of UTS #46 §4 steps 1 and 2, which is NFKC_Casefold except for the exceptions above.
code_points mapped(const code_points& name) {
  code_points out;
  for (const auto c : name) {
    if (is_dot(c)) {
      out.push_back('.');
    } else if (is_deviation(c)) {
      out.push_back(c);
    } else if (!uc_is_property(c, UC_PROPERTY_DEFAULT_IGNORABLE_CODE_POINT)) {
      std::ranges::copy(folded(c), std::back_inserter(out));
    }
  }
  return to_nfc(out);
}

// A symbol, sign or number that IDNA2008 excludes and UTS #46 §7 keeps: assigned, visible, no
// white space, and its own mapping. U+1806 was ignored by IDNA2003, the ideographic description
// characters and the replacement characters U+FFFC and U+FFFD are excluded by name.
bool is_symbol(std::uint32_t c) {
  constexpr auto kinds = UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_S | UC_CATEGORY_MASK_N
                         | UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M;
  if (c < 0x80 || c == 0x1806 || (c >= 0x2ff0 && c <= 0x2fff) || c == 0xfffc || c == 0xfffd) {
    return false;
  }
  return uc_is_general_category_withtable(c, kinds) && folded(c) == code_points{c}
         && !uc_is_property(c, UC_PROPERTY_DEFAULT_IGNORABLE_CODE_POINT);
}

enum class verdict { allowed, disallowed, wrong };

// What libidn2 says about the code point alone. Refusals because of its position do not count here:
// the label is checked as a whole later.
verdict ask_idn2(std::uint32_t c) {
  if (c < 0x80) return verdict::allowed;
  std::uint8_t* ascii = nullptr;
  const auto text = to_utf8(std::span(&c, 1));
  const int rc = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(text.c_str()), &ascii,
                                IDN2_NONTRANSITIONAL);
  idn2_free(ascii);
  switch (rc) {
    case IDN2_OK:
    case IDN2_LEADING_COMBINING:
    case IDN2_CONTEXTJ:
    case IDN2_BIDI:
      return verdict::allowed;
    case IDN2_DISALLOWED:
      return verdict::disallowed;
    default:
      return verdict::wrong;
  }
}

bool is_refused_symbol(std::uint32_t c) {
  return ask_idn2(c) == verdict::disallowed && is_symbol(c);
}

bool is_allowed(std::uint32_t c) {
  const auto v = ask_idn2(c);
  return v == verdict::allowed || (v == verdict::disallowed && is_symbol(c));
}

// True if UTS #46 has a mapping for `c`. libidn2 also reports "disallowed" for what maps to a
// symbol; one must be among what `c` maps to, because otherwise `c` itself is not allowed (`⒈`,
// capitals younger
// than IDNA2003).
bool may_be_mapped(std::uint32_t c) {
  const auto v = ask_idn2(c);
  if (v != verdict::disallowed) return v == verdict::allowed;
  const auto to = folded(c);
  return std::ranges::all_of(to, is_allowed) && std::ranges::any_of(to, is_refused_symbol);
}

tl::unexpected<error> not_allowed() {
  return fail(errc::malformed, "character not allowed in a domain");
}

// UTS #46 §4 step 4: an A-label must be what its own Unicode form maps to.
result<code_points> decoded(const code_points& a_label) {
  const std::string ascii(a_label.begin(), a_label.end());
  const auto label = punycode_decode(std::string_view(ascii).substr(a_label_prefix.size()));
  if (!label || !is_mapped(*label)
      || std::ranges::all_of(*label, [](auto c) { return c < 0x80; })) {
    return fail(errc::malformed, "invalid A-label");
  }
  return *label;
}

result<std::string> to_a_label(const code_points& given) {
  if (std::ranges::all_of(given, [](auto c) { return c < 0x80; })) {
    const std::string ascii(given.begin(), given.end());
    if (!ascii.starts_with(a_label_prefix)) return ascii;
    SP_TRY(const auto label, decoded(given));
    SP_TRY(auto again, to_a_label(label));
    if (again != ascii) return fail(errc::malformed, "A-label is not in its shortest form");
    return again;
  }
  if (!std::ranges::all_of(given, is_allowed)) return not_allowed();
  const auto punycode = punycode_encode(given);
  if (!punycode || a_label_prefix.size() + punycode->size() > limits::label_octets_max) {
    return fail(errc::limit_exceeded, "label over 63 octets");
  }
  return std::string(a_label_prefix) + *punycode;
}

}  // namespace

bool is_mapped(const code_points& label) {
  return mapped(label) == label;
}

result<std::string> map_name_with_symbols(std::string_view name) {
  const auto given = from_utf8(name);
  if (!std::ranges::all_of(given, may_be_mapped)) return not_allowed();
  const auto all = mapped(given);
  std::string out;
  for (auto begin = all.begin();;) {
    const auto end = std::find(begin, all.end(), std::uint32_t{'.'});
    SP_TRY(const auto label, to_a_label({begin, end}));
    out += label;
    if (end == all.end()) return out;
    out += '.';
    begin = end + 1;
  }
}

}  // namespace signpost::address
