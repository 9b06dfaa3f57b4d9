// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Which mail belongs to a zone: what its owner may see and change in queue and activity log. Names
// get new owners, so the zone's id decides; the name alone counts for entries written before ids
// existed, and only if they are not older than the zone.
//
// Threads: values.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace signpost::model {

struct activity_event;
struct envelope;
class queue_id;
struct zone_object;

struct zone_scope {
  std::string name;
  std::string id;
  /// An entry without an id does not belong to the zone if it is older than this.
  wall_time created;

  /// Until a zone is active, nothing without an id can belong to it.
  static zone_scope of(const zone_object& z);
  [[nodiscard]] bool has(const envelope& e) const;
  [[nodiscard]] bool has(const activity_event& e) const;
  /// Whether an event with that zone id may belong to the zone, before it is read.
  [[nodiscard]] bool may_have(std::string_view zone_id) const {
    return zone_id.empty() || zone_id == id;
  }

 private:
  [[nodiscard]] bool has(std::string_view zone, std::string_view zone_id, const queue_id& message,
                         wall_time at) const;
};

}  // namespace signpost::model
