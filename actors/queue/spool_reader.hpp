// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SPOOL READER: reads messages and schedule back from the spool, so that nobody else ever waits
// for a disk. Of a large message only the beginning is put into memory (large_message.hpp), unless
// it is wanted whole; a reader of its own looks through it once, for the hash that signatures need,
// and another one reads its parts while it is sent: neither small messages nor transfers wait
// behind large messages that are being read.
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
  /// The queue's memory: bodies are held against it. None left: the load fails, and is asked for
  /// again when there is room.
  memory_budget& budget;
  /// Whose Authentication-Results fields are forged in what was received (sealing_options).
  std::string authserv_id = {};
  /// Who loads large messages; empty: this one.
  spool_reader_actor for_large = {};
  /// Who reads the parts of those that this one loads; empty: this one.
  spool_reader_actor for_parts = {};
};

spool_reader_actor::behavior_type spool_reader(spool_reader_actor::pointer self,
                                               spool_reader_dependencies with);

}  // namespace signpost::actors
