// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/spf/evaluation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"

namespace signpost::spf {
namespace {

constexpr std::string_view default_local_part = "postmaster";

// How many octets of the client's text macros use: twice the longest path. This multiplies the cost
// of a record that consists only of macros.
constexpr std::size_t macro_value_octets_max = 512;

bool is_failure(const dns::answer& a) {
  return a.status == dns::status::servfail || a.status == dns::status::timeout;
}

bool found_nothing(const dns::answer& a) {
  return a.status != dns::status::records || a.records.empty();
}

verdict verdict_of(qualifier q) {
  switch (q) {
    case qualifier::pass:
      return verdict::pass;
    case qualifier::fail:
      return verdict::fail;
    case qualifier::softfail:
      return verdict::softfail;
    case qualifier::neutral:
      break;
  }
  return verdict::neutral;
}

// U-labels as A-labels (RFC 8616 §4); everything else unchanged, without the final dot.
std::string ascii_domain(std::string_view text) {
  if (!is_ascii(text)) {
    const auto parsed = address::domain::parse(text);
    return parsed ? parsed->ascii() : std::string(text);
  }
  if (text.ends_with('.')) text.remove_suffix(1);
  return std::string(text);
}

// RFC 7208 §4.3: neither malformed nor a single label, nor an address literal.
bool can_have_record(std::string_view domain) {
  return is_ascii(domain) && is_dns_name(domain) && domain.find('.') != std::string_view::npos
         && domain.front() != '[';
}

bool is_under(std::string_view name, std::string_view ancestor) {
  if (name.size() < ancestor.size()) return false;
  const auto tail = name.substr(name.size() - ancestor.size());
  return equals_ignoring_case(tail, ancestor)
         && (name.size() == ancestor.size() || name[name.size() - ancestor.size() - 1] == '.');
}

}  // namespace

std::string_view to_string(verdict v) {
  constexpr std::array<std::string_view, 7> names{"none",     "neutral",   "pass",     "fail",
                                                  "softfail", "temperror", "permerror"};
  return names.at(static_cast<std::size_t>(v));
}

std::string_view to_string(identity i) {
  return i == identity::helo ? "helo" : "mailfrom";
}

evaluation::evaluation(check_request request) {
  facts_.client = request.client;
  facts_.helo = is_ascii(request.helo) ? request.helo : ascii_domain(request.helo);
  facts_.helo.resize(std::min(facts_.helo.size(), macro_value_octets_max));
  facts_.receiver = std::move(request.receiver);
  facts_.unix_seconds =
      std::chrono::floor<std::chrono::seconds>(request.now).time_since_epoch().count();
  start(request);
}

void evaluation::start(const check_request& request) {
  result_.identity = request.sender.empty() ? identity::helo : identity::mailfrom;
  const auto at = request.sender.rfind('@');
  const auto domain = request.sender.empty()    ? std::string_view(request.helo)
                      : at == std::string::npos ? std::string_view(request.sender)
                                                : std::string_view(request.sender).substr(at + 1);
  if (at != std::string::npos) {
    facts_.local = request.sender.substr(0, std::min(at, macro_value_octets_max));
  }
  // RFC 7208 §4.3: "If the <sender> has no local-part, substitute the string "postmaster"".
  if (facts_.local.empty()) facts_.local = default_local_part;
  facts_.sender_domain = ascii_domain(domain);
  result_.domain = facts_.sender_domain;
  result_.sender = facts_.local + "@" + facts_.sender_domain;
  if (!can_have_record(result_.domain)) return finish(verdict::none, "no domain name");
  frames_.push_back({.domain = result_.domain});
  ask(result_.domain, dns::record_type::txt, waiting::record);
}

void evaluation::answer(const dns::answer& a) {
  SP_ASSERT(question_.has_value());
  question_.reset();
  switch (waiting_) {
    case waiting::record:
      on_record(a);
      break;
    case waiting::address:
      on_address(a);
      break;
    case waiting::hosts:
      on_hosts(a);
      break;
    case waiting::host_address:
      on_host_address(a);
      break;
    case waiting::existence:
      on_existence(a);
      break;
    case waiting::client_names:
      on_client_names(a);
      break;
    case waiting::client_address:
      on_client_address(a);
      break;
    case waiting::explanation:
      on_explanation(a);
      break;
  }
  proceed();
}

void evaluation::give_up(std::string_view why) {
  if (done_) return;
  question_.reset();
  if (stage_ != stage::terms) return finish(verdict::fail);
  finish(verdict::temperror, std::string(why));
}

const check_result& evaluation::result() const {
  SP_ASSERT(done_);
  return result_;
}

// Continues until there is a query or a result.
void evaluation::proceed() {
  while (!done_ && !question_) {
    if (stage_ == stage::terms) {
      run_terms();
    } else if (stage_ == stage::explanation_domain) {
      begin_explanation();
    } else {
      finish_explanation();
    }
  }
}

void evaluation::run_terms() {
  const auto& top = frames_.back();
  if (top.next < top.record.directives.size()) {
    begin_directive(current());
  } else {
    end_of_record();
  }
}

const directive& evaluation::current() const {
  return frames_.back().record.directives.at(frames_.back().next);
}

void evaluation::on_record(const dns::answer& a) {
  const auto& top = frames_.back();
  const bool must_exist = frames_.size() > 1 || top.redirected;
  if (is_failure(a)) {
    return finish(verdict::temperror, "no DNS answer for the record of " + printable(top.domain));
  }
  std::vector<std::string_view> found;
  for (const auto& r : a.records) {
    if (is_spf_record(r.text)) found.push_back(r.text);
  }
  if (found.empty()) {
    // RFC 7208 §5.2, §6.1: none becomes permerror where another record refers to this one.
    return finish(must_exist ? verdict::permerror : verdict::none,
                  printable(top.domain) + " has no SPF record");
  }
  // RFC 7208 §4.5: "If the resultant record set includes more than one record, check_host()
  // produces the "permerror" result".
  if (found.size() > 1) {
    return finish(verdict::permerror, printable(top.domain) + " has several SPF records");
  }
  auto parsed = parse_record(found.front());
  if (!parsed) return finish(verdict::permerror, parsed.error().context);
  frames_.back().record = std::move(*parsed);
}

bool evaluation::count_term() {
  auto& counted = frames_.back().counted;
  if (counted) return true;
  counted = true;
  // RFC 7208 §4.6.4: "the total number of those terms to 10 during SPF evaluation".
  if (++result_.lookup_terms <= lookup_terms_max) return true;
  finish(verdict::permerror, "more than 10 terms need DNS lookups");
  return false;
}

void evaluation::begin_directive(const directive& d) {
  if (d.asks_dns() && !count_term()) return;
  if (d.target && look_up_names(*d.target)) return;
  const auto& domain = frames_.back().domain;
  auto target = d.target ? d.target->expand_domain(facts_for(domain)) : domain;
  if (!target) {
    // RFC 7208 §4.8: an invalid name does not exist. RFC 7208 §5.2: an include must, unless
    // the local part keeps it from being made (RFC 8616 §4).
    if (d.mechanism != mechanism::include || d.target->is_never_matched(facts_)) {
      return not_matched();
    }
    return finish(verdict::permerror, printable(d.text) + " does not name a domain");
  }
  begin_with_target(d, std::move(*target));
}

void evaluation::begin_with_target(const directive& d, std::string target) {
  switch (d.mechanism) {
    case mechanism::all:
      return matched(d);
    case mechanism::ip4:
    case mechanism::ip6:
      // RFC 7208 §5.6: the two kinds of addresses never match each other.
      if (facts_.client.is_v4() == (d.mechanism == mechanism::ip4)
          && d.covers(d.network, facts_.client)) {
        return matched(d);
      }
      return not_matched();
    case mechanism::include:
      frames_.push_back({.domain = target});
      return ask(std::move(target), dns::record_type::txt, waiting::record);
    case mechanism::a:
      return ask(std::move(target), address_type(), waiting::address);
    case mechanism::mx:
      return ask(std::move(target), dns::record_type::mx, waiting::hosts);
    case mechanism::exists:
      // RFC 7208 §5.7: "the lookup type is A, even when the connection type is IPv6".
      return ask(std::move(target), dns::record_type::a, waiting::existence);
    case mechanism::ptr:
      return match_client_names(d, target);
  }
}

void evaluation::matched(const directive& d) {
  conclude(verdict_of(d.qualifier), d.text);
}

void evaluation::not_matched() {
  ++frames_.back().next;
  frames_.back().counted = false;
}

void evaluation::end_of_record() {
  const auto& redirect = frames_.back().record.redirect;
  // RFC 7208 §4.7: without a match and a redirect the result is neutral.
  if (!redirect) return conclude(verdict::neutral, "default");
  if (!count_term() || look_up_names(*redirect)) return;
  redirect_to(*redirect);
}

void evaluation::redirect_to(const macro_string& target) {
  auto name = target.expand_domain(facts_for(frames_.back().domain));
  // RFC 7208 §6.1: "if the <target-name> is malformed, the result is a "permerror"".
  if (!name) return finish(verdict::permerror, "redirect does not name a domain");
  // RFC 7208 §6.2: the exp of the record that redirects is not used any more.
  frames_.back() = {.domain = *name, .redirected = true};
  ask(std::move(*name), dns::record_type::txt, waiting::record);
}

// The result of the topmost record, and its consequences for those below (RFC 7208 §5.2).
void evaluation::conclude(verdict v, std::string mechanism) {
  while (frames_.size() > 1) {
    frames_.pop_back();
    if (v != verdict::pass) return not_matched();
    v = verdict_of(current().qualifier);
    mechanism = current().text;
  }
  result_.mechanism = std::move(mechanism);
  if (v != verdict::fail || !frames_.front().record.explanation) return finish(v);
  result_.verdict = v;
  stage_ = stage::explanation_domain;
}

void evaluation::finish(verdict v, std::string problem) {
  result_.verdict = v;
  result_.problem = std::move(problem);
  question_.reset();
  frames_.clear();
  done_ = true;
}

// --- a, mx, exists ---

bool evaluation::failed(const dns::answer& a) {
  if (!is_failure(a)) return false;
  // RFC 7208 §5: "check_host() immediately returns "temperror"".
  finish(verdict::temperror, "no DNS answer for " + printable(current().text));
  return true;
}

bool evaluation::too_void(const dns::answer& a) {
  if (!found_nothing(a) || ++result_.void_lookups <= void_lookups_max) return false;
  finish(verdict::permerror, "more than 2 terms look up names that do not exist");
  return true;
}

void evaluation::on_address(const dns::answer& a) {
  if (failed(a) || too_void(a)) return;
  const auto& d = current();
  const bool found = std::ranges::any_of(
      a.records, [&](const dns::record& r) { return d.covers(r.address, facts_.client); });
  found ? matched(d) : not_matched();
}

void evaluation::on_existence(const dns::answer& a) {
  if (failed(a) || too_void(a)) return;
  found_nothing(a) ? not_matched() : matched(current());
}

void evaluation::on_hosts(const dns::answer& a) {
  if (failed(a) || too_void(a)) return;
  hosts_.clear();
  next_host_ = 0;
  for (const auto& r : a.records) {
    // The root is a null MX (RFC 7505); other invalid names cannot be queried.
    if (is_dns_name(r.name)) hosts_.push_back(r.name);
  }
  ask_next_host();
}

void evaluation::ask_next_host() {
  if (next_host_ == hosts_.size()) return not_matched();
  // RFC 7208 §4.6.4: "MUST NOT result in querying more than 10 address records".
  if (next_host_ == addresses_per_term_max) {
    return finish(verdict::permerror, printable(current().text) + " has more than 10 hosts");
  }
  ask(hosts_[next_host_++], address_type(), waiting::host_address);
}

void evaluation::on_host_address(const dns::answer& a) {
  if (failed(a)) return;
  const auto& d = current();
  const bool found = std::ranges::any_of(
      a.records, [&](const dns::record& r) { return d.covers(r.address, facts_.client); });
  found ? matched(d) : ask_next_host();
}

// --- the names of the client: ptr and the macro p ---

// True if the names must be queried first; what needs them starts over afterwards.
bool evaluation::look_up_names(const macro_string& m) {
  if (!m.needs_validated_name() || validated_names_) return false;
  ask(facts_.client.reverse_name(), dns::record_type::ptr, waiting::client_names);
  return true;
}

void evaluation::on_client_names(const dns::answer& a) {
  const bool by_ptr = stage_ == stage::terms && !frames_.empty()
                      && frames_.back().next < frames_.back().record.directives.size()
                      && current().mechanism == mechanism::ptr;
  validated_names_.emplace();
  if (by_ptr && !is_failure(a) && too_void(a)) return;
  // RFC 7208 §5.5: "If a DNS error occurs while doing the PTR RR lookup, then this mechanism fails
  // to match"; §4.6.4: only the first ten names are used.
  for (const auto& r : a.records) {
    if (client_names_.size() == addresses_per_term_max) break;
    if (is_dns_name(r.name)) client_names_.push_back(r.name);
  }
  ask_next_client_name();
}

void evaluation::ask_next_client_name() {
  if (next_client_name_ == client_names_.size()) return;
  ask(client_names_[next_client_name_], address_type(), waiting::client_address);
}

void evaluation::on_client_address(const dns::answer& a) {
  // RFC 7208 §5.5: "If a DNS error occurs while doing an A RR lookup, then that domain name is
  // skipped".
  const bool valid = std::ranges::any_of(
      a.records, [&](const dns::record& r) { return r.address == facts_.client; });
  if (valid) validated_names_->push_back(client_names_[next_client_name_]);
  ++next_client_name_;
  ask_next_client_name();
}

void evaluation::match_client_names(const directive& d, const std::string& target) {
  if (!validated_names_) {
    return ask(facts_.client.reverse_name(), dns::record_type::ptr, waiting::client_names);
  }
  const bool found = std::ranges::any_of(
      *validated_names_, [&](const std::string& name) { return is_under(name, target); });
  found ? matched(d) : not_matched();
}

// RFC 7208 §7.3: the domain itself if it is among the names, else one under it, else any.
std::string evaluation::best_client_name(const std::string& domain) const {
  if (!validated_names_ || validated_names_->empty()) return {};
  const auto& names = *validated_names_;
  const auto equal = std::ranges::find_if(
      names, [&](const std::string& name) { return equals_ignoring_case(name, domain); });
  if (equal != names.end()) return *equal;
  const auto below =
      std::ranges::find_if(names, [&](const std::string& name) { return is_under(name, domain); });
  return below != names.end() ? *below : names.front();
}

// --- exp ---

void evaluation::begin_explanation() {
  const auto& target = *frames_.front().record.explanation;
  if (look_up_names(target)) return;
  auto name = target.expand_domain(facts_for(frames_.front().domain));
  if (!name) return finish(verdict::fail);
  ask(std::move(*name), dns::record_type::txt, waiting::explanation);
}

void evaluation::on_explanation(const dns::answer& a) {
  // RFC 7208 §6.2: without exactly one record, or with a syntax error in it, "proceed as if no exp
  // modifier was given".
  if (found_nothing(a) || a.records.size() != 1) return finish(verdict::fail);
  const auto& text = a.records.front().text;
  if (text.size() > record_octets_max) return finish(verdict::fail);
  auto parsed = macro_string::parse(text, macro_use::explanation);
  if (!parsed) return finish(verdict::fail);
  explanation_ = std::move(*parsed);
  stage_ = stage::explanation_text;
}

void evaluation::finish_explanation() {
  if (look_up_names(explanation_)) return;
  result_.explanation =
      explanation_.expand_text(facts_for(frames_.front().domain)).value_or(std::string());
  finish(verdict::fail);
}

// ---

void evaluation::ask(std::string name, dns::record_type type, waiting what) {
  SP_ASSERT(!question_);
  ++questions_;
  SP_ASSERT(questions_ <= questions_max);
  waiting_ = what;
  question_ = dns::question{.name = std::move(name), .type = type};
}

dns::record_type evaluation::address_type() const {
  return facts_.client.is_v4() ? dns::record_type::a : dns::record_type::aaaa;
}

macro_facts evaluation::facts_for(const std::string& domain) const {
  auto facts = facts_;
  facts.domain = domain;
  facts.validated_name = best_client_name(domain);
  return facts;
}

check_result check_host(evaluation e,
                        const std::function<dns::answer(const dns::question&)>& look_up) {
  while (const auto& question = e.next_question()) {
    const auto asked = *question;
    e.answer(look_up(asked));
  }
  return e.result();
}

}  // namespace signpost::spf
