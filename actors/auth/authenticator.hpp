// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The AUTHENTICATOR: says who sent a message. SPF, DKIM, DMARC and ARC are not checked yet: every
// verdict is `none`, which is what RFC 8601 §2.7 says of a check that was not made, and no
// Authentication-Results field is written.
//
// Threads: an actor without state.
#pragma once

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"

namespace signpost::actors {

authenticator_actor::behavior_type authenticator(authenticator_actor::pointer self);

}  // namespace signpost::actors
