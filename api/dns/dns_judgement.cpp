// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/dns/dns_judgement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "proto/dmarc/record.hpp"
#include "proto/spf/record.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t shown_octets_max = 1024;
constexpr std::size_t shown_records_max = 20;

using enum record_status;

void say(record_report& r, record_status status, std::string fault, std::string text,
         std::string fix) {
  r.status = status;
  r.fault = std::move(fault);
  r.text = std::move(text);
  r.fix = std::move(fix);
}

void all_is_well(record_report& r, std::string text = {}) {
  say(r, ok, {}, std::move(text), {});
}

std::string publish(const record_report& r) {
  const auto& w = r.wanted;
  const auto priority = w.priority ? fmt::format("{} ", *w.priority) : std::string();
  return fmt::format("Publish: {} {} {}{}", w.name, w.type, priority, w.content);
}

// Problems of the DNS itself; false if there is an answer to be judged.
bool has_trouble(record_report& r, const std::optional<dns::answer>& a) {
  const auto& name = r.wanted.name;
  if (!a || a->status == dns::status::timeout) {
    say(r, unknown, "dns.timeout", fmt::format("The DNS did not answer for {} in time", name),
        "Try again in a minute; if this persists, check that all name servers of the zone answer");
    return true;
  }
  if (a->security == dns::security::bogus) {
    say(r, wrong, "dns.bogus",
        fmt::format(
            "DNSSEC validation of {} fails ({}): validating resolvers see no records at all", name,
            a->reason.empty() ? "no reason given" : printable(a->reason, 200)),
        "Re-sign the zone, or correct its DS record at the registrar");
    return true;
  }
  if (a->status == dns::status::servfail) {
    say(r, unknown, "dns.servfail",
        fmt::format("The name servers fail to answer for {} (SERVFAIL)", name),
        "Check that the zone's name servers answer, and that the delegation names them");
    return true;
  }
  return false;
}

