// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SPOOL READER: reads messages and schedule back from the spool, so that nobody else ever waits
// for a disk. Only the beginning of a large message is put into memory (large_message.hpp), unless
// all of it is requested; a separate reader reads it once, for the hash that signatures need, and
// another one reads its parts while it is sent, so that neither small messages nor transfers wait
// for large messages that are being read.
//
// Threads: a detached actor.
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <string>

#include "actors/interfaces.hpp"
#include "base/body.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

struct spool_reader_dependencies {
  storage::spool& spool;
  /// The queue's memory: bodies are charged to it. If none is left, the load fails, and is
  /// requested again when there is room.
  memory_budget& budget;
  /// Authentication-Results fields under this name count as forged in received messages
  /// (sealing_options).
  std::string authserv_id = {};
  /// The actor that loads large messages; empty: this one.
  spool_reader_actor for_large = {};
  /// The actor that reads the parts of those that this one loads; empty: this one.
  spool_reader_actor for_parts = {};
};

spool_reader_actor::behavior_type spool_reader(spool_reader_actor::pointer self,
                                               spool_reader_dependencies with);

}  // namespace signpost::actors
