// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/zone_scope.hpp"

#include "base/text.hpp"
#include "model/control/control_objects.hpp"
#include "model/queue/activity_event.hpp"
#include "model/queue/envelope.hpp"

namespace signpost::model {

zone_scope zone_scope::of(const zone_object& z) {
  return {.name = z.name, .id = z.id, .created = z.is_active() ? z.created : wall_time::max()};
}

bool zone_scope::has(const envelope& e) const {
  return has(e.zone, e.zone_id, e.id, e.id.accepted());
}

bool zone_scope::has(const activity_event& e) const { return has(e.zone, e.zone_id, e.id, e.at); }

// For a message the time of its acceptance counts, because its last events may come days later.
bool zone_scope::has(std::string_view zone, std::string_view zone_id, const queue_id& message,
                     wall_time at) const {
  if (!zone_id.empty()) return zone_id == id;
  const auto since = message == queue_id{} ? at : message.accepted();
  return since >= created && equals_ignoring_case(zone, name);
}

}  // namespace signpost::model
