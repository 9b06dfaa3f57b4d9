// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/mailbox.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/address/local_part.hpp"
#include "proto/address/unicode.hpp"

namespace signpost::address {
namespace {

result<spelled_local_part> parse_local(std::string_view text, std::size_t octets_max,
                                       dots allowed) {
  SP_TRY(auto out, read_local_part(text, allowed));
  // RFC 5321 §4.5.3.1.1 counts what is written, quotes included.
  if (out.octets > octets_max) {
    return fail(errc::limit_exceeded,
                "local part over " + std::to_string(octets_max) + " octets");
  }
  return out;
}

tl::unexpected<error> too_long() {
  return fail(errc::limit_exceeded, "address over 254 octets");
}

// RFC 5321 §4.1.3. `text` has its brackets. General-address-literals are refused: no tag other than
// IPv6 was ever registered.
result<ip_address> parse_literal(std::string_view text) {
  constexpr std::string_view ipv6_tag = "IPv6:";
  if (!text.ends_with(']')) return fail(errc::malformed, "no closing bracket in the literal");
  auto inner = text.substr(1, text.size() - 2);
  const bool tagged = starts_with_ignoring_case(inner, ipv6_tag);
  if (tagged) inner.remove_prefix(ipv6_tag.size());
  // ip_address::parse() accepts both forms; only the tag tells which one it must be.
  const bool has_colon = inner.find(':') != std::string_view::npos;
  const auto address = ip_address::parse(inner);
  if (!address || has_colon != tagged) return fail(errc::malformed, "invalid address literal");
  return *address;
}

}  // namespace

result<mailbox> mailbox::parse(std::string_view text) {
  return parse_within(text, limits::local_part_octets_max, false);
}

result<mailbox> mailbox::parse_from_peer(std::string_view text) {
  return parse_within(text, mailbox_octets_max, true);
}

result<mailbox> mailbox::parse_within(std::string_view text, std::size_t local_octets_max,
                                      bool from_peer) {
  // RFC 5321 §4.5.3.1.3 allows 256 octets with the brackets of the path.
  if (text.size() > mailbox_octets_max) {
    return too_long();
  }
  const auto octets = text.size();
  const auto allowed = from_peer ? dots::anywhere : dots::between_atoms;
  SP_TRY(auto spelling, parse_local(text, local_octets_max, allowed));
  text.remove_prefix(spelling.octets + 1);
  mailbox m;
  m.local_ = std::move(spelling.local);
  if (text.starts_with('[')) {
    SP_TRY(m.literal_, parse_literal(text));
    return m.fits(octets) ? result<mailbox>(std::move(m)) : too_long();
  }
  // The Domain of RFC 5321 §4.1.2 has no final dot, though domain::parse() takes one.
  if (text.ends_with('.') && !from_peer) return fail(errc::malformed, "domain ends with a dot");
  SP_TRY(m.host_, from_peer ? domain::parse_from_peer(text) : domain::parse(text));
  // A-labels may be longer than what was received.
  if (spelling.octets + 1 + m.host_.ascii().size() > mailbox_octets_max) return too_long();
  return m.fits(octets) ? result<mailbox>(std::move(m)) : too_long();
}

// As we write it: odd dots are quoted then. What is taken must be readable again, wherever it was
// written meanwhile. Nothing grows by more than quotes and the longest literal.
bool mailbox::fits(std::size_t octets_received) const {
  constexpr std::size_t growth_max = 64;
  return octets_received + growth_max <= mailbox_octets_max
         || to_string().size() <= mailbox_octets_max;
}

mailbox mailbox::make(std::string local, domain host) {
  mailbox m;
  m.local_ = std::move(local);
  m.host_ = std::move(host);
  return m;
}

std::string mailbox::host_text() const {
  return literal_ ? literal_->to_literal() : host_.ascii();
}

std::string mailbox::to_string() const {
  return spell_local_part(local_) + "@" + host_text();
}

std::string mailbox::folded() const {
  auto local = to_lower(local_);
  if (!is_ascii(local)) local = to_utf8(to_nfc(from_utf8(local)));
  return spell_local_part(local) + "@" + host_text();
}

}  // namespace signpost::address
