// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/ingress/stranger_record.hpp"

#include <caf/send.hpp>
#include <string>
#include <utility>

#include "actors/queue/spooler_messages.hpp"
#include "base/client_network.hpp"
#include "base/log.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.ingress");

constexpr std::int64_t burst_seconds = 10;

flood_limits limits_of(std::int64_t per_client, std::int64_t total) {
  return {.burst = burst_seconds * per_client, .per_second = per_client, .total_per_second = total};
}

std::string network_of(const ip_address& client) {
  return neighbourhood_of(client).to_string()
         + (client.is_v4() ? "/" + std::to_string(neighbourhood_bits_v4)
                           : "/" + std::to_string(neighbourhood_bits_v6));
}

// A zone by its name and its id, because the next owner of a name has a different zone.
constexpr char id_follows = '\0';

std::string kind_of(const model::activity_event& event) {
  return event.zone + id_follows + event.zone_id;
}

}  // namespace

stranger_record::stranger_record(const record_limits& limits, const clock& time,
                                 monitoring::metrics& metrics)
    : time_(time),
      metrics_(metrics),
      lines_(limits_of(limits.lines_per_client, limits.lines)),
      events_(limits_of(limits.events_per_client, limits.events)) {}

bool stranger_record::may_log(std::string_view event, const ip_address& client) {
  if (lines_.admit(event, network_of(client), time_.steady_now()) > 0) return true;
  metrics_.smtp.suppressed.add("line");
  return false;
}

void stranger_record::refused(model::activity_event event, const ip_address& client,
                              const spooler_actor& spooler) {
  const auto count = events_.admit(kind_of(event), network_of(client), time_.steady_now(), true);
  if (count == 0) {
    metrics_.smtp.suppressed.add("event");
    return;
  }
  if (count > 1) event.details.emplace_back("count", std::to_string(count));
  caf::anon_send(spooler, record_event{std::move(event)});
}

void stranger_record::tell(const spooler_actor& spooler) {
  const auto now = time_.steady_now();
  write_lines(lines_.due(now));
  send_events(events_.due(now), spooler);
}

void stranger_record::tell_all(const spooler_actor& spooler) {
  write_lines(lines_.rest());
  send_events(events_.rest(), spooler);
}

void stranger_record::write_lines(const std::vector<flood_gate::suppressed>& lines) const {
  for (const auto& s : lines) {
    log_.info("log.suppressed", {{"suppressed", s.event},
                                 {"client_network", s.source},
                                 {"lines", s.count}});
  }
}

void stranger_record::send_events(const std::vector<flood_gate::suppressed>& events,
                                  const spooler_actor& spooler) const {
  for (const auto& s : events) {
    model::activity_event event;
    event.at = time_.now();
    event.kind = model::event_kind::rejected;
    const auto end = s.event.find(id_follows);
    event.zone = s.event.substr(0, end);
    event.zone_id = s.event.substr(end + 1);
    event.host = s.source;
    event.details = {{"reason", "flood"}, {"count", std::to_string(s.count)}};
    caf::anon_send(spooler, record_event{std::move(event)});
  }
}

}  // namespace signpost::actors
