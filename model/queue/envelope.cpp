// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/envelope.hpp"

namespace signpost::model {

std::string_view to_string(outcome o) {
  switch (o) {
    case outcome::queued:
      return "queued";
    case outcome::deferred:
      return "deferred";
    case outcome::delivered:
      return "delivered";
    case outcome::bounced:
      return "bounced";
    case outcome::dropped:
      return "dropped";
    case outcome::rejected:
      return "rejected";
    case outcome::expired:
      return "expired";
    case outcome::removed:
      return "removed";
  }
  return "unknown";
}

bool is_final(outcome o) {
  return o != outcome::queued && o != outcome::deferred;
}

}  // namespace signpost::model
