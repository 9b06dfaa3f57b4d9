// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/spool_reader.hpp"

namespace signpost::actors {
namespace {

load_response load(storage::spool& spool, memory_budget& budget, const model::queue_id& id) {
  auto record = spool.message(id);
  if (!record) return {.record = nullptr, .body = nullptr, .failure = record.error()};
  auto body = spool.body(id, budget);
  if (!body) return {.record = nullptr, .body = nullptr, .failure = body.error()};
  return {.record = std::make_shared<const model::message_record>(std::move(*record)),
          .body = std::move(*body),
          .failure = std::nullopt};
}

scan_response page_of(result<std::vector<model::envelope>> envelopes, std::size_t max) {
  if (!envelopes) return {.page = {}, .failure = envelopes.error()};
  const bool more = envelopes->size() >= max;
  return {.page = {.envelopes = std::move(*envelopes), .next = {}, .more = more},
          .failure = std::nullopt};
}

scan_response scan(storage::spool& spool, const scan_request& request) {
  if (request.id) return page_of(spool.envelopes(*request.id), SIZE_MAX);
  if (!request.next_hop.empty()) {
    return page_of(spool.scan_next_hop(request.next_hop, request.until, request.max), request.max);
  }
  auto page = spool.scan_due(request.position, request.until, request.max);
  if (!page) return {.page = {}, .failure = page.error()};
  return {.page = std::move(*page), .failure = std::nullopt};
}

}  // namespace

spool_reader_actor::behavior_type spool_reader(spool_reader_actor::pointer,
                                               spool_reader_dependencies with) {
  return {
      [with](const load_request& request) { return load(with.spool, with.budget, request.id); },
      [with](const scan_request& request) { return scan(with.spool, request); },
      [](get_status) { return status_report{.actor = "spool_reader", .numbers = {}}; },
  };
}

}  // namespace signpost::actors
