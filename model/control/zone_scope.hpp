// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Which mail is a zone's own: what its owner may see and change of queue and activity log. Names
// get new owners, so it goes by the zone's id; the name alone counts for what was written before
// ids were, and only if it is not older than the zone.
//
// Threads: values.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "model/control/control_objects.hpp"
#include "model/queue/activity_event.hpp"
#include "model/queue/envelope.hpp"

namespace signpost::model {

struct zone_scope {
  std::string name;
  std::string id;
  /// What says no id is not the zone's if it is older than this.
  wall_time created;

  /// Until a zone is active nothing without an id can be its own.
  static zone_scope of(const zone_object& z) {
    return {.name = z.name, .id = z.id, .created = z.is_active() ? z.created : wall_time::max()};
  }
  [[nodiscard]] bool has(const envelope& e) const {
    return has(e.zone, e.zone_id, e.id, e.id.accepted());
  }
  [[nodiscard]] bool has(const activity_event& e) const {
    return has(e.zone, e.zone_id, e.id, e.at);
  }
  /// Whether an event with that zone id may be the zone's, before it is read.
  [[nodiscard]] bool may_have(std::string_view zone_id) const {
    return zone_id.empty() || zone_id == id;
  }

 private:
  // Of a message the time of its acceptance counts: its last events may come days later.
  [[nodiscard]] bool has(std::string_view zone, std::string_view zone_id, const queue_id& message,
                         wall_time at) const {
    if (!zone_id.empty()) return zone_id == id;
    const auto since = message == queue_id{} ? at : message.accepted();
    return since >= created && equals_ignoring_case(zone, name);
  }
};

}  // namespace signpost::model
