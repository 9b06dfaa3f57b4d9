// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/wire/authentication.hpp"

#include "model/authentication/author_codec.hpp"

namespace signpost::cluster::wire {
namespace {

using model::authentication_results;
using model::verdict;

constexpr auto last_verdict = verdict::permerror;

void write_verdict(value_writer& w, verdict v) {
  w.octet(static_cast<std::uint8_t>(v));
}

void write_results(value_writer& w, const authentication_results& a) {
  w.number(flags({a.checked, a.temporary}));
  for (const auto v : {a.spf, a.spf_helo, a.dkim, a.dmarc, a.arc}) write_verdict(w, v);
  w.octet(static_cast<std::uint8_t>(a.disposition)).text(a.spf_domain);
  write_list(w, a.dkim_domains, [](value_writer& to, const std::string& one) { to.text(one); });
  w.text(a.author_domain);
  model::write_author_facts(w, a.author);
  w.text(a.vouched_by).text(a.fields);
}

authentication_results read_results(value_reader& r) {
  authentication_results a;
  const auto bits = r.number();
  a.checked = flag(bits, 0);
  a.temporary = flag(bits, 1);
  for (auto* v : {&a.spf, &a.spf_helo, &a.dkim, &a.dmarc, &a.arc}) *v = r.choice(last_verdict);
  a.disposition = r.choice(model::dmarc_disposition::reject);
  a.spf_domain = r.text();
  a.dkim_domains = read_list<std::string>(r, dkim_domains_max,
                                          [](value_reader& from) { return from.text(); });
  a.author_domain = r.text();
  a.author = model::read_author_facts(r);
  a.vouched_by = r.text();
  a.fields = r.text();
  return a;
}

}  // namespace

std::string encode(const authentication_question& q) {
  value_writer w(256 + 40 * q.recipients.size());
  write(w, q.client);
  write(w, q.sender);
  w.number(flags({q.eight_bit, q.smtputf8}));
  write_list(w, q.recipients,
             [](value_writer& to, const smtp::forward_path& one) { write(to, one); });
  write(w, q.body);
  return w.time(q.received).take();
}

result<authentication_question> decode_authentication_question(std::string_view octets) {
  SP_CHECK(check_size(octets, authentication_octets_max, "authentication_octets_max"));
  value_reader r(octets);
  authentication_question q;
  q.client = read_client(r);
  q.sender = read_reverse_path(r);
  const auto bits = r.number();
  q.eight_bit = flag(bits, 0);
  q.smtputf8 = flag(bits, 1);
  q.recipients = read_list<smtp::forward_path>(r, recipients_max, read_forward_path);
  q.body = read_body(r);
  q.received = r.time();
  if (!r.finish()) return fail(errc::malformed, "authentication_question");
  return q;
}

std::string encode(const authentication_answer& a) {
  return encode_answer(a, write_results);
}

authentication_answer decode_authentication_answer(std::string_view octets) {
  SP_CHECK(
      check_size(octets, authentication_answer_octets_max, "authentication_answer_octets_max"));
  return decode_answer<authentication_results>(octets, "authentication_answer", read_results);
}

}  // namespace signpost::cluster::wire
