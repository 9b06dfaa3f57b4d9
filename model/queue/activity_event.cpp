// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/activity_event.hpp"

namespace signpost::model {

std::string_view to_string(event_kind k) {
  switch (k) {
    case event_kind::received:
      return "received";
    case event_kind::rejected:
      return "rejected";
    case event_kind::dropped:
      return "dropped";
    case event_kind::delivered:
      return "delivered";
    case event_kind::deferred:
      return "deferred";
    case event_kind::bounced:
      return "bounced";
    case event_kind::expired:
      return "expired";
    case event_kind::delayed:
      return "delayed";
    case event_kind::removed:
      return "removed";
    case event_kind::retried:
      return "retried";
    case event_kind::failover:
      return "failover";
  }
  return "unknown";
}

}  // namespace signpost::model
