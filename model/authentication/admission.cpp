// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/authentication/admission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "model/replies.hpp"

namespace signpost::model {
namespace {

// What a row decides by.
struct question {
  const authentication_results& found;
  const admission_policy& wanted;
  const admission_facts& facts;

  // An answer that is missing might prove the author.
  [[nodiscard]] bool may_be_proven_later() const {
    return found.checked && (found.temporary || found.dmarc == verdict::temperror);
  }
  [[nodiscard]] bool forged_own(own_author_action a) const {
    return wanted.own_author == a && facts.author_is_ours && !found.author.proven;
  }
  // Of a null sender `spf` is that of HELO.
  [[nodiscard]] bool authenticated() const {
    return found.spf == verdict::pass || found.dkim == verdict::pass;
  }
  [[nodiscard]] bool unauthenticated() const {
    return wanted.require_authentication && !authenticated();
  }
  // What the author's domain asks for and the zone does.
  [[nodiscard]] bool enforced(dmarc_disposition d) const {
    return wanted.enforce_dmarc && found.dmarc == verdict::fail && found.disposition == d;
  }
};

// A name as it may occur in a reply or a comment: a stranger wrote it.
std::string shown(std::string_view domain) {
  constexpr std::size_t domain_octets_max = 253;  // RFC 1035 §2.3.4
  return domain.empty() ? "the author's domain" : printable(domain, domain_octets_max);
}

smtp::reply dmarc_refusal(const authentication_results& found) {
  return make_reply(reply_kind::dmarc_refused,
                    fmt::format("The message fails DMARC, and the policy of {} is to reject it",
                                shown(found.author_domain)));
}

smtp::reply no_author(const authentication_results&) {
  return make_reply(reply_kind::author_unknown);
}

smtp::reply own_author(const authentication_results&) {
  return make_reply(reply_kind::own_author);
}

smtp::reply would_forge(const authentication_results&) {
  return make_reply(reply_kind::would_forge);
}

smtp::reply not_authenticated(const authentication_results& found) {
  auto text = fmt::format(
      "Neither SPF ({}{}{}) nor DKIM ({}) passes: unauthenticated mail is not forwarded",
      to_string(found.spf), found.spf_domain.empty() ? "" : " for ",
      found.spf_domain.empty() ? "" : shown(found.spf_domain), to_string(found.dkim));
  return make_reply(reply_kind::unauthenticated, text);
}

smtp::reply later(const authentication_results&) {
  return make_reply(reply_kind::authentication_later);
}

struct row {
  std::string_view reason;
  bool (*applies)(const question&);
  smtp::reply (*refusal)(const authentication_results&);  // nullptr: taken
  // The word of a trusted sealer undoes the row: the message is taken, unmarked.
  bool rescued;
  bool marked = false;
};

// The order determines what is reported if several rows apply: what is final before what may pass
// by itself, and every refusal before what takes. So a stricter policy, under which more rows
// apply, never takes what a laxer one refuses.
constexpr std::array<row, 16> rows{{
    // Nobody's word counts against this one: it is about what a destination would see.
    {"would_forge",
     [](const question& q) { return !q.facts.can_be_sent && !q.may_be_proven_later(); },
     would_forge, false},
    {"unchecked", [](const question& q) { return !q.found.checked; }, nullptr, false},
    // RFC 9989 §11.5: whom a reader would be shown as the author, nobody can say; so no policy can
    // speak against it, and no sealer for it.
    {"author_unknown",
     [](const question& q) {
       return q.wanted.enforce_dmarc && q.wanted.require_author
              && (q.found.dmarc == verdict::permerror
                  || (q.found.dmarc == verdict::none && q.found.author_domain.empty()));
     },
     no_author, false},
    {"dmarc_reject", [](const question& q) { return q.enforced(dmarc_disposition::reject); },
     dmarc_refusal, true},
    {"dmarc_quarantine",
     [](const question& q) {
       return q.enforced(dmarc_disposition::quarantine)
              && q.wanted.quarantine == quarantine_action::reject;
     },
     dmarc_refusal, true},
    {"unauthenticated", [](const question& q) { return q.unauthenticated() && !q.found.temporary; },
     not_authenticated, true},
    {"own_author",
     [](const question& q) {
       return q.forged_own(own_author_action::reject) && !q.may_be_proven_later();
     },
     own_author, true},
    // From here on an answer that is missing might change the outcome.
    {"would_forge_later", [](const question& q) { return !q.facts.can_be_sent; }, later, false},
    {"dmarc_later",
     [](const question& q) {
       return q.wanted.enforce_dmarc && q.found.dmarc == verdict::temperror;
     },
     later, true},
    {"unauthenticated_later", [](const question& q) { return q.unauthenticated(); }, later, true},
    {"own_author_later",
     [](const question& q) { return q.forged_own(own_author_action::reject); }, later, true},
    {"dmarc_quarantine",
     [](const question& q) { return q.enforced(dmarc_disposition::quarantine); }, nullptr, true,
     true},
    {"own_author", [](const question& q) { return q.forged_own(own_author_action::mark); },
     nullptr, true, true},
    {"dmarc_reported",
     [](const question& q) {
       return q.found.dmarc == verdict::fail && q.found.disposition != dmarc_disposition::none;
     },
     nullptr, false},
    {"not_required", [](const question& q) { return !q.authenticated(); }, nullptr, false},
    {"pass", [](const question&) { return true; }, nullptr, false},
}};

}  // namespace

std::string_view to_string(verdict v) {
  static constexpr std::array<std::string_view, 8> words{
      "none", "pass", "fail", "softfail", "neutral", "policy", "temperror", "permerror"};
  return words.at(static_cast<std::size_t>(v));
}

std::string_view to_string(dmarc_disposition d) {
  static constexpr std::array<std::string_view, 3> words{"none", "quarantine", "reject"};
  return words.at(static_cast<std::size_t>(d));
}

std::string_view to_string(own_author_action a) {
  static constexpr std::array<std::string_view, 3> words{"off", "mark", "reject"};
  return words.at(static_cast<std::size_t>(a));
}

std::optional<own_author_action> parse_own_author_action(std::string_view word) {
  using enum own_author_action;
  for (const auto a : {off, mark, reject}) {
    if (word == to_string(a)) return a;
  }
  return std::nullopt;
}

admission_policy admission_policy::open() {
  return {.enforce_dmarc = false,
          .quarantine = quarantine_action::mark,
          .require_authentication = false,
          .own_author = own_author_action::off};
}

std::vector<std::pair<std::string, std::string>> event_details(
    const authentication_results& results, const admission& decision) {
  std::vector<std::pair<std::string, std::string>> out{
      {"spf", std::string(to_string(results.spf))},
      {"dkim", std::string(to_string(results.dkim))},
      {"dmarc", std::string(to_string(results.dmarc))},
      {"arc", std::string(to_string(results.arc))}};
  if (!results.author_domain.empty()) out.emplace_back("author_domain", results.author_domain);
  if (results.dmarc == verdict::fail) {
    out.emplace_back("dmarc_policy", to_string(results.disposition));
  }
  if (results.checked) out.emplace_back("admission", decision.reason);
  if (decision.marked) out.emplace_back("marked", "quarantine");
  if (!results.vouched_by.empty()) out.emplace_back("vouched_by", results.vouched_by);
  return out;
}

std::vector<std::string_view> refusal_reasons() {
  std::vector<std::string_view> out;
  for (const auto& r : rows) {
    if (r.refusal != nullptr) out.push_back(r.reason);
  }
  return out;
}

admission admit(const authentication_results& results, const admission_policy& policy,
                const admission_facts& facts) {
  const question asked{results, policy, facts};
  const auto* decides = std::ranges::find_if(rows, [&](const row& r) { return r.applies(asked); });
  SP_ASSERT(decides != rows.end());
  if (decides->rescued && !results.vouched_by.empty()) {
    if (facts.can_be_sent) return {.reason = "arc_rescue"};
    // A sealer's word does not prove the author; an answer that is missing may be.
    return {.refusal = later(results), .reason = "would_forge_later"};
  }
  admission out{.marked = decides->marked, .reason = decides->reason};
  if (decides->refusal != nullptr) out.refusal = decides->refusal(results);
  return out;
}

}  // namespace signpost::model
