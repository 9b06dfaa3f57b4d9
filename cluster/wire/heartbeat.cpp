// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/wire/heartbeat.hpp"

namespace signpost::cluster::wire {

std::string encode(const heartbeat& h) {
  value_writer w(32 + 32 * h.members.size());
  w.number(h.boot).number(flags({h.draining, h.full, h.renewed_ms_ago.has_value(),
                                 h.others_renewed_ms_ago.has_value()}));
  w.number(h.renewed_ms_ago.value_or(0)).number(h.others_renewed_ms_ago.value_or(0));
  write_list(w, h.members, [](value_writer& to, const member_news& m) {
    to.number(m.node).number(m.disk).number(m.tenure).number(m.ended).number(m.starts);
    to.number(flags({m.heard, m.removed}));
  });
  return w.take();
}

result<heartbeat> decode_heartbeat(std::string_view octets) {
  SP_CHECK(check_size(octets, heartbeat_octets_max, "heartbeat_octets_max"));
  value_reader r(octets);
  heartbeat h;
  h.boot = r.number();
  const auto bits = r.number();
  h.draining = flag(bits, 0);
  h.full = flag(bits, 1);
  const auto ago = r.number();
  const auto others_ago = r.number();
  if (flag(bits, 2)) h.renewed_ms_ago = ago;
  if (flag(bits, 3)) h.others_renewed_ms_ago = others_ago;
  h.members = read_list<member_news>(r, members_max, [](value_reader& from) {
    member_news m;
    const auto node = from.number();
    if (node > UINT16_MAX) from.refuse();
    m.node = static_cast<node_number>(node);
    m.disk = from.number();
    m.tenure = from.small_number();
    m.ended = from.small_number();
    m.starts = from.number();
    const auto what = from.number();
    m.heard = flag(what, 0);
    m.removed = flag(what, 1);
    return m;
  });
  if (!r.finish()) return fail(errc::malformed, "heartbeat");
  return h;
}

}  // namespace signpost::cluster::wire
