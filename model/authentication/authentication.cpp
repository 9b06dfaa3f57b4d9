// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/authentication/authentication.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/assert.hpp"
#include "model/authentication/arc_trust.hpp"
#include "model/authentication/authentication_report.hpp"
#include "model/authentication/author_reader.hpp"
#include "proto/arc/verifier.hpp"
#include "proto/dkim/message_hasher.hpp"
#include "proto/dmarc/evaluation.hpp"
#include "proto/dns/answer_cache.hpp"
#include "proto/imf/fields.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/spf/evaluation.hpp"

namespace signpost::model {
namespace {

spf::check_request spf_request(const authentication_request& r, const std::string& receiver,
                               std::string sender) {
  return {.client = r.client,
          // Anything may be there; what it becomes in our fields must fit into any message.
          .helo = imf::one_line(r.helo),
          .sender = std::move(sender),
          .receiver = receiver,
          .now = r.now};
}

std::string problem_of(const error& e) {
  if (e.code == errc::not_found) return "no author in From";
  return e.context.empty() ? "no usable author in From" : e.context;
}

}  // namespace

struct authentication::impl {
  impl(authentication_request r, const authentication_options& o);

  void begin_keys();
  void proceed();
  void judge_identities();
  void judge_dmarc();
  void conclude();
  [[nodiscard]] dmarc::check_request could_have_passed() const;
  template <typename Evaluation>
  bool advance(Evaluation& e);
  void want(const dns::question& q);
  void feed_key(const std::string& name, const dkim::found_key& key);

  /// `identities`: SPF and DKIM, while the author's policy is looked up. `second_look`:
  /// DMARC once more, with unanswered checks taken as passed.
  enum class stage : std::uint8_t { identities, dmarc, second_look, done };

  authentication_request request;
  const authentication_options& options;
  imf::message_view view;
  dkim::message_hasher hasher;
  spf::evaluation helo;
  std::optional<spf::evaluation> mailfrom;
  dkim::verifier dkim;
  arc::verifier arc;
  author_reading author;
  dmarc::evaluation policy;

  stage at = stage::identities;
  std::optional<std::string> gave_up;
  std::map<std::string, dns::answer> answers;  ///< by question_key
  std::set<std::string> wanted;                ///< by question_key, asked or to be asked
  std::vector<dns::question> to_ask;
  std::map<std::string, std::string> open_keys;  ///< question_key → name of the key

