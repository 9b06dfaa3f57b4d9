// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/next_hop.hpp"

#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "model/routing/webhook_url.hpp"
#include "model/routing/zone.hpp"
#include "proto/address/domain.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::model {
namespace {

next_hop::kind kind_of(std::string_view text) {
  if (text.starts_with('[')) return next_hop::kind::literal;
  return is_webhook_url(text) ? next_hop::kind::webhook : next_hop::kind::domain;
}

}  // namespace

next_hop::next_hop(std::string text) : text_(std::move(text)), what_(kind_of(text_)) {}

next_hop next_hop::of(const address::mailbox& to) {
  return next_hop(to.literal() ? to.literal()->to_literal() : to.host().ascii());
}

next_hop next_hop::of(const destination& to, std::string_view zone) {
  if (!to.is_webhook()) return of(to.mailbox);
  const auto origin = webhook_origin(to.webhook);
  SP_ASSERT(origin);  // the routing table accepts no other
  return next_hop(webhook_next_hop(*origin, zone));
}

result<next_hop> next_hop::parse(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) return next_hop(std::string(text));
  if (is_webhook_url(text)) {
    SP_TRY(const auto place, parse_webhook_next_hop(text));
    return next_hop(webhook_next_hop(place.origin, place.zone));
  }
  SP_TRY(const auto domain, address::domain::parse_from_peer(text));
  return next_hop(domain.ascii());
}

bool next_hop::is_whole_origin() const {
  if (!is_webhook()) return false;
  const auto place = parse_webhook_next_hop(text_);
  return place && place->zone.empty();
}

std::optional<ip_address> next_hop::literal() const {
  if (what_ != kind::literal || !text_.ends_with(']')) return std::nullopt;
  auto text = std::string_view(text_).substr(1, text_.size() - 2);
  if (starts_with_ignoring_case(text, "IPv6:")) text.remove_prefix(5);
  return ip_address::parse(text);
}

}  // namespace signpost::model
