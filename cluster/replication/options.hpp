// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How long the machine of copies waits for what, and how much it does at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"

namespace signpost::cluster::replication {

struct machine_options {
  /// Disks that must have a message. Recorded with each message: lowering it removes no copies.
  std::uint8_t copies = 2;
  /// Below this many nothing is accepted; between the two it is, and the copies are made up later.
  std::uint8_t copies_min = 2;

  // How long is waited.
  milliseconds accept_deadline{10'000};    ///< for copies, before a client is told to try again
  milliseconds put_again{3'000};           ///< before a PUT without answer is repeated
  milliseconds holder_avoided{10'000};     ///< after it has refused one
  milliseconds progress_age_max{1'000};    ///< of what holders do not know yet
  milliseconds ask_again{2'000};           ///< before an ASK without answer is repeated
  milliseconds answer_age_max{5'000};      ///< after which NO and WAIT are asked for again
  milliseconds wait_believed{60'000};      ///< WAIT of one node about one message
  milliseconds silence_believed{600'000};  ///< of a live node that nobody can reach from here
  milliseconds tick_gap_max{3'000};  ///< after a longer pause nothing heard before it holds
  milliseconds del_again{5'000};
  milliseconds del_by_holders{120'000};  ///< after that holders tell each other what is done
  milliseconds tombstone_kept{600'000};  ///< after the last confirmation: what is late is met
  milliseconds audit_every{3'600'000};
  milliseconds audit_again{10'000};  ///< a range that was not answered

  // How much at once, in each tick.
  std::size_t repairs_at_once = 200;
  std::size_t looks_at_once = 2'000;
  /// In a cluster of so many nodes everyone is asked about a message, listed or not.
  std::size_t all_asked_up_to = 16;
  std::size_t range_copies = 256;  ///< that are compared by one digest
};

}  // namespace signpost::cluster::replication
