// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dmarc/evaluation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/address/dns_name.hpp"

namespace signpost::dmarc {
namespace {

std::size_t labels_of(std::string_view domain) {
  return static_cast<std::size_t>(std::ranges::count(domain, '.')) + 1;
}

// The last `labels` labels of `domain`.
std::string_view suffix_of(std::string_view domain, std::size_t labels) {
  for (auto count = labels_of(domain); count > labels; --count) {
    domain.remove_prefix(domain.find('.') + 1);
  }
  return domain;
}

bool is_under(std::string_view name, std::string_view ancestor) {
  if (name == ancestor) return true;
  return name.size() > ancestor.size() && name.ends_with(ancestor)
         && name[name.size() - ancestor.size() - 1] == '.';
}

// RFC 9989 §4.10: the names that a walk queries: the whole name, then one label less each time, but
// at most seven labels.
std::vector<std::string> walk_targets(const std::string& domain) {
  std::vector<std::string> targets{domain};
  const auto first = std::min(labels_of(domain) - 1, walk_questions_max - 1);
  for (auto labels = first; labels > 0; --labels) targets.emplace_back(suffix_of(domain, labels));
  return targets;
}

// RFC 5321 §4.1.3: nobody publishes a policy for an address literal.
bool is_literal(std::string_view name) {
  return name.starts_with('[') && name.ends_with(']');
}

// Larger is worse for the sender.
int badness(const check_result& r) {
  switch (r.verdict) {
    case verdict::fail:
      return 10 + static_cast<int>(r.disposition);
    case verdict::temperror:
    case verdict::permerror:
      return 3;
    case verdict::none:
      return 2;
    case verdict::pass:
      break;
  }
  return 1;
}

policy one_level_less(policy p) {
  return p == policy::reject ? policy::quarantine : policy::none;
}

}  // namespace

std::string_view to_string(verdict v) {
  constexpr std::array<std::string_view, 5> names{"none", "pass", "fail", "temperror", "permerror"};
  return names.at(static_cast<std::size_t>(v));
}

evaluation::evaluation(check_request request) {
  const auto add_normal = [](std::vector<std::string>& to, std::string_view name, std::size_t max) {
    const auto domain = address::dns_name(name);
    if (!domain || to.size() == max || std::ranges::find(to, *domain) != to.end()) return;
    to.push_back(*domain);
  };
  for (const auto& name : request.from_domains) {
    add_normal(request_.from_domains, name, author_domains_max);
  }
  for (const auto& name : request.dkim_domains) {
    add_normal(request_.dkim_domains, name, dkim_domains_max);
  }
  request_.spf_domain = address::dns_name(request.spf_domain).value_or(std::string());
  if (!request.from_domains.empty() && std::ranges::all_of(request.from_domains, is_literal)) {
    result_ = check_result{.verdict = verdict::none,
                           .author_domain = request.from_domains.front(),
                           .problem = "the author has no domain"};
    return;
  }
  if (request_.from_domains.empty() || request_.from_domains.size() < request.from_domains.size()) {
    // RFC 9989 §5.3.1: without an author domain "DMARC validation is not possible".
    result_ = check_result{.verdict = verdict::permerror, .problem = "no usable author domain"};
    return;
  }
  judge();
}

void evaluation::answer(const dns::answer& a) {
  SP_ASSERT(question_.has_value());
  known k;
  k.failed = a.status == dns::status::servfail || a.status == dns::status::timeout;
  // RFC 9989 §3.2.13 with RFC 8020: NXDOMAIN alone means that a name does not exist. After an alias
  // it refers to the alias's target (RFC 2308 §2.1), and the name itself exists.
  k.exists = a.status != dns::status::nxdomain || !a.canonical_name.empty();
  if (!existence_ && !k.failed) {
    std::size_t found = 0;
    for (const auto& r : a.records) {
      if (!is_dmarc_record(r.text)) continue;
      auto parsed = parse_record(r.text);
      if (parsed) k.policy_record = std::move(*parsed);
      ++found;
    }
    // RFC 9989 §4.10: "If multiple DMARC Policy Records are returned for a single target, they are
    // all discarded".
    if (found > 1) k.policy_record.reset();
  }
  answers_.emplace(question_->name, std::move(k));
  question_.reset();
  judge();
}

void evaluation::give_up(std::string_view why) {
  if (result_) return;
  question_.reset();
  result_ = check_result{.verdict = verdict::temperror,
                         .author_domain = request_.from_domains.front(),
                         .asks_for_nothing = true,
                         .problem = std::string(why)};
  for (const auto& author : request_.from_domains) {
    author_result one{.domain = author, .aligned = is_aligned_without_policy(author)};
    if (one.aligned) one.aligned_with = {author};
    result_->asks_for_nothing = result_->asks_for_nothing && one.aligned;
    result_->authors.push_back(std::move(one));
  }
}

const check_result& evaluation::result() const {
  SP_ASSERT(result_.has_value());
  return *result_;
}

// Evaluates everything from what is known; stops where something is missing.
void evaluation::judge() {
  std::optional<check_result> worst;
  std::vector<author_result> authors;
  bool harmless = true;
  for (const auto& author : request_.from_domains) {
    auto one = judge_author(author);
    if (!one) break;
    authors.push_back(one->authors.front());
    harmless = harmless && one->asks_for_nothing;
    if (!worst || badness(*one) > badness(*worst)) worst = std::move(one);
  }
  if (!question_) {
    result_ = std::move(worst);
    result_->asks_for_nothing = harmless;
    result_->authors = std::move(authors);
  } else if (answers_.size() >= questions_max) {
    question_.reset();
    result_ = check_result{.verdict = verdict::permerror,
                           .author_domain = request_.from_domains.front(),
                           .problem = "more than 100 DNS queries"};
  }
}

evaluation::maybe<const evaluation::known*> evaluation::recall(const std::string& name) {
  if (const auto found = answers_.find(name); found != answers_.end()) return &found->second;
  question_ = dns::question{.name = name, .type = dns::record_type::txt};
  return std::nullopt;
}

evaluation::maybe<const evaluation::known*> evaluation::look_up(const std::string& domain) {
  // A name too long to have a record below it has none.
  static const known nothing;
  const auto name = address::dns_name("_dmarc." + domain);
  if (!name) return &nothing;
  existence_ = false;
  return recall(*name);
}

evaluation::maybe<const evaluation::known*> evaluation::look_up_existence(
    const std::string& domain) {
  existence_ = true;
  return recall(domain);
}

// RFC 9989 §4.10.2.
evaluation::maybe<evaluation::organization> evaluation::walk(const std::string& domain) {
  organization org{.domain = domain};
  for (const auto& target : walk_targets(domain)) {
    const auto k = look_up(target);
    if (!k) return std::nullopt;
    if ((*k)->failed) return organization{.domain = domain, .failed = true};
    const auto& found = (*k)->policy_record;
    if (!found) continue;
    if (found->psd == public_suffix::yes && target != domain) {
      // "the Organizational Domain is the domain one label below this one".
      org.domain = suffix_of(domain, labels_of(target) + 1);
      org.suffix = target;
      return org;
    }
    // The one with the fewest labels so far; psd=n means that there is none above.
    org.domain = target;
    if (found->psd != public_suffix::unknown) return org;
  }
  return org;
}

// RFC 9989 §4.10.1: the record of the author domain, of its organization, of the public suffix.
// False if a query failed.
evaluation::maybe<bool> evaluation::find_policy(const std::string& author, const organization& org,
                                                check_result& r) {
  std::vector<std::string> places{author};
  if (!org.failed) {
    // The walk does not use names that it did not query.
    if (labels_of(org.domain) < walk_questions_max) places.push_back(org.domain);
    if (!org.suffix.empty()) places.push_back(org.suffix);
  }
  for (const auto& place : places) {
    const auto k = look_up(place);
    if (!k) return std::nullopt;
    if ((*k)->failed) return false;
    if (!(*k)->policy_record) continue;
    r.policy_domain = place;
    r.record = *(*k)->policy_record;
    return true;
  }
  return !org.failed;
}

// Which of p, sp and np applies (RFC 9989 §4.7, §4.10.1). False if a query failed.
evaluation::maybe<bool> evaluation::choose_policy(check_result& r) {
  const auto& record = r.record;
  r.requested = record.p;
  r.requested_by = "p";
  if (r.policy_domain == r.author_domain) return true;
  if (record.sp) {
    r.requested = *record.sp;
    r.requested_by = "sp";
  }
  if (!record.np) return true;
  const auto k = look_up_existence(r.author_domain);
  if (!k) return std::nullopt;
  if ((*k)->failed) return false;
  if (!(*k)->exists) {
    r.requested = *record.np;
    r.requested_by = "np";
  }
  return true;
}

evaluation::maybe<bool> evaluation::align(const std::string& identifier, alignment_mode mode,
                                          const organization& org, const std::string& author,
                                          bool& failed) {
  if (identifier == author) return true;
  // The organization of a name is the name itself or above it: only names under the author's can
  // have the same one. The others are not queried.
  if (mode == alignment_mode::strict) return false;
  if (org.failed) {
    failed = true;
    return false;
  }
  if (!is_under(identifier, org.domain)) return false;
  const auto other = walk(identifier);
  if (!other) return std::nullopt;
  failed = failed || other->failed;
  return !other->failed && other->domain == org.domain;
}

evaluation::maybe<bool> evaluation::align_all(const organization& org, check_result& r,
                                              bool& failed) {
  r.spf.mode = r.record.aspf;
  r.dkim.mode = r.record.adkim;
  if (!request_.spf_domain.empty()) {
    const auto is = align(request_.spf_domain, r.spf.mode, org, r.author_domain, failed);
    if (!is) return std::nullopt;
    if (*is) r.spf.domain = request_.spf_domain;
  }
  for (const auto& domain : request_.dkim_domains) {
    const auto is = align(domain, r.dkim.mode, org, r.author_domain, failed);
    if (!is) return std::nullopt;
    if (!*is) continue;
    r.dkim.domain = domain;
    break;
  }
  return r.spf.aligned() || r.dkim.aligned();
}

// No policy defines alignment: identical names are aligned in any mode.
bool evaluation::is_aligned_without_policy(const std::string& author) const {
  return request_.spf_domain == author
         || std::ranges::find(request_.dkim_domains, author) != request_.dkim_domains.end();
}

evaluation::maybe<check_result> evaluation::judge_author(const std::string& author) {
  check_result r{.author_domain = author, .authors = {{.domain = author}}};
  const auto finished = [&](verdict v, std::string_view problem = {}) {
    r.verdict = v;
    r.problem = problem;
    auto& one = r.authors.front();
    // What is the same is aligned in any mode: no record that is missing could make it fail.
    const bool open = v == verdict::none || v == verdict::temperror;
    if (open && is_aligned_without_policy(author)) one.aligned_with = {author};
    if (v == verdict::pass) {
      for (const auto* mechanism : {&r.spf, &r.dkim}) {
        if (mechanism->aligned()) one.aligned_with.push_back(mechanism->domain);
      }
    }
    one.aligned = !one.aligned_with.empty();
    r.asks_for_nothing = r.asks_for_nothing || v == verdict::none || one.aligned;
    return r;
  };
  const auto org = walk(author);
  if (!org) return std::nullopt;
  if (!org->failed) {
    r.organizational_domain = r.authors.front().organizational_domain = org->domain;
    r.authors.front().below_public_suffix = !org->suffix.empty();
  }
  const auto found = find_policy(author, *org, r);
  if (!found) return std::nullopt;
  // RFC 9989 §5.3.6: when a query does not complete, "the message cannot be considered to pass
  // or fail the DMARC mechanism check".
  if (!*found) return finished(verdict::temperror, "no DNS answer for a policy record");
  if (r.policy_domain.empty()) return finished(verdict::none, "no policy record");
  if (!r.record.applies) return finished(verdict::none, "the record has no usable policy");
  bool failed = false;
  const auto aligned = align_all(*org, r, failed);
  if (!aligned) return std::nullopt;
  const auto chosen = choose_policy(r);
  if (!chosen) return std::nullopt;
  if (*aligned) return finished(verdict::pass);
  const auto disposition = r.record.testing ? one_level_less(r.requested) : r.requested;
  // Whether it passed or failed, its owner asks for the same.
  r.asks_for_nothing = *chosen && disposition == policy::none;
  if (failed) return finished(verdict::temperror, "no DNS answer for an organizational domain");
  if (!*chosen) return finished(verdict::temperror, "no DNS answer for the author domain");
  r.disposition = disposition;
  return finished(verdict::fail);
}

check_result check(evaluation e, const std::function<dns::answer(const dns::question&)>& look_up) {
  while (const auto& question = e.next_question()) {
    const auto asked = *question;
    e.answer(look_up(asked));
  }
  return e.result();
}

}  // namespace signpost::dmarc
