// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_codec.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/value_format.hpp"
#include "storage/control/control_schema.hpp"

namespace signpost::storage {
namespace {

/// Elements of any list; more are never written, and more in a stored value is corruption.
constexpr std::uint64_t elements_max = 100'000;

void write(value_writer& w, const std::optional<std::string>& t) {
  w.octet(t ? 1 : 0);
  if (t) w.text(*t);
}
void write(value_writer& w, const std::optional<wall_time>& t) {
  w.octet(t ? 1 : 0);
  if (t) w.time(*t);
}
void write(value_writer& w, const std::vector<std::string>& list) {
  w.number(list.size());
  for (const auto& t : list) w.text(t);
}

bool read_flag(value_reader& r) {
  const auto v = r.octet();
  if (v > 1) r.refuse();
  return v == 1;
}
std::optional<std::string> read_text(value_reader& r) {
  if (!read_flag(r)) return std::nullopt;
  return r.text();
}
std::optional<wall_time> read_time(value_reader& r) {
  if (!read_flag(r)) return std::nullopt;
  return r.time();
}

/// Calls `read_one` as often as the stored number says; stops when the bytes are at an end.
template <typename ReadOne>
void read_list(value_reader& r, ReadOne read_one) {
  const auto count = r.number();
  if (count > elements_max) r.refuse();
  for (std::uint64_t i = 0; i < count && r.good(); ++i) read_one();
}
std::vector<std::string> read_texts(value_reader& r) {
  std::vector<std::string> list;
  read_list(r, [&] { list.push_back(r.text()); });
  return list;
}

constexpr std::uint64_t zone_paused = 1;
constexpr std::uint64_t zone_routing_enabled = 2;
constexpr std::uint64_t zone_routing_locked = 4;
constexpr std::uint64_t zone_skip_wizard = 8;
constexpr std::uint64_t zone_subaddress = 16;
constexpr std::uint64_t zone_enforce_dmarc = 32;
constexpr std::uint64_t zone_require_authentication = 64;
/// Neither: `mark`, which zones have that were written before.
constexpr std::uint64_t zone_own_author_reject = 128;
constexpr std::uint64_t zone_own_author_off = 256;

std::uint64_t flag_of(model::own_author_action a) {
  if (a == model::own_author_action::mark) return 0;
  return a == model::own_author_action::off ? zone_own_author_off : zone_own_author_reject;
}

model::own_author_action own_author_of(std::uint64_t flags) {
  if ((flags & zone_own_author_off) != 0) return model::own_author_action::off;
  return (flags & zone_own_author_reject) != 0 ? model::own_author_action::reject
                                               : model::own_author_action::mark;
}

/// Zones of minor version 0 end before `ownership`: they were made when nobody asked for a proof.
constexpr unsigned zone_minor = 1;
/// 1: the queue id of the verification mail.
constexpr unsigned address_minor = 1;
/// Changes of minor version 0 end before the mark: nobody kept a copy of the setup then.
constexpr unsigned change_minor = 1;

std::uint64_t flags_of(const model::zone_object& z) {
  return (z.paused ? zone_paused : 0) | (z.routing_enabled ? zone_routing_enabled : 0)
         | (z.routing_locked ? zone_routing_locked : 0) | (z.skip_wizard ? zone_skip_wizard : 0)
         | (z.support_subaddress ? zone_subaddress : 0)
         | (z.admission.enforce_dmarc ? zone_enforce_dmarc : 0)
         | (z.admission.require_authentication ? zone_require_authentication : 0)
         | flag_of(z.admission.own_author);
}

void write(value_writer& w, const model::zone_ownership& o) {
  w.octet(static_cast<std::uint8_t>(o.status)).octet(static_cast<std::uint8_t>(o.proof));
  write(w, o.activated);
  write(w, o.proof_missing);
}
model::zone_ownership read_ownership(value_reader& r) {
  model::zone_ownership o;
  o.status = r.choice(model::zone_status::moved);
  o.proof = r.choice(model::zone_proof::granted);
  o.activated = read_time(r);
  o.proof_missing = read_time(r);
  return o;
}

constexpr std::uint64_t rule_catch_all = 1;
constexpr std::uint64_t rule_enabled = 2;

/// Priorities are small whole numbers, whose doubles end in zeros: turned round they are short.
std::uint64_t turned_round(std::uint64_t v) {
  return __builtin_bswap64(v);
}

void write(value_writer& w, const model::token_policy& p) {
  w.text(p.id).octet(p.allow ? 1 : 0).number(p.resources.size());
  for (const auto& [name, value] : p.resources) w.text(name).text(value);
  write(w, p.permission_groups);
}
model::token_policy read_policy(value_reader& r) {
  model::token_policy p;
  p.id = r.text();
  p.allow = read_flag(r);
  read_list(r, [&] {
    auto name = r.text();
    p.resources.emplace_back(std::move(name), r.text());
  });
  p.permission_groups = read_texts(r);
  return p;
}

std::string_view cut(std::string_view text) {
  return text.substr(0, model::control_limits::audit_octets_max);
}

}  // namespace

std::string encode(const model::account& a) {
  value_writer w(16 + a.name.size());
  w.text(a.name).time(a.created);
  return w.take();
}

result<model::account> decode_account(std::string_view id, std::string_view value) {
  value_reader r(value);
  model::account a;
  a.id = id;
  a.name = r.text();
  a.created = r.time();
  if (!r.finish()) return fail(errc::corrupt, "account " + a.id);
  return a;
}

std::string encode(const model::zone_object& z) {
  value_writer w(96 + z.name.size(), zone_minor);
  // The account comes first, where the transaction finds it.
  w.text(z.account).text(z.name).number(flags_of(z));
  w.octet(static_cast<std::uint8_t>(z.admission.quarantine));
  w.time(z.created).time(z.modified).time(z.routing_created).time(z.routing_modified);
  w.number(z.subdomains.size());
  for (const auto& s : z.subdomains) w.text(s.id).text(s.name).octet(s.enabled ? 1 : 0);
  write(w, z.ownership);
  return w.take();
}

result<model::zone_object> decode_zone(std::string_view id, std::string_view value) {
  value_reader r(value, zone_minor);
  model::zone_object z;
  z.id = id;
  z.account = r.text();
  z.name = r.text();
  const auto flags = r.number();
  z.paused = (flags & zone_paused) != 0;
  z.routing_enabled = (flags & zone_routing_enabled) != 0;
  z.routing_locked = (flags & zone_routing_locked) != 0;
  z.skip_wizard = (flags & zone_skip_wizard) != 0;
  z.support_subaddress = (flags & zone_subaddress) != 0;
  z.admission.enforce_dmarc = (flags & zone_enforce_dmarc) != 0;
  z.admission.require_authentication = (flags & zone_require_authentication) != 0;
  z.admission.own_author = own_author_of(flags);
  z.admission.quarantine = r.choice(model::quarantine_action::reject);
  z.created = r.time();
  z.modified = r.time();
  z.routing_created = r.time();
  z.routing_modified = r.time();
  read_list(r, [&] {
    auto& s = z.subdomains.emplace_back();
    s.id = r.text();
    s.name = r.text();
    s.enabled = read_flag(r);
  });
  if (r.minor() >= 1) z.ownership = read_ownership(r);
  if (!r.finish()) return fail(errc::corrupt, "zone " + z.id);
  return z;
}

std::string encode(const model::rule_object& rule) {
  value_writer w(160);
  w.number((rule.catch_all ? rule_catch_all : 0) | (rule.enabled ? rule_enabled : 0));
  write(w, rule.name);
  w.number(turned_round(std::bit_cast<std::uint64_t>(rule.priority))).text(rule.source);
  w.number(rule.matchers.size());
  for (const auto& m : rule.matchers) {
    w.text(m.type);
    write(w, m.field);
    write(w, m.value);
  }
  w.number(rule.actions.size());
  for (const auto& a : rule.actions) {
    w.text(a.type).octet(a.value ? 1 : 0);
    if (a.value) write(w, *a.value);
  }
  write(w, rule.owner_worker_tag);
  w.time(rule.created).time(rule.modified);
  return w.take();
}

result<model::rule_object> decode_rule(std::string_view zone, std::string_view id,
                                       std::string_view value) {
  value_reader r(value);
  model::rule_object rule;
  rule.id = id;
  rule.zone = zone;
  const auto flags = r.number();
  rule.catch_all = (flags & rule_catch_all) != 0;
  rule.enabled = (flags & rule_enabled) != 0;
  rule.name = read_text(r);
  rule.priority = std::bit_cast<double>(turned_round(r.number()));
  rule.source = r.text();
  read_list(r, [&] {
    auto& m = rule.matchers.emplace_back();
    m.type = r.text();
    m.field = read_text(r);
    m.value = read_text(r);
  });
  read_list(r, [&] {
    auto& a = rule.actions.emplace_back();
    a.type = r.text();
    if (read_flag(r)) a.value = read_texts(r);
  });
  rule.owner_worker_tag = read_text(r);
  rule.created = r.time();
  rule.modified = r.time();
  if (!r.finish()) return fail(errc::corrupt, "rule " + rule.id);
  return rule;
}

std::string encode(const model::destination_address& a) {
  value_writer w(80 + a.email.size(), address_minor);
  w.text(a.email);
  write(w, a.verified);
  w.time(a.created).time(a.modified);
  write(w, a.verification_sent);
  w.number(a.verifications_sent).text(a.verification_mail);
  return w.take();
}

result<model::destination_address> decode_address(std::string_view account, std::string_view id,
                                                  std::string_view value) {
  value_reader r(value, address_minor);
  model::destination_address a;
  a.id = id;
  a.account = account;
  a.email = r.text();
  a.verified = read_time(r);
  a.created = r.time();
  a.modified = r.time();
  a.verification_sent = read_time(r);
  a.verifications_sent = r.small_number();
  if (r.minor() >= 1) a.verification_mail = r.text();
  if (!r.finish()) return fail(errc::corrupt, "address " + a.id);
  return a;
}

std::string encode(const model::api_token& t) {
  value_writer w(256);
  w.text(t.account).text(t.name).octet(static_cast<std::uint8_t>(t.status)).text(t.secret_hash);
  w.number(t.policies.size());
  for (const auto& p : t.policies) write(w, p);
  write(w, t.ip_in);
  write(w, t.ip_not_in);
  write(w, t.not_before);
  write(w, t.expires_on);
  w.time(t.issued_on).time(t.modified_on);
  return w.take();
}

result<model::api_token> decode_token(std::string_view id, std::string_view value) {
  value_reader r(value);
  model::api_token t;
  t.id = id;
  t.account = r.text();
  t.name = r.text();
  t.status = r.choice(model::token_status::disabled);
  t.secret_hash = r.text();
  read_list(r, [&] { t.policies.push_back(read_policy(r)); });
  t.ip_in = read_texts(r);
  t.ip_not_in = read_texts(r);
  t.not_before = read_time(r);
  t.expires_on = read_time(r);
  t.issued_on = r.time();
  t.modified_on = r.time();
  if (!r.finish()) return fail(errc::corrupt, "token " + t.id);
  return t;
}

std::string encode(const model::audit_entry& e) {
  value_writer w(256 + e.before_json.size() + e.after_json.size());
  w.text(e.id).number(e.revision).time(e.when).text(cut(e.action)).octet(e.succeeded ? 1 : 0);
  for (const auto* t : {&e.account, &e.zone, &e.zone_name, &e.resource_type, &e.resource_id,
                        &e.actor_id, &e.actor_name, &e.actor_ip, &e.before_json, &e.after_json,
                        &e.method, &e.uri, &e.user_agent}) {
    w.text(cut(*t));
  }
  w.number(static_cast<std::uint64_t>(std::max(e.http_status, 0)));
  return w.take();
}

result<model::audit_entry> decode_audit_entry(std::string_view value) {
  value_reader r(value);
  model::audit_entry e;
  e.id = r.text();
  e.revision = r.number();
  e.when = r.time();
  e.action = r.text();
  e.succeeded = read_flag(r);
  for (auto* t : {&e.account, &e.zone, &e.zone_name, &e.resource_type, &e.resource_id, &e.actor_id,
                  &e.actor_name, &e.actor_ip, &e.before_json, &e.after_json, &e.method, &e.uri,
                  &e.user_agent}) {
    *t = r.text();
  }
  const auto status = r.small_number();
  if (status > INT32_MAX) r.refuse();
  e.http_status = static_cast<int>(status);
  if (!r.finish()) return fail(errc::corrupt, "audit entry");
  return e;
}

std::string encode(const model::change_record& c) {
  value_writer w(64 + 17 * c.zones.size(), change_minor);
  w.time(c.when).octet(c.all_zones ? 1 : 0).number(c.zones.size());
  for (const auto& z : c.zones) w.text(control_schema::pack_id(z).value_or(std::string()));
  w.text(c.position.mark);
  return w.take();
}

result<model::change_record> decode_change(std::uint64_t revision, std::string_view value) {
  value_reader r(value, change_minor);
  model::change_record c;
  c.position.revision = revision;
  c.when = r.time();
  c.all_zones = read_flag(r);
  read_list(r, [&] {
    const auto id = r.text();
    if (id.size() != control_schema::id_octets) r.refuse();
    c.zones.push_back(control_schema::unpack_id(id));
  });
  if (r.minor() >= 1) c.position.mark = r.text();
  if (!r.finish()) return fail(errc::corrupt, "change " + std::to_string(revision));
  return c;
}

}  // namespace signpost::storage
