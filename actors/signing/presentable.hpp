// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What part of a received message may appear below our own header fields. These may not:
//
// - Authentication-Results fields that a stranger wrote in our name (RFC 8601 §5), Received-SPF
//   fields with our name as the receiver, and ARC-Authentication-Results in our name that belong to
//   no set of the chain;
// - X-Signpost-* fields, which only we write;
// - the "From " line of a mailbox file before the first field, which is not part of a message and
//   would end the header section in the middle.
//
// Threads: pure functions. Limits: linear time; a second copy of the message in memory only if
// there is something to leave out, and against the budget.
#pragma once

#include <string_view>

#include "base/body.hpp"
#include "base/result.hpp"

namespace signpost::actors {

/// `body` itself if all of it may be sent on, as is usual; otherwise a copy without what may not.
/// The header section is read more widely than a parser would: to the first empty line, past lines
/// that are not fields and whatever its length, because readers differ in where they stop.
/// errc::no_space if `budget` (null: unbounded) has no room for the copy.
result<body_ptr> presentable(const body_ptr& body, std::string_view authserv_id,
                             memory_budget* budget);

}  // namespace signpost::actors
