// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said to the SPOOL READER.
// These messages stay in the process: what may go to another node is in cluster/wire.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/queue/site_share.hpp"
#include "base/body.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/queue/envelope.hpp"
#include "model/queue/next_hop.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

/// `share` is of the site that the message is for; nullptr: nobody's. `anew`: all of it is read
/// again, whatever is remembered.
struct load_request {
  model::queue_id id;
  std::shared_ptr<site_share> share = nullptr;
  bool anew = false;
};
/// errc::not_found: it is no longer queued. errc::no_space: the queue's memory, or the site's
/// share, has no room for it now. errc::corrupt: it can no longer be read, but what is readable is
/// set: the record, and of the body its header section. Other errors: it cannot be read now.
struct load_response {
  std::shared_ptr<const model::message_record> record;
  body_ptr body;
  site_claim_ptr claim;
  std::optional<error> failure;
};

/// One part of a message that is stored in parts. `done` is called once, on the reader's thread.
struct part_request {
  model::queue_id id;
  std::uint64_t part = 0;
  std::function<void(result<std::string>)> done;
};

/// For the operator: storage::spool::note_unreadable.
struct note_unreadable {
  std::vector<storage::unreadable_recipient> recipients;
  wall_time now;
};
struct unreadable_noted {
  std::optional<error> failure;
};

struct scan_request {
  std::optional<model::queue_id> id;  ///< set: all envelopes of this message, whenever they are due
  model::next_hop next_hop;           ///< else, if set: of this next hop; else the whole schedule
  bool whole_origin = false;          ///< `next_hop` is a webhook's origin: that of any zone
  storage::scan_position position;    ///< from here on
  wall_time until;
  std::size_t max = 0;
  /// Of the whole schedule: these are stepped over.
  std::shared_ptr<const storage::next_hop_set> leave_out = nullptr;
};
struct scan_response {
  storage::due_page page;
  std::optional<error> failure;
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::load_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::load_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::part_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::note_unreadable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::unreadable_noted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::scan_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::scan_response)