  authentication_findings findings;
  authentication_results results;
};

authentication::impl::impl(authentication_request r, const authentication_options& o)
    : request(std::move(r)),
      options(o),
      view(request.octets),
      hasher(view),
      helo(spf_request(request, o.authserv_id, {})),
      dkim(hasher, o.dkim),
      arc(hasher, {.rsa_bits_min = o.dkim.rsa_bits_min}),
      author(read_author(request.octets)),
      // Without identifiers it asks for what any judgement needs: the way to the policy.
      policy({.from_domains = author.domains.value_or(std::vector<std::string>{})}) {
  // RFC 7208 §2.4: with a null reverse-path, MAIL FROM is postmaster at HELO: one check for both.
  if (!request.sender.empty())
    mailfrom.emplace(spf_request(request, o.authserv_id, request.sender));
  begin_keys();
  proceed();
}

void authentication::impl::begin_keys() {
  auto names = dkim.questions();
  std::ranges::copy(arc.questions(), std::back_inserter(names));
  for (const auto& name : names) {
    const auto known = options.keys != nullptr ? options.keys->find(name) : std::nullopt;
    if (known) {
      feed_key(name, *known);
      continue;
    }
    const dns::question q{.name = name, .type = dns::record_type::txt};
    open_keys.emplace(dns::question_key(q), name);
    want(q);
  }
}

void authentication::impl::feed_key(const std::string& name, const dkim::found_key& key) {
  dkim.answer(name, key);
  arc.answer(name, key);
}

void authentication::impl::want(const dns::question& q) {
  if (wanted.insert(dns::question_key(q)).second) to_ask.push_back(q);
}

// True if `e` has finished with what is known.
template <typename Evaluation>
bool authentication::impl::advance(Evaluation& e) {
  while (e.next_question()) {
    const auto known = answers.find(dns::question_key(*e.next_question()));
    if (known != answers.end()) {
      e.answer(known->second);
    } else if (gave_up) {
      e.give_up(*gave_up);
    } else {
      want(*e.next_question());
      return false;
    }
  }
  return true;
}

void authentication::impl::proceed() {
  if (at == stage::identities) {
    const bool helo_done = advance(helo);
    const bool sender_done = !mailfrom || advance(*mailfrom);
    advance(policy);
    if (!helo_done || !sender_done || !open_keys.empty()) return;
    judge_identities();
  }
  if (at == stage::dmarc && advance(policy)) judge_dmarc();
  if (at == stage::second_look && advance(policy)) {
    // What might have passed if the DNS had answered must not be refused permanently: it did not
    // fail (RFC 9989 §5.3.6).
    if (policy.result().verdict == dmarc::verdict::pass
        || policy.result().verdict == dmarc::verdict::temperror) {
      findings.dmarc.verdict = dmarc::verdict::temperror;
      findings.dmarc.problem = "SPF or DKIM could not be checked";
    }
    conclude();
  }
}

void authentication::impl::judge_identities() {
  findings.authserv_id = options.authserv_id;
  findings.helo = {spf_request(request, options.authserv_id, {}), helo.result()};
  if (mailfrom) {
    findings.mailfrom = {spf_request(request, options.authserv_id, request.sender),
                         mailfrom->result()};
  }
  findings.dkim = dkim.finish(request.now);
  findings.arc = arc.finish(request.now);
  dmarc::check_request identifiers{
      .from_domains = author.domains.value_or(std::vector<std::string>{})};
  // RFC 9989 §4.3.2: the MAIL FROM identity alone, which of a null reverse-path has HELO's domain.
  const auto& sender = findings.sender().found;
  if (sender.verdict == spf::verdict::pass) identifiers.spf_domain = sender.domain;
  for (const auto& s : findings.dkim.signatures) {
    if (s.verdict == dkim::verdict::pass) identifiers.dkim_domains.push_back(s.domain);
  }
  policy = dmarc::evaluation(std::move(identifiers));
  at = stage::dmarc;
}

// The identifiers for which the DNS did not answer.
dmarc::check_request authentication::impl::could_have_passed() const {
  dmarc::check_request out;
  const auto& sender = findings.sender().found;
  if (sender.verdict == spf::verdict::temperror) out.spf_domain = sender.domain;
  for (const auto& s : findings.dkim.signatures) {
    if (s.verdict == dkim::verdict::temperror) out.dkim_domains.push_back(s.domain);
  }
  return out;
}

void authentication::impl::judge_dmarc() {
  findings.dmarc = policy.result();
  if (!author.domains) findings.dmarc.problem = problem_of(author.domains.error());
  if (findings.dmarc.verdict == dmarc::verdict::fail) {
    auto untold = could_have_passed();
    if (!untold.spf_domain.empty() || !untold.dkim_domains.empty()) {
      untold.from_domains = *author.domains;
      policy = dmarc::evaluation(std::move(untold));
      at = stage::second_look;
      return;
    }
  }
  conclude();
}

void authentication::impl::conclude() {
  const bool one_author = author.domains && author.domains->size() == 1;
  const trust_question who{
      .trusted = options.trusted_sealers,
      .author_domain = one_author ? std::string_view(findings.dmarc.author_domain) : ""};
  findings.vouched_by = find_voucher(hasher, findings.arc, who);
  // A chain that may rescue the message once its keys can be had is worth a later try, too.
  bool later = false;
  if (findings.dmarc.verdict == dmarc::verdict::fail && one_author && findings.arc.temporary
      && claims_voucher(findings.arc, who)) {
    findings.dmarc.verdict = dmarc::verdict::temperror;
    findings.dmarc.problem = "the chain of a trusted sealer could not be validated";
    later = true;
  }
  if (findings.dmarc.verdict != dmarc::verdict::fail) {
    findings.dmarc.disposition = dmarc::policy::none;
  }
  if (author.several_fields
      && (findings.dmarc.verdict == dmarc::verdict::pass
          || findings.dmarc.verdict == dmarc::verdict::none || findings.dmarc.asks_for_nothing)) {
    findings.dmarc.verdict = dmarc::verdict::permerror;
    findings.dmarc.problem = "several From fields";
  }
  results = report(findings);
  results.author = proven_facts(author, findings.dmarc);
  results.temporary = results.temporary || later;
  at = stage::done;
  answers.clear();
  to_ask.clear();
}

authentication::authentication(authentication_request request,
                               const authentication_options& options)
    : impl_(std::make_unique<impl>(std::move(request), options)) {}

authentication::~authentication() = default;

std::vector<dns::question> authentication::next_questions() {
  return std::exchange(impl_->to_ask, {});
}

void authentication::answer(const dns::question& question, const dns::answer& answer) {
  if (finished()) return;
  auto& state = *impl_;
  const auto key = dns::question_key(question);
  if (!state.wanted.contains(key) || !state.answers.emplace(key, answer).second) return;
  if (const auto open = state.open_keys.extract(key)) {
    const auto& name = open.mapped();
    const auto found = dkim::read_key(answer);
    if (state.options.keys != nullptr && found.state == dkim::key_state::found) {
      state.options.keys->keep(name, found, answer.ttl);
    }
    state.feed_key(name, found);
  }
  state.proceed();
}

void authentication::give_up(std::string_view why) {
  if (finished()) return;
  auto& state = *impl_;
  state.gave_up = why;
  for (const auto& [key, name] : state.open_keys) {
    state.feed_key(name, {.state = dkim::key_state::unavailable, .reason = std::string(why)});
  }
  state.open_keys.clear();
  state.proceed();
  SP_ASSERT(finished());
}

bool authentication::finished() const {
  return impl_->at == impl::stage::done;
}

const authentication_results& authentication::results() const {
  SP_ASSERT(finished());
  return impl_->results;
}

}  // namespace signpost::model
