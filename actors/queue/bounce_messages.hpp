// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said to the BOUNCER.
// These messages stay in the process: what may go to another node is in cluster/wire.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "actors/interfaces.hpp"
#include "model/queue/envelope.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

struct bounce_request {
  enum class kind { failed, delayed } what = kind::failed;
  job_ptr job;
  std::vector<model::envelope> envelopes;  ///< those to report, in their new state
  /// The message cannot be read any more; the job's body, if any, is its header section.
  bool unreadable = false;
};
struct bounce_response {
  std::optional<storage::new_message> message;  ///< none if the sender must not get one
  /// Then why, if that is not because of the message itself: `limit`, `no_address`, `error`.
  std::string_view withheld = {};
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::bounce_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::bounce_response)
