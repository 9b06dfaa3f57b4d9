// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Domain names in the form in which mail compares them: A-labels, lower case (RFC 5890 §2.3.2.1,
// RFC 5321
// §2.4).
//
// Threads: values. Limits: 253 octets per name (255 in DNS, RFC 1035 §2.3.4), 63 per label, 1024
// octets of input.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost::address {

/// A valid domain name. Equal names compare equal regardless of their original case and label form.
class domain {
 public:
  domain() = default;
  /// Takes A-labels, U-labels or both (`bücher.example`, `xn--bcher-kva.example`), one trailing dot
  /// allowed; IDNA2008 with UTS #46 non-transitional mapping, STD3 rules, hyphen, bidi and joiner
  /// checks. errc::malformed names the violated rule; errc::limit_exceeded for length.
  static result<domain> parse(std::string_view text);

  /// The same for names that other hosts send under: also what DNS can hold though no registry
  /// gives it away (`my_shop.example`, `-x-.example`, A-labels that stand for nothing).
  static result<domain> parse_from_peer(std::string_view text);

  /// `xn--bcher-kva.example`: lower case, no trailing dot.
  [[nodiscard]] const std::string& ascii() const { return ascii_; }
  /// True for a domain that was never parsed: valid names are not empty.
  [[nodiscard]] bool empty() const { return ascii_.empty(); }
  /// True for `a.b.c` under `b.c`, and for the name itself; never under the empty domain.
  [[nodiscard]] bool is_under(const domain& ancestor) const;
  friend auto operator<=>(const domain&, const domain&) = default;

 private:
  std::string ascii_;
};

}  // namespace signpost::address
