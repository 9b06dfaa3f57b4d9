// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What became of the last verification mail to an address, as the activity log has it: a mail that
// was refused explains why nobody has pressed the button.
//
//     {"queue_id": "01kb…", "state": "bounced", "at": "2026-11-30T12:00:00.000Z",
//      "reply": "550 5.1.1 no such user"}
//
// `state` is queued, deferred, delivered, bounced, expired or removed. A host that takes the mail
// and sends a notification later is not seen: that is `delivered`.
//
// Threads: any; reads the disk.
#pragma once

#include "api/frame/json.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::storage {
class spool;
}

namespace signpost::api {

/// null if nothing is known of it: none was sent, or its events have expired
/// (`storage.log_retention`) or cannot be read.
[[nodiscard]] json verification_mail_json(storage::spool& spool,
                                          const model::destination_address& a);

}  // namespace signpost::api
