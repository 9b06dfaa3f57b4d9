// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What strangers cause to be recorded: log lines and activity events. A client network may cause a
// limited number per second; the number of the others is reported, so that nothing is missing.
//
//     if (record.may_log("recipient.refused", client)) log.info("recipient.refused", {…});
//     record.refused(std::move(event), client, spooler);
//     record.tell(spooler);  // about twice a second
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string_view>

#include "actors/interfaces.hpp"
#include "base/clock.hpp"
#include "base/flood_gate.hpp"
#include "base/ip.hpp"
#include "model/queue/activity_event.hpp"
#include "monitoring/families.hpp"

namespace signpost::actors {

/// Records per second; ten times that at once. 0: no limit.
struct record_limits {
  std::int64_t lines_per_client = 5;
  std::int64_t lines = 500;
  std::int64_t events_per_client = 10;  ///< for each zone
  std::int64_t events = 500;
};

class stranger_record {
 public:
  stranger_record(const record_limits& limits, const clock& time, monitoring::metrics& metrics);

  /// True if the line `event` that `client` causes may be written now; otherwise it is counted.
  bool may_log(std::string_view event, const ip_address& client);
  /// Sends `event`, a refusal, to the SPOOLER. In a flood it sends some of them, each with the
  /// detail `count`: how many it represents.
  void refused(model::activity_event event, const ip_address& client, const spooler_actor& spooler);

  /// Reports what was not written, both for floods that are over and for those that continue.
  void tell(const spooler_actor& spooler);
  /// The same for everything; at the end.
  void tell_all(const spooler_actor& spooler);

 private:
  void write_lines(const std::vector<flood_gate::suppressed>& lines) const;
  void send_events(const std::vector<flood_gate::suppressed>& events,
                   const spooler_actor& spooler) const;

  const clock& time_;
  monitoring::metrics& metrics_;
  flood_gate lines_;
  flood_gate events_;  ///< here the kind of a record is the zone
};

}  // namespace signpost::actors
