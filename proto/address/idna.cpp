// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/idna.hpp"

#include <idn2.h>

#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/address/label_rules.hpp"
#include "proto/address/punycode.hpp"
#include "proto/address/symbols.hpp"
#include "proto/address/unicode.hpp"

namespace signpost::address {
namespace {

constexpr std::string_view a_label_prefix = "xn--";

// Mapping, normalisation, Punycode and the code points allowed by IDNA2008.
result<std::string> mapped(std::string_view name) {
  const std::string terminated(name);
  std::uint8_t* ascii = nullptr;
  // Without IDN2_USE_STD3_ASCII_RULES: that would silently drop invalid characters, turning `a$b`
  // into `ab`. check_label() refuses them instead.
  const int rc = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(terminated.c_str()), &ascii,
                                IDN2_NONTRANSITIONAL);
  if (rc == IDN2_OK) {
    std::string out(reinterpret_cast<const char*>(ascii));
    idn2_free(ascii);
    return out;
  }
  switch (rc) {
    case IDN2_DISALLOWED:
      return map_name_with_symbols(name);
    case IDN2_TOO_BIG_DOMAIN:
    case IDN2_TOO_BIG_LABEL:
    case IDN2_PUNYCODE_BIG_OUTPUT:
      return fail(errc::limit_exceeded, idn2_strerror(rc));
    default:
      return fail(errc::malformed, idn2_strerror(rc));
  }
}

result<code_points> to_code_points(std::string_view a_label) {
  if (!a_label.starts_with(a_label_prefix)) return code_points(a_label.begin(), a_label.end());
  const auto decoded = punycode_decode(a_label.substr(a_label_prefix.size()));
  // UTS #46 §4 step 4: the decoded A-label must be its own mapping. libidn2 does not check this.
  if (!decoded || !is_mapped(*decoded)) return fail(errc::malformed, "invalid A-label");
  return *decoded;
}

result<void> check_name(std::string_view ascii) {
  std::vector<code_points> labels;
  for (const auto part : split(ascii, '.')) {
    if (part.size() > limits::label_octets_max) {
      return fail(errc::limit_exceeded, "label over 63 octets");
    }
    SP_TRY(auto label, to_code_points(part));
    SP_CHECK(check_label(label));
    labels.push_back(std::move(label));
  }
  return check_bidi(labels);
}

}  // namespace

result<std::string> to_a_labels(std::string_view name) {
  if (name.size() > idna_octets_max) return fail(errc::limit_exceeded, "domain over 253 octets");
  if (name.find('\0') != std::string_view::npos || !is_utf8(name)) {
    return fail(errc::malformed, "domain is not UTF-8");
  }
  SP_TRY(auto ascii, mapped(name));
  ascii = to_lower(ascii);
  if (ascii.ends_with('.')) ascii.pop_back();
  SP_CHECK(check_name(ascii));
  return ascii;
}

std::string to_u_labels(std::string_view ascii) {
  std::string out;
  for (const auto part : split(ascii, '.')) {
    if (!out.empty()) out += '.';
    const auto label = part.starts_with(a_label_prefix)
                           ? punycode_decode(part.substr(a_label_prefix.size()))
                           : std::nullopt;
    out += label ? to_utf8(*label) : std::string(part);
  }
  return out;
}

}  // namespace signpost::address
