// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The end of a connection that its owner has closed: sends unsent data, ends our side and discards
// what the peer still sends until it ends its own. Closing a socket with unread bytes would
// make the kernel send a reset, and a reset can overtake our last reply.
#pragma once

#include "net/loop/loop_core.hpp"
#include "net/loop/socket_stream.hpp"

namespace signpost::net {

/// Takes `linger_ms_max` and `linger_end_ms_max` at most, then the socket is closed anyway;
/// immediately if `lingering_max` others linger, or, once everything is sent, if its descriptors
/// are scarce.
void linger(loop_core& core, socket_stream stream);

}  // namespace signpost::net
