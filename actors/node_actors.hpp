// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The actors that make a node (interfaces.hpp is the map of them).
//
// Threads: a value; handles may be used on any.
#pragma once

#include "actors/interfaces.hpp"

namespace signpost::actors {

struct node_actors {
  spooler_actor spooler;
  spool_reader_actor reader;
  spool_reader_actor large_reader;
  spool_reader_actor part_reader;
  sealer_actor sealer;
  bouncer_actor bouncer;
  delivery_actor delivery;
  mx_planner_actor planner;
  scheduler_actor scheduler;
  authenticator_actor authenticator;
  router_actor router;
  ingress_actor ingress;
};

}  // namespace signpost::actors
