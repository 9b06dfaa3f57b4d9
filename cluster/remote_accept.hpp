// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A message on its way from the node that received it to the one whose disk it is for.
//
// Threads: pure functions. Cost: one pass of SHA-256 over the body at each end.
#pragma once

#include "base/body.hpp"
#include "base/result.hpp"
#include "cluster/wire/acceptance.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::cluster {

/// What the owner is asked. All of the body is in memory, as it is at receipt; ids, if there are
/// any, stay here.
[[nodiscard]] wire::acceptance_question acceptance_question_of(const storage::new_message& message);

/// The message at the owner, where it waits for an id (actors::assign_id). errc::corrupt if `body`
/// is not the one that was asked for.
[[nodiscard]] result<storage::new_message> message_to_accept(wire::acceptance_question question,
                                                             body_ptr body);

}  // namespace signpost::cluster
