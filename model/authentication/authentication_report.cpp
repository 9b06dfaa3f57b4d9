// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/authentication/authentication_report.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "proto/authres/authentication_results.hpp"
#include "proto/imf/fields.hpp"
#include "proto/spf/received_spf.hpp"

namespace signpost::model {
namespace {

verdict verdict_of(spf::verdict v) {
  switch (v) {
    case spf::verdict::none:
      return verdict::none;
    case spf::verdict::neutral:
      return verdict::neutral;
    case spf::verdict::pass:
      return verdict::pass;
    case spf::verdict::fail:
      return verdict::fail;
    case spf::verdict::softfail:
      return verdict::softfail;
    case spf::verdict::temperror:
      return verdict::temperror;
    case spf::verdict::permerror:
      return verdict::permerror;
  }
  return verdict::none;
}

verdict verdict_of(dkim::verdict v) {
  switch (v) {
    case dkim::verdict::pass:
      return verdict::pass;
    case dkim::verdict::fail:
      return verdict::fail;
    case dkim::verdict::neutral:
      return verdict::neutral;
    case dkim::verdict::policy:
      return verdict::policy;
    case dkim::verdict::temperror:
      return verdict::temperror;
    case dkim::verdict::permerror:
      return verdict::permerror;
  }
  return verdict::none;
}

verdict verdict_of(dmarc::verdict v) {
  switch (v) {
    case dmarc::verdict::none:
      return verdict::none;
    case dmarc::verdict::pass:
      return verdict::pass;
    case dmarc::verdict::fail:
      return verdict::fail;
    case dmarc::verdict::temperror:
      return verdict::temperror;
    case dmarc::verdict::permerror:
      return verdict::permerror;
  }
  return verdict::none;
}

// RFC 8617 §4.4 has no temperror. A chain whose keys could not be fetched is not reported as broken
// nevertheless: a set of ours that said so would break it forever.
verdict verdict_of(const arc::validation& v) {
  if (v.status == arc::chain_status::fail && v.temporary) return verdict::temperror;
  switch (v.status) {
    case arc::chain_status::none:
      return verdict::none;
    case arc::chain_status::fail:
      return verdict::fail;
    case arc::chain_status::pass:
      return verdict::pass;
  }
  return verdict::none;
}

dmarc_disposition disposition_of(dmarc::policy p) {
  switch (p) {
    case dmarc::policy::none:
      return dmarc_disposition::none;
    case dmarc::policy::quarantine:
      return dmarc_disposition::quarantine;
    case dmarc::policy::reject:
      return dmarc_disposition::reject;
  }
  return dmarc_disposition::none;
}

// Of several signatures the first of these that there is: what may still pass, what was well made
// but is not accepted, what is broken.
constexpr std::array best_first{dkim::verdict::pass,      dkim::verdict::temperror,
                                dkim::verdict::policy,    dkim::verdict::neutral,
                                dkim::verdict::permerror, dkim::verdict::fail};

verdict best_of(const dkim::verification& v) {
  for (const auto wanted : best_first) {
    if (std::ranges::find(v.signatures, wanted, &dkim::signature_result::verdict)
        != v.signatures.end()) {
      return verdict_of(wanted);
    }
  }
  return verdict::none;
}

std::string comment_on(const dkim::signature_result& s) {
  std::vector<std::string> remarks;
  if (s.key_bits > 0 && s.algorithm == "rsa-sha256") {
    remarks.push_back(std::to_string(s.key_bits) + "-bit key");
  }
  if (s.testing) remarks.emplace_back("testing");
  if (s.unsigned_octets > 0) {
    remarks.push_back(std::to_string(s.unsigned_octets) + " octets of the body not signed");
  }
  std::string out;
  for (const auto& remark : remarks) out += (out.empty() ? "" : ", ") + remark;
  return out;
}

// RFC 8601 §2.7.1: header.d, header.i, header.s, header.a; RFC 6008: header.b.
void add_signature(authres::authentication_results& to, const dkim::signature_result& s) {
  auto& r = to.add("dkim", dkim::to_string(s.verdict));
  r.comment = comment_on(s);
  r.reason = s.reason;
  if (!s.domain.empty()) r.property("header", "d", s.domain);
  if (!s.identity.empty() && s.identity != "@" + s.domain) r.property("header", "i", s.identity);
  if (!s.selector.empty()) r.property("header", "s", s.selector);
  if (!s.algorithm.empty()) r.property("header", "a", s.algorithm);
  if (!s.signature_head.empty()) r.property("header", "b", s.signature_head);
}

void add_dkim(authres::authentication_results& to, const dkim::verification& v) {
  for (const auto& s : v.signatures) add_signature(to, s);
  if (v.signatures.empty()) {
    to.add("dkim", "none").comment = "message not signed";
  } else if (v.skipped > 0) {
    auto& comment = to.results.back().comment;
    comment += (comment.empty() ? "" : ", ") + std::to_string(v.skipped) + " more not checked";
  }
}

// RFC 8601 §2.7.4 has header.from; the policy that applies is policy.dmarc (IANA, "Email
// Authentication Methods").
void add_dmarc(authres::authentication_results& to, const dmarc::check_result& d) {
  auto& r = to.add("dmarc", dmarc::to_string(d.verdict));
  r.reason = d.problem;
  if (!d.policy_domain.empty()) {
    r.comment = "p=" + std::string(dmarc::to_string(d.record.p));
    if (d.record.sp) r.comment += " sp=" + std::string(dmarc::to_string(*d.record.sp));
    if (d.record.np) r.comment += " np=" + std::string(dmarc::to_string(*d.record.np));
    r.comment += " dis=" + std::string(dmarc::to_string(d.disposition));
  }
  if (!d.author_domain.empty()) r.property("header", "from", d.author_domain);
  if (!d.policy_domain.empty()) r.property("policy", "dmarc", dmarc::to_string(d.requested));
}

// RFC 8601 §2.7.2.
void add_spf(authres::authentication_results& to, const spf_finding& s) {
  auto& r = to.add("spf", spf::to_string(s.found.verdict));
  r.reason = s.found.problem;
  if (s.found.identity == spf::identity::helo) {
    r.property("smtp", "helo", s.asked.helo);
  } else {
    r.property("smtp", "mailfrom", s.asked.sender);
  }
}

// RFC 8617 §10.2: header.oldest-pass, smtp.remote-ip.
void add_arc(authres::authentication_results& to, const authentication_findings& f) {
  auto& r = to.add("arc", to_string(verdict_of(f.arc)));
  r.reason = f.arc.reason;
  if (f.arc.highest > 0) r.comment = "i=" + std::to_string(f.arc.highest);
  if (!f.vouched_by.empty()) r.comment += ", dmarc=pass by " + f.vouched_by;
  if (f.arc.status == arc::chain_status::pass) {
    r.property("header", "oldest-pass", std::to_string(f.arc.oldest_pass));
  }
  r.property("smtp", "remote-ip", f.helo.asked.client.to_string());
}

std::string fields_of(const authentication_findings& f) {
  // RFC 7208 §9.1: above is what was written later; one field for each identity that said
  // something.
  std::string out = spf::received_spf_field(f.sender().asked, f.sender().found, f.authserv_id);
  if (f.mailfrom && f.helo.found.verdict != spf::verdict::none) {
    out += spf::received_spf_field(f.helo.asked, f.helo.found, f.authserv_id);
  }
  authres::authentication_results ours{.authserv_id = f.authserv_id};
  add_dkim(ours, f.dkim);
  add_dmarc(ours, f.dmarc);
  add_spf(ours, f.helo);
  if (f.mailfrom) add_spf(ours, *f.mailfrom);
  add_arc(ours, f);
  out += authres::field(ours);
  // RFC 8616 §5: UTF-8 only where the message may have it. One with an ASCII sender may have to
  // travel without SMTPUTF8.
  if (f.mailfrom && !is_ascii(f.mailfrom->asked.sender)) return out;
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return out;
}

}  // namespace

authentication_results report(const authentication_findings& f) {
  const auto& sender = f.sender().found;
  const auto could_not_be_had = [](const dkim::signature_result& s) {
    return s.verdict == dkim::verdict::temperror;
  };
  authentication_results out;
  out.checked = true;
  out.spf = verdict_of(sender.verdict);
  out.spf_helo = verdict_of(f.helo.found.verdict);
  out.dkim = best_of(f.dkim);
  // Nothing is gained by a later try: no answer that is missing brings a disposition. (The field
  // says what it was.)
  const bool settled = f.dmarc.verdict == dmarc::verdict::temperror && f.dmarc.asks_for_nothing;
  out.dmarc = settled ? verdict::none : verdict_of(f.dmarc.verdict);
  out.arc = verdict_of(f.arc);
  out.spf_domain = sender.domain;
  for (const auto& s : f.dkim.signatures) {
    if (s.verdict == dkim::verdict::pass) out.dkim_domains.push_back(s.domain);
  }
  out.author_domain = f.dmarc.author_domain;
  if (f.dmarc.verdict == dmarc::verdict::fail) {
    out.disposition = disposition_of(f.dmarc.disposition);
  }
  out.vouched_by = f.vouched_by;
  out.temporary = sender.verdict == spf::verdict::temperror
                  || std::ranges::any_of(f.dkim.signatures, could_not_be_had)
                  // It may be proven for its author later.
                  || (settled
                      && !std::ranges::all_of(f.dmarc.authors, &dmarc::author_result::aligned));
  out.fields = fields_of(f);
  return out;
}

}  // namespace signpost::model
