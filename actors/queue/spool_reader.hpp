// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SPOOL READER: reads messages and schedule back from the spool, so that nobody else ever waits
// for a disk. Threads: a detached actor.
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "base/body.hpp"
#include "storage/spool.hpp"

namespace signpost::actors {

struct spool_reader_dependencies {
  storage::spool& spool;
  /// Bodies are held against it; none left: the load fails and the job is scanned again later.
  memory_budget& budget;
};

spool_reader_actor::behavior_type spool_reader(spool_reader_actor::pointer self,
                                               spool_reader_dependencies with);

}  // namespace signpost::actors
