// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/hello.hpp"

#include <algorithm>

#include "base/value_format.hpp"

namespace signpost::cluster::link {
namespace {

std::uint16_t read_short(value_reader& r) {
  const auto v = r.number();
  if (v > UINT16_MAX) r.refuse();
  return r.good() ? static_cast<std::uint16_t>(v) : std::uint16_t{0};
}

std::string read_id(value_reader& r, bool may_be_empty = false) {
  auto text = r.text();
  if (!is_drawn_id(text) && !(may_be_empty && text.empty())) r.refuse();
  return text;
}

void write(value_writer& w, const node_facts& n) {
  w.text(n.cluster).text(n.name).text(n.node_id).text(n.disk_id).text(n.boot);
  w.number(n.number).number(n.tenure).number(n.roles.bits());
  w.text(n.address).number(n.version_min).number(n.version_max);
}

node_facts read_node(value_reader& r) {
  node_facts n;
  n.cluster = read_id(r);
  n.name = r.text();
  if (!is_node_name(n.name)) r.refuse();
  n.node_id = read_id(r);
  n.disk_id = read_id(r, true);
  n.boot = read_id(r);
  n.number = read_short(r);
  n.tenure = r.small_number();
  n.roles = role_set::from_bits(r.number());
  n.address = r.text();
  n.version_min = read_short(r);
  n.version_max = read_short(r);
  return n;
}

std::string numbered(const hello& theirs) {
  return "node " + std::to_string(theirs.node.number) + " ('" + theirs.node.name + "')";
}

}  // namespace

std::string encode(const hello& h) {
  value_writer w(256);
  write(w, h.node);
  w.number(h.to).octet(static_cast<std::uint8_t>(h.use));
  w.number(h.requests_max).number(h.body_window);
  return w.take();
}

result<hello> decode_hello(std::string_view octets) {
  if (octets.size() > hello_octets_max) return fail(errc::malformed, "a hello of that size");
  value_reader r(octets);
  hello h;
  h.node = read_node(r);
  h.to = read_short(r);
  h.use = r.choice(lane::body);
  h.requests_max = r.small_number();
  h.body_window = r.small_number();
  if (!r.finish()) return fail(errc::malformed, "what should be a hello is none");
  return h;
}

result<std::uint16_t> judge_hello(const hello& theirs, const node_facts& us,
                                  const hello_expectation& expected) {
  const auto& node = theirs.node;
  if (node.cluster != us.cluster || expected.certified.cluster != us.cluster) {
    return fail(errc::denied, numbered(theirs) + " belongs to another cluster");
  }
  if (node.name != expected.certified.name) {
    return fail(errc::denied, numbered(theirs) + " has the certificate of '"
                                  + expected.certified.name + "'");
  }
  if (!expected.certified.roles.contains(node.roles)) {
    return fail(errc::denied, numbered(theirs) + " claims the roles " + to_string(node.roles)
                                  + "; its certificate has "
                                  + to_string(expected.certified.roles));
  }
  if (expected.removed) return fail(errc::denied, numbered(theirs) + " was removed");
  if (node.number == 0 || node.number == us.number || node.node_id == us.node_id) {
    return fail(errc::conflict, numbered(theirs) + " has the number or the node_id of this node");
  }
  if (!expected.known_id.empty() && node.node_id != expected.known_id) {
    return fail(errc::conflict, numbered(theirs) + " has the node_id " + node.node_id
                                    + "; the number belongs to " + expected.known_id);
  }
  if (expected.known_name.empty()) {
    return fail(errc::denied, numbered(theirs) + " is not a member, as far as this node knows");
  }
  if (node.name != expected.known_name) {
    return fail(errc::denied, numbered(theirs) + " has the number of '" + expected.known_name
                                  + "'");
  }
  if (expected.number != 0 && node.number != expected.number) {
    return fail(errc::denied, numbered(theirs) + " answers where node "
                                  + std::to_string(expected.number) + " should be");
  }
  if (theirs.to != 0 && theirs.to != us.number) {
    return fail(errc::denied, numbered(theirs) + " looks for node " + std::to_string(theirs.to));
  }
  const auto version = std::min(node.version_max, us.version_max);
  if (version < std::max(node.version_min, us.version_min)) {
    return fail(errc::unavailable,
                numbered(theirs) + " speaks versions " + std::to_string(node.version_min) + " to "
                    + std::to_string(node.version_max) + " of the link; this node "
                    + std::to_string(us.version_min) + " to " + std::to_string(us.version_max));
  }
  return version;
}

}  // namespace signpost::cluster::link
