// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SEALER: writes what goes before the received bytes of one copy — the envelope sender (SRS)
// and the prefix with our Received field. ARC sets and DKIM signatures are not made yet.
//
// Threads: an actor without state; the keys outlive it.
#pragma once

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/routing/srs_keys.hpp"
#include "base/clock.hpp"

namespace signpost::actors {

struct sealer_dependencies {
  const srs_keys& keys;
  const clock& time;
  std::string host_name;
};

/// The pure part.
smtp::outgoing_message seal(const delivery_job& job, const sealer_dependencies& with);

sealer_actor::behavior_type sealer(sealer_actor::pointer self, sealer_dependencies with);

}  // namespace signpost::actors
