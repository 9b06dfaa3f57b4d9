// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where mail for a recipient goes next: deliveries are grouped, limited and listed by it.
//
// Threads: a value. Limits: none of its own; the spool takes `schema::next_hop_octets_max`.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip.hpp"
#include "base/result.hpp"

namespace signpost::address {
class mailbox;
}

namespace signpost::model {

struct destination;

/// A domain, an address literal, or the origin of a webhook and a zone. It has one text form, in
/// which it is stored, compared and shown: `shop.example`, `[192.0.2.1]`,
/// `https://hooks.example:8443#shop.example`.
class next_hop {
 public:
  enum class kind : std::uint8_t { domain, literal, webhook };

  /// Empty: its text is empty.
  next_hop() = default;
  /// From a text that was made below, as stored in the spool. Nothing is checked.
  explicit next_hop(std::string text);
  [[nodiscard]] static next_hop of(const address::mailbox& to);
  /// From a destination: a mailbox, or a webhook's origin and the `zone` whose rule calls it; the
  /// routing table has accepted it, so its URL is valid.
  [[nodiscard]] static next_hop of(const destination& to, std::string_view zone);
  /// As users write it: a domain in any form, a literal in brackets, a webhook's URL.
  /// errc::malformed or errc::limit_exceeded, with the error.
  [[nodiscard]] static result<next_hop> parse(std::string_view text);

  [[nodiscard]] kind what() const { return what_; }
  [[nodiscard]] bool is_webhook() const { return what_ == kind::webhook; }
  /// A webhook's origin without a zone: it means those of all zones.
  [[nodiscard]] bool is_whole_origin() const;
  [[nodiscard]] bool empty() const { return text_.empty(); }
  /// A-labels in lower case; a literal with its brackets; webhook_next_hop().
  [[nodiscard]] const std::string& text() const { return text_; }
  /// The address of a literal; nothing if it has none or is not a literal.
  [[nodiscard]] std::optional<ip_address> literal() const;

  friend bool operator==(const next_hop& a, const next_hop& b) { return a.text_ == b.text_; }
  friend auto operator<=>(const next_hop& a, const next_hop& b) { return a.text_ <=> b.text_; }

 private:
  std::string text_;
  kind what_ = kind::domain;
};

}  // namespace signpost::model

template <>
struct std::hash<signpost::model::next_hop> {
  std::size_t operator()(const signpost::model::next_hop& hop) const noexcept {
    return std::hash<std::string>{}(hop.text());
  }
};
