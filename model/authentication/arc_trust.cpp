// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/authentication/arc_trust.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "model/authentication/alignment_guard.hpp"
#include "proto/address/dns_name.hpp"
#include "proto/authres/authentication_results.hpp"
#include "proto/dmarc/author.hpp"

namespace signpost::model {
namespace {

bool is_trusted(std::string_view domain, const trust_question& who) {
  return std::ranges::find(who.trusted, domain) != who.trusted.end();
}

// RFC 8601 §2.7.4: `dmarc=pass … header.from=DOMAIN`. Without header.from nobody
// knows whom it speaks of; a sealer that says both pass and fail says nothing.
bool says_dmarc_passed(const arc::sealer& sealer, std::string_view author_domain) {
  const auto said = authres::parse(sealer.results);
  if (!said) return false;
  bool found = false;
  for (const auto& r : said->results) {
    if (r.method != "dmarc") continue;
    const auto from = address::dns_name(r.value_of("header", "from"));
    if (r.result != "pass" || from != author_domain) return false;
    found = true;
  }
  return found;
}

// What is shown of a message, or says how to show it. A signature covers as many of a name as h=
// names, from below: one more on top is anybody's, and it is what most readers show.
bool shows_more_than_is_signed(const dkim::signature& s, const dkim::message_hasher& hasher) {
  static constexpr std::array<std::string_view, 10> shown{
      "subject", "reply-to",     "sender",       "to",
      "cc",      "date",         "content-type", "content-transfer-encoding",
      "content-disposition",     "mime-version"};
  return std::ranges::any_of(shown, [&](std::string_view name) {
    const auto there = hasher.find_all(name).size();
    return there > 1 && std::cmp_less(std::ranges::count(s.names, name), there);
  });
}

// Sealers that sign Subject and not Reply-To are common, so that field may be anybody's. Answers to
// it may go to the author's domain, or to the sealer's own (a list); else it was put there for
// somebody else.
bool is_answered_elsewhere(const dkim::signature& s, const dkim::message_hasher& hasher,
                           const trust_question& who) {
  std::vector<std::string_view> values;
  for (const auto at : hasher.find_all("Reply-To")) values.push_back(hasher.field(at).value);
  if (values.empty()) return false;
  if (std::cmp_greater_equal(std::ranges::count(s.names, "reply-to"), values.size())) return false;
  const auto read = dmarc::read_authors(values);
  if (!read || !read->plain) return true;
  return !std::ranges::all_of(read->domains, [&](std::string_view domain) {
    return is_at_or_below(domain, who.author_domain) || is_at_or_below(domain, s.domain);
  });
}

// Whether a signature that holds means that who wrote the message, and what, is as it was: somebody
// vouched for From and for the whole body, and it was somebody we believe.
bool protects_message(const dkim::signature& s, const dkim::message_hasher& hasher,
                      const trust_question& who) {
  // RFC 8617 §4.1.2 asks for neither. With l= anybody could add to the body, without From anybody
  // could become the author.
  return !s.length && std::ranges::find(s.names, "from") != s.names.end()
         && is_trusted(s.domain, who) && !shows_more_than_is_signed(s, hasher)
         && !is_answered_elsewhere(s, hasher, who);
}

}  // namespace

// What an attacker can do: take a message that a trusted host sealed, replace all of it but the ARC
// sets, and seal that. Every seal holds (they cover the sets alone, RFC 8617 §5.1.1), the newest
// ARC-Message-Signature, the attacker's, holds, too: the chain passes, and it has a trusted host's
// word on another message in it. So the word of set k counts only if
//
// - somewhere at or above k an ARC-Message-Signature of a set j still holds, which ties the message
//   of now to what left j, and
// - every set from k to j is sealed by a trusted host, so that nobody else could replace the
// message
//   between k and j. Who sealed above j does not matter: the message is what it was at j.
//
// From must be there once: a signature covers the lowest one, readers may show another.
std::string find_voucher(const dkim::message_hasher& hasher, const arc::validation& chain,
                         const trust_question& who) {
  if (chain.status != arc::chain_status::pass || who.trusted.empty()) return {};
  if (who.author_domain.empty() || hasher.find_all("From").size() != 1) return {};
  const auto sets = arc::read_chain(hasher).sets;
  if (sets.size() != chain.sealers.size()) return {};
  const auto oldest = std::max(1U, chain.oldest_pass);
  for (std::size_t j = sets.size(); j >= oldest; --j) {
    if (!protects_message(sets[j - 1].message_signature, hasher, who)) continue;
    for (std::size_t k = j; k > 0 && is_trusted(chain.sealers[k - 1].domain, who); --k) {
      if (says_dmarc_passed(chain.sealers[k - 1], who.author_domain)) {
        return chain.sealers[k - 1].domain;
      }
    }
  }
  return {};
}

bool claims_voucher(const arc::validation& chain, const trust_question& who) {
  return std::ranges::any_of(chain.sealers, [&](const arc::sealer& s) {
    return is_trusted(s.domain, who) && says_dmarc_passed(s, who.author_domain);
  });
}

}  // namespace signpost::model
