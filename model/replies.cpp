// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/replies.hpp"

#include <array>
#include <string>

#include "base/assert.hpp"

namespace signpost::model {
namespace {

constexpr std::array<reply_row, 27> rows{{
    {reply_kind::unknown_recipient, 550, {5, 1, 1}, "unknown_recipient", "No such address here"},
    {reply_kind::relaying_denied, 550, {5, 7, 1}, "relay", "Relaying denied"},
    {reply_kind::rule_reject, 550, {5, 7, 1}, "rule", "This address does not accept mail"},
    {reply_kind::too_many_hops, 554, {5, 4, 6}, "loop", "Too many hops: mail loop"},
    {reply_kind::delivered_before,
     554,
     {5, 4, 6},
     "loop",
     "Mail loop: this message has been here before for the same recipient"},
    // RFC 7505 §4.2: 556 with 5.1.10.
    {reply_kind::null_mx,
     556,
     {5, 1, 10},
     "null_mx",
     "The destination domain does not accept mail"},
    {reply_kind::no_such_domain,
     550,
     {5, 1, 2},
     "no_such_domain",
     "The destination domain does not exist"},
    {reply_kind::mx_unusable,
     550,
     {5, 4, 4},
     "mx_unusable",
     "No mail host of the destination domain has an address"},
    {reply_kind::mx_is_ourselves,
     554,
     {5, 4, 6},
     "mx_is_ourselves",
     "Mail loop: the mail host of the destination domain is this host"},
    {reply_kind::private_address,
     554,
     {5, 4, 6},
     "private_address",
     "The mail hosts of the destination domain only have private addresses"},
    {reply_kind::dns_failed,
     451,
     {4, 4, 3},
     "dns_failed",
     "The name servers of the destination domain do not answer"},
    {reply_kind::dmarc_refused,
     550,
     {5, 7, 1},
     "dmarc_reject",
     "Refused by the DMARC policy of the author's domain"},
    {reply_kind::author_unknown,
     550,
     {5, 7, 1},
     "author_unknown",
     "The From field does not tell who wrote the message"},
    // RFC 7372 §3.3: more than one authentication check failed.
    {reply_kind::unauthenticated,
     550,
     {5, 7, 26},
     "unauthenticated",
     "Neither SPF nor DKIM passes: unauthenticated mail is not forwarded"},
    // RFC 3463 §3.8: 4.7.0, for the codes of RFC 7372 §3 (4.7.24 and others) speak of one method.
    {reply_kind::authentication_later,
     451,
     {4, 7, 0},
     "dmarc_later",
     "The sender cannot be verified at present, try again later"},
    {reply_kind::own_author,
     550,
     {5, 7, 1},
     "own_author",
     "The author's domain is hosted here, and the message is not authenticated for it"},
    {reply_kind::would_forge,
     550,
     {5, 7, 1},
     "would_forge",
     "The message is not authenticated for its author, and this host's signature would vouch for "
     "it"},
    // RFC 3463 §3.4: 5.3.4, "message too big for system".
    {reply_kind::header_too_long,
     552,
     {5, 3, 4},
     "header_too_long",
     "The header section is too long"},
    // RFC 5321 §4.5.3.1.10: after this code a client sends the recipient in another transaction.
    {reply_kind::other_policy,
     452,
     {4, 5, 3},
     "other_policy",
     "Send this recipient in a transaction of its own"},
    {reply_kind::share_used_up,
     452,
     {4, 3, 1},
     "share_used_up",
     "Too much mail for this domain is waiting here, try again later"},
    // RFC 3463 §3.4: X.3.2 is a system that accepts no messages at present, X.3.5 one that is
    // misconfigured.
    {reply_kind::rules_costly,
     451,
     {4, 3, 2},
     "rules_costly",
     "The rules for this address cannot be evaluated at present, try again later"},
    {reply_kind::setup_doubtful,
     451,
     {4, 3, 5},
     "setup_doubtful",
     "It is not certain at present which addresses are hosted here, try again later"},
    {reply_kind::rules_unusable,
     451,
     {4, 3, 5},
     "rules_unusable",
     "The rules for this address cannot be used at present, try again later"},
    // One for all that may be wrong: someone who guesses return addresses learns nothing from it.
    {reply_kind::way_back_refused,
     550,
     {5, 1, 1},
     "way_back",
     "This return address is not valid, or this is not a delivery notification for it"},
    {reply_kind::way_back_later,
     451,
     {4, 7, 1},
     "way_back_later",
     "Too many delivery notifications, try again later"},
    {reply_kind::expired,
     554,
     {5, 4, 7},
     "expired",
     "Delivery was given up: the time allowed is over"},
    // RFC 3463 §3.4: X.3.0, the mail system itself.
    {reply_kind::unreadable,
     554,
     {5, 3, 0},
     "unreadable",
     "Our copy of the message is damaged and can no longer be read"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].kind) != i) return false;
  }
  return true;
}
static_assert(in_order(), "a row's place is its kind");

const reply_row& row(reply_kind kind) {
  const auto index = static_cast<std::size_t>(kind);
  SP_ASSERT(index < rows.size());
  return rows[index];
}

}  // namespace

std::span<const reply_row> reply_rows() {
  return rows;
}

std::string_view reason_word(reply_kind kind) {
  return row(kind).reason;
}

smtp::reply make_reply(reply_kind kind, std::string_view text) {
  const auto& r = row(kind);
  return {.code = r.code, .status = r.status, .lines = {std::string(text.empty() ? r.text : text)}};
}

}  // namespace signpost::model
