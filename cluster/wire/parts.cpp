// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/wire/parts.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace signpost::cluster::wire {
namespace {

/// What goes on in a node that others need not know in full.
constexpr std::size_t error_context_octets_max = 1000;

template <typename Octets>
std::string_view text_of(const Octets& octets) {
  return as_text(std::as_bytes(std::span(octets)));
}

}  // namespace

result<void> check_size(std::string_view octets, std::size_t max, std::string_view limit) {
  if (octets.size() <= max) return {};
  return fail(errc::limit_exceeded, std::string(limit));
}

std::uint64_t flags(std::initializer_list<bool> bits) {
  std::uint64_t out = 0;
  unsigned index = 0;
  for (const bool bit : bits) out |= std::uint64_t{bit} << index++;
  return out;
}

void write(value_writer& w, const ip_address& a) {
  w.text(text_of(a.octets()));
}

ip_address read_address(value_reader& r) {
  const auto octets = r.text();
  std::vector<std::uint8_t> numbers(octets.begin(), octets.end());
  const auto address = ip_address::from_bytes(numbers);
  if (!address) r.refuse();
  return address.value_or(ip_address{});
}

void write(value_writer& w, const client_facts& c) {
  write(w, c.address);
  w.text(c.name).text(c.helo).text(c.protocol).octet(c.tls ? 1 : 0);
  if (c.tls) w.text(c.tls->version).text(c.tls->cipher).number(c.tls->bits);
}

client_facts read_client(value_reader& r) {
  client_facts c;
  c.address = read_address(r);
  c.name = r.text();
  c.helo = r.text();
  c.protocol = r.text();
  if (r.octet() == 0) return c;
  auto& tls = c.tls.emplace();
  tls.version = r.text();
  tls.cipher = r.text();
  const auto bits = r.number();
  if (bits > UINT16_MAX) r.refuse();
  tls.bits = static_cast<std::uint16_t>(bits);
  return c;
}

void write(value_writer& w, const body_reference& b) {
  w.number(b.size).text(as_text(b.digest));
}

body_reference read_body(value_reader& r) {
  body_reference b;
  b.size = r.number();
  const auto digest = r.text();
  if (digest.size() == b.digest.size()) {
    std::ranges::copy(as_bytes(digest), b.digest.begin());
  } else {
    r.refuse();
  }
  return b;
}

void write(value_writer& w, const address::mailbox& m) {
  w.text(m == address::mailbox() ? std::string() : m.to_string());
}

address::mailbox read_mailbox(value_reader& r) {
  const auto text = r.text();
  if (text.empty()) return {};
  auto mailbox = address::mailbox::parse_from_peer(text);
  if (mailbox) return *std::move(mailbox);
  r.refuse();
  return {};
}

void write(value_writer& w, const std::vector<address::mailbox>& list) {
  w.number(list.size());
  for (const auto& one : list) write(w, one);
}

std::vector<address::mailbox> read_mailboxes(value_reader& r) {
  return read_list<address::mailbox>(r, mailboxes_max, [](value_reader& from) {
    auto one = read_mailbox(from);
    // None is of no use in a list, and would take a hundred octets for one.
    if (one == address::mailbox()) from.refuse();
    return one;
  });
}

void write(value_writer& w, const smtp::reverse_path& p) {
  w.text(p.to_string());
}

smtp::reverse_path read_reverse_path(value_reader& r) {
  auto mailbox = read_mailbox(r);
  return mailbox == address::mailbox() ? smtp::reverse_path()
                                       : smtp::reverse_path(std::move(mailbox));
}

void write(value_writer& w, const smtp::forward_path& p) {
  w.text(p.mailbox() ? p.mailbox()->to_string() : "");
}

smtp::forward_path read_forward_path(value_reader& r) {
  auto mailbox = read_mailbox(r);
  return mailbox == address::mailbox() ? smtp::forward_path::postmaster()
                                       : smtp::forward_path(std::move(mailbox));
}

void write(value_writer& w, const smtp::reply& r) {
  w.number(r.code).number(r.status.klass).number(r.status.subject).number(r.status.detail);
  write_list(w, r.lines, [](value_writer& to, const std::string& line) { to.text(line); });
}

smtp::reply read_reply(value_reader& r) {
  const auto number = [&r] {
    const auto n = r.number();
    if (n > UINT16_MAX) r.refuse();
    return static_cast<std::uint16_t>(n);
  };
  smtp::reply out;
  out.code = number();
  out.status.klass = number();
  out.status.subject = number();
  out.status.detail = number();
  out.lines = read_list<std::string>(r, limits::reply_lines_max,
                                     [](value_reader& from) { return from.text(); });
  return out;
}

void write(value_writer& w, const error& e) {
  w.octet(static_cast<std::uint8_t>(e.code));
  w.text(std::string_view(e.context).substr(0, error_context_octets_max));
}

error read_error(value_reader& r) {
  const auto code = r.choice(errc::corrupt);
  auto context = r.text();
  if (context.size() > error_context_octets_max) r.refuse();
  return {code, std::move(context)};
}

}  // namespace signpost::cluster::wire
