// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The BOUNCER: writes delivery status notifications (RFC 3464) for senders whose mail failed or is
// late. Never about a message with a null sender, or one whose sender is likely forged
// (bounce_policy.hpp). Who may not have written gets few, and no content that a stranger would
// spread by them: the header alone.
//
// Threads: an actor. Limits: `limits`; further ones are not sent but reported in the log
// (`bounce.withheld`), in the event (`notification=limit`) and in a metric.
#pragma once

#include <caf/typed_event_based_actor.hpp>
#include <functional>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/queue/report_limits.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/queue/queue_id.hpp"
#include "model/queue/retry.hpp"
#include "model/routing/zone.hpp"
#include "monitoring/families.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::actors {

struct bouncer_dependencies {
  const clock& time;
  random_source& random;
  monitoring::metrics& metrics;
  std::function<model::queue_id(wall_time)> next_id;
  std::string host_name;
  model::retry_policy retry;
  /// Where a notification for this address goes; see actors::destinations_of.
  std::function<std::vector<model::destination>(const address::mailbox&)> destinations;
  /// The original is returned whole up to this size if its sender is proven, otherwise only its
  /// header.
  std::size_t returned_octets_max = 50 * 1024;
  report_limit_options limits = {};
};

bouncer_actor::behavior_type bouncer(bouncer_actor::pointer self, bouncer_dependencies with);

}  // namespace signpost::actors
