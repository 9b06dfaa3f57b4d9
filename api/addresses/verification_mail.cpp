// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/addresses/verification_mail.hpp"

#include "api/frame/rest_time.hpp"
#include "model/queue/queue_id.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::api {
namespace {

// Empty: the event says nothing about where the mail is.
std::string_view state_after(model::event_kind kind) {
  using enum model::event_kind;
  switch (kind) {
    case received:
    case retried:
      return "queued";
    case delivered:
    case deferred:
    case bounced:
    case expired:
    case removed:
      return model::to_string(kind);
    case rejected:
    case dropped:
    case delayed:
    case failover:
      break;
  }
  return {};
}

}  // namespace

json verification_mail_json(storage::spool& spool, const model::destination_address& a) {
  const auto id = model::queue_id::parse(a.verification_mail);
  if (!id) return nullptr;
  const auto events = spool.timeline(*id);
  if (!events) return nullptr;
  json out;
  for (const auto& event : *events) {
    const auto state = state_after(event.kind);
    if (state.empty()) continue;
    out = {{"queue_id", a.verification_mail},
           {"state", state},
           {"at", to_rfc3339(event.at)},
           {"reply", event.reply}};
  }
  return out;
}

}  // namespace signpost::api