std::vector<std::string> texts_of(const dns::answer& a, bool (*wanted)(std::string_view)) {
  std::vector<std::string> out;
  for (const auto& txt : a.records) {
    if (wanted(txt.text) && out.size() < shown_records_max) {
      out.push_back(printable(txt.text, shown_octets_max));
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// ---- MX ----------------------------------------------------------------------------------------

std::string shown_host(std::string_view name) {
  return name.empty() ? std::string(".") : printable(name, 255);
}

// Names behind MX must have addresses, and be no aliases (RFC 5321 §5.1, RFC 2181 §10.3).
void judge_mx_host(record_report& r, const std::string& host, const other_answers& others) {
  const auto has = [](const std::optional<dns::answer>& a) { return a && !a->records.empty(); };
  const auto knows = [](const std::optional<dns::answer>& a) {
    return a && (a->status == dns::status::nodata || a->status == dns::status::nxdomain);
  };
  if (has(others.mx_alias)) {
    return say(
        r, wrong, "mx.alias",
        fmt::format(
            "{} is a CNAME for {}: an MX record must not name an alias, and some senders reject it",
            host, printable(others.mx_alias->records.front().name, 255)),
        fmt::format("Give {} A and AAAA records of its own instead of the CNAME", host));
  }
  if (knows(others.mx_v4) && knows(others.mx_v6)) {
    return say(r, wrong, "mx.no_address",
               fmt::format("{} has no address: nobody can deliver to it", host),
               fmt::format("Publish A and AAAA records for {}", host));
  }
  all_is_well(r);
}

void judge_mx(record_report& r, const std::string& host, const dns::answer& a,
              const other_answers& others) {
  for (const auto& mx : a.records) {
    if (r.found.size() >= shown_records_max) break;
    r.found.push_back(fmt::format("{} {}", mx.preference, shown_host(mx.name)));
  }
  const auto foreign = foreign_hosts(a, host);
  const bool ours = foreign.size() < r.found.size();
  const auto& domain = r.wanted.name;
  if (a.records.empty()) {
    return say(r, missing, "mx.missing",
               a.status == dns::status::nxdomain
                   ? fmt::format("{} does not exist in the DNS (NXDOMAIN)", domain)
                   : fmt::format("{} has no MX record: mail for it does not come here", domain),
               publish(r));
  }
  if (!ours && foreign.front() == ".") {
    // RFC 7505 §3.
    return say(r, wrong, "mx.null",
               fmt::format("{} declares that it accepts no mail at all", domain),
               "Replace it. " + publish(r));
  }
  if (!ours) {
    return say(
        r, wrong, "mx.elsewhere",
        fmt::format("Mail for {} goes to {} and not here", domain, joined(foreign)),
        "When the mailboxes there are no longer needed, replace all MX records. " + publish(r));
  }
  if (!foreign.empty()) {
    return say(r, wrong, "mx.mixed",
               fmt::format("Some mail for {} goes to {}, where it is not routed by this node",
                           domain, joined(foreign)),
               fmt::format("Remove the MX records of {}", joined(foreign)));
  }
  judge_mx_host(r, host, others);
}

// ---- SPF ---------------------------------------------------------------------------------------

bool is_mechanism(std::string_view term, std::string_view mechanism) {
  if (term.starts_with('+')) term.remove_prefix(1);
  return equals_ignoring_case(term, mechanism);
}

// RFC 7208 §5.1: what follows `all` is never tested; §6.1: `redirect` is not used with it.
bool is_end(std::string_view term) {
  const auto bare = term.substr(std::min(term.find_first_not_of("+-~?"), term.size()));
  return equals_ignoring_case(bare, "all") || starts_with_ignoring_case(bare, "redirect=");
}

bool is_reached(std::string_view record, std::string_view mechanism) {
  for (const auto term : split(record, ' ')) {
    if (is_mechanism(term, mechanism)) return true;
    if (is_end(term)) return false;
  }
  return false;
}

bool allows_everybody(const spf::record& record) {
  return std::ranges::any_of(record.directives, [](const auto& d) {
    return d.mechanism == spf::mechanism::all && d.qualifier == spf::qualifier::pass;
  });
}

// By the node's addresses where they are known; else by the words of the record.
std::string objection_to_spf(const std::string& record, const std::string& mechanism,
                             const spf_look& look) {
  if (look.is_known()) return look.refused();
  return is_reached(record, mechanism) ? "" : mechanism + " is not in it";
}

void judge_one_spf(record_report& r, const std::string& mechanism, const spf_look& look) {
  const auto& record = r.found.front();
  const auto parsed = spf::parse_record(record);
  if (!parsed) {
    return say(r, wrong, "spf.invalid",
               fmt::format("The SPF record is not valid ({}): receivers treat it as an error",
                           parsed.error().context),
               fmt::format("Correct it; it must contain {} for this node", mechanism));
  }
  if (const auto why = objection_to_spf(record, mechanism, look); !why.empty()) {
    return say(r, wrong, "spf.mechanism",
               fmt::format("The SPF record does not allow this node to send for {}: {}",
                           r.wanted.name, why),
               "Replace it with: " + with_mechanism(record, mechanism));
  }
  if (allows_everybody(*parsed)) {
    return say(r, weak, "spf.everybody", "The SPF record allows everybody to send in your name",
               "End it with ~all or -all instead of all");
  }
  all_is_well(r);
}

void judge_spf(record_report& r, const std::string& mechanism, const dns::answer& a,
               const spf_look& look) {
  r.found = texts_of(a, spf::is_spf_record);
  if (r.found.empty()) {
    return say(r, missing, "spf.missing",
               fmt::format("{} has no SPF record: forwarded mail may be rejected", r.wanted.name),
               publish(r));
  }
  if (r.found.size() > 1) {
    // RFC 7208 §4.5: more than one is a permanent error for every receiver.
    return say(r, wrong, "spf.several",
               fmt::format("{} has {} SPF records; receivers then treat all of them as an error",
                           r.wanted.name, r.found.size()),
               "Keep one and move what you need from the others into it. For example: "
                   + with_mechanism(r.found.front(), mechanism));
  }
  judge_one_spf(r, mechanism, look);
}

// ---- DKIM --------------------------------------------------------------------------------------

// The key of a DKIM record (RFC 6376 §3.6.1), without white space; nothing if it has no `p=`.
std::optional<std::string> key_of(std::string_view record) {
  for (const auto tag : split(record, ';')) {
    const auto text = trim(tag);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || trim(text.substr(0, equals)) != "p") continue;
    std::string key;
    for (const char c : text.substr(equals + 1)) {
      if (c != ' ' && c != '\t') key += c;
    }
    return key;
  }
  return std::nullopt;
}

void judge_dkim(record_report& r, const dns::answer& a) {
  r.found = texts_of(a, [](std::string_view) { return true; });
  if (r.found.empty()) {
    return say(
        r, missing, "dkim.missing",
        fmt::format("There is no key at {}: signatures that refer to it fail", r.wanted.name),
        publish(r));
  }
  if (r.found.size() > 1) {
    // RFC 6376 §3.6.2.2: it is undefined which one is used.
    return say(r, wrong, "dkim.several",
               fmt::format("{} has {} TXT records; which one counts is undefined", r.wanted.name,
                           r.found.size()),
               "Keep one only. " + publish(r));
  }
  const auto has = key_of(a.records.front().text);
  if (has && has->empty()) {
    return say(r, wrong, "dkim.revoked",
               fmt::format("The key at {} is revoked: its p= is empty", r.wanted.name), publish(r));
  }
  if (has != key_of(r.wanted.content)) {
    return say(r, wrong, "dkim.differs",
               fmt::format("The key at {} is not the one that this node signs with; a long record "
                           "that was cut off when it was pasted looks like this too",
                           r.wanted.name),
               "Replace it. " + publish(r));
  }
  all_is_well(r);
}

// ---- DMARC, MTA-STS, TLSRPT --------------------------------------------------------------------

void judge_one_dmarc(record_report& r, const std::string& text, bool inherited) {
  const auto record = dmarc::parse_record(text);
  if (!record || !record->applies) {
    return say(r, wrong, "dmarc.invalid", "The DMARC record is not valid and has no effect",
               publish(r));
  }
  const auto policy = inherited ? record->sp.value_or(record->p) : record->p;
  if (policy == dmarc::policy::none || record->testing) {
    return say(r, weak, "dmarc.none",
               "The DMARC policy asks receivers to do nothing about forged mail",
               "When the reports show that your own mail passes, change p=none to p=quarantine, "
               "and later to p=reject");
  }
  all_is_well(r, inherited ? "The zone's policy applies" : "");
}

void judge_dmarc(record_report& r, const dns::answer& a, const other_answers& others) {
  r.found = texts_of(a, dmarc::is_dmarc_record);
  bool inherited = false;
  if (r.found.empty() && others.zone_dmarc) {
    r.found = texts_of(*others.zone_dmarc, dmarc::is_dmarc_record);
    inherited = true;
  }
  if (r.found.empty()) {
    return say(r, missing, "dmarc.missing",
               "Without a DMARC record receivers are not told what to do with forged mail; large "
               "receivers require one",
               publish(r));
  }
  if (r.found.size() > 1) {
    return say(
        r, wrong, "dmarc.several",
        fmt::format("There are {} DMARC records; receivers then use none of them", r.found.size()),
        "Keep one only");
  }
  judge_one_dmarc(r, r.found.front(), inherited);
}

void judge_mta_sts(record_report& r, const dns_plan& plan, const dns::answer& a) {
  r.found = texts_of(a, [](std::string_view t) { return t.starts_with("v=STSv1"); });
  if (r.found.empty()) {
    return say(r, optional, "mta_sts.missing", mta_sts_hint(plan),
               "Serve the policy first, then publish the record");
  }
  say(r, unknown, "mta_sts.policy",
      fmt::format("{0} announces an MTA-STS policy, which this node neither serves nor reads. If "
                  "the policy does not name {1}, senders that follow it cannot deliver",
                  plan.name.domain, plan.mx_host),
      fmt::format(
          "Make sure that https://mta-sts.{}/.well-known/mta-sts.txt contains the line: mx: {}",
          plan.name.domain, plan.mx_host));
}

void judge_tls_rpt(record_report& r, const dns::answer& a) {
  r.found = texts_of(a, [](std::string_view t) { return t.starts_with("v=TLSRPTv1"); });
  if (r.found.empty()) {
    return say(r, missing, "tls_rpt.missing",
               "You receive no reports when mail cannot be delivered to you because of TLS",
               publish(r));
  }
  if (r.found.size() > 1) {
    // RFC 8460 §3: then receivers use none of them.
    return say(
        r, wrong, "tls_rpt.several",
        fmt::format("There are {} TLSRPT records; senders then use none of them", r.found.size()),
        "Keep one only");
  }
  all_is_well(r);
}

void judge_ownership(record_report& r, const dns::answer& a) {
  r.found = texts_of(a, [](std::string_view t) { return t.starts_with("signpost-verify="); });
  if (std::ranges::find(r.found, r.wanted.content) != r.found.end()) return all_is_well(r);
  if (r.found.empty()) {
    return say(r, missing, "ownership.missing",
               "Ownership is not proven yet: until it is, no mail is accepted for the domain",
               publish(r));
  }
  say(r, wrong, "ownership.differs", "The record found belongs to another zone", publish(r));
}

void judge_record(record_report& r, const dns_plan& plan, const std::optional<dns::answer>& a,
                  const other_answers& others) {
  if (has_trouble(r, a)) return;
  switch (r.purpose) {
    case record_purpose::mx:
      return judge_mx(r, plan.mx_host, *a, others);
    case record_purpose::spf:
      return judge_spf(r, plan.spf_mechanism, *a, others.spf);
    case record_purpose::dkim:
      return judge_dkim(r, *a);
    case record_purpose::dmarc:
      return judge_dmarc(r, *a, others);
    case record_purpose::mta_sts:
      return judge_mta_sts(r, plan, *a);
    case record_purpose::tls_rpt:
      return judge_tls_rpt(r, *a);
    case record_purpose::ownership:
      return judge_ownership(r, *a);
  }
}

}  // namespace

std::string mta_sts_hint(const dns_plan& plan) {
  return fmt::format(
      "MTA-STS needs a policy at https://mta-sts.{}/.well-known/mta-sts.txt (version: STSv1, mode: "
      "testing, mx: {}, max_age: 86400), which this node does not serve",
      plan.name.domain, plan.mx_host);
}

std::string with_mechanism(std::string_view record, std::string_view mechanism) {
  std::string out;
  bool there = false;
  const auto add = [&](std::string_view term) {
    if (!out.empty()) out += ' ';
    out += term;
  };
  for (const auto term : split(record, ' ')) {
    if (term.empty() || is_mechanism(term, mechanism)) continue;
    if (is_end(term) && !there) {
      add(mechanism);
      there = true;
    }
    add(term);
  }
  if (!there) add(mechanism);
  return out;
}

std::vector<std::string> foreign_hosts(const dns::answer& a, std::string_view host) {
  std::vector<std::string> out;
  std::size_t seen = 0;
  for (const auto& mx : a.records) {
    if (++seen > shown_records_max) break;
    if (!equals_ignoring_case(mx.name, host)) out.push_back(shown_host(mx.name));
  }
  return out;
}

std::vector<record_report> judged(const dns_plan& plan,
                                  std::span<const std::optional<dns::answer>> answers,
                                  const other_answers& others) {
  auto out = plan.records;
  for (std::size_t i = 0; i < out.size(); ++i) judge_record(out[i], plan, answers[i], others);
  return out;
}

}  // namespace signpost::api
