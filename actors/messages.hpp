// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What several actors understand. What is said in one conversation alone is in its room's
// `messages.hpp` or beside it; interfaces.hpp shows who understands what.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>

namespace signpost::actors {

/// A timer's message to oneself.
struct tick {};
/// Finish what runs, start nothing new.
struct drain_request {};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::drain_request)
