// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/spool_reader.hpp"

#include <utility>

#include "actors/queue/large_message.hpp"
#include "actors/queue/reading_messages.hpp"
#include "actors/status_messages.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::actors {
namespace {

load_response failed(error why) {
  return {.record = nullptr, .body = nullptr, .claim = nullptr, .failure = std::move(why)};
}

bool is_large(const model::message_record& record) {
  return record.size > storage::body_whole_octets_max;
}

/// With the beginning in memory if that is enough and can be.
result<body_ptr> read_body(const spool_reader_dependencies& with, const load_request& request,
                           const model::message_record& record, const spool_reader_actor& reader,
                           body_hash_memory& hashes) {
  if (is_large(record)) {
    if (request.anew) hashes.forget(record.id);
    auto beginning = load_large(with.spool, record, with.authserv_id, with.budget, reader, hashes);
    if (beginning || beginning.error().code != errc::not_found) return beginning;
  }
  return with.spool.body_of(record, with.budget);
}

/// If the message cannot be read, its header section if that is readable (messages in parts).
body_ptr header_of(const spool_reader_dependencies& with, const model::message_record& record) {
  if (!is_large(record)) return nullptr;
  const auto first = with.spool.body_part(record.id, 0);
  if (!first) return nullptr;
  const auto header = imf::message_view(*first).header_section();
  memory_lease lease(with.budget);
  if (header.size() == first->size() || !lease.grow_to(header.size())) return nullptr;
  return std::make_shared<const message_body>(std::string(header), std::move(lease));
}

/// A part that is missing while the message is queued is damage: everything is removed in one
/// write.
load_response not_loaded(const spool_reader_dependencies& with, const model::queue_id& id,
                         error why, const model::message_record* record) {
  if (why.code == errc::not_found) {
    const auto queued = with.spool.envelopes(id);
    if (!queued && queued.error().code != errc::corrupt) return failed(queued.error());
    why = {errc::corrupt, why.context + " is missing"};
  }
  auto response = failed(std::move(why));
  if (record != nullptr) {
    response.record = std::make_shared<const model::message_record>(*record);
    if (response.failure->code == errc::corrupt) response.body = header_of(with, *record);
  }
  return response;
}

load_response load(const spool_reader_dependencies& with, const load_request& request,
                   const model::message_record& record, const spool_reader_actor& reader,
                   body_hash_memory& hashes) {
  site_claim_ptr claim;
  if (request.share) {
    claim = site_claim::of(request.share, is_large(record) ? travelling_octets : record.size);
    if (!claim) return failed({errc::no_space, "memory: the share of this destination"});
  }
  auto body = read_body(with, request, record, reader, hashes);
  if (!body) return not_loaded(with, request.id, body.error(), &record);
  return {.record = std::make_shared<const model::message_record>(record),
          .body = std::move(*body),
          .claim = std::move(claim),
          .failure = std::nullopt};
}

caf::result<load_response> reading_answer(spool_reader_actor::pointer self,
                                  const spool_reader_dependencies& with,
                                  const load_request& request, body_hash_memory& hashes) {
  const auto record = with.spool.message(request.id);
  if (!record) return not_loaded(with, request.id, record.error(), nullptr);
  if (is_large(*record) && with.for_large) return self->delegate(with.for_large, request);
  const auto parts = with.for_parts ? with.for_parts : spool_reader_actor{self};
  return load(with, request, *record, parts, hashes);
}

result<storage::due_page> page_of(storage::spool& spool, const scan_request& r) {
  if (r.id) {
    SP_TRY(auto envelopes, spool.envelopes(*r.id));
    return storage::due_page{.envelopes = std::move(envelopes), .next = {}, .more = false};
  }
  if (r.whole_origin) return spool.scan_origin(r.next_hop.text(), r.position, r.max);
  if (!r.next_hop.empty()) {
    return spool.scan_next_hop(r.next_hop.text(), r.position, r.until, r.max);
  }
  if (!r.leave_out) return spool.scan_due(r.position, r.until, r.max);
  return spool.scan_due(r.position, r.until, r.max, *r.leave_out);
}

scan_response scan(storage::spool& spool, const scan_request& request) {
  auto page = page_of(spool, request);
  if (!page) return {.page = {}, .failure = page.error()};
  return {.page = std::move(*page), .failure = std::nullopt};
}

}  // namespace

spool_reader_actor::behavior_type spool_reader(spool_reader_actor::pointer self,
                                               spool_reader_dependencies with) {
  auto hashes = std::make_shared<body_hash_memory>();
  return {
      [self, with, hashes](const load_request& request) {
        return reading_answer(self, with, request, *hashes);
      },
      [with](const part_request& request) {
        request.done(with.spool.body_part(request.id, request.part));
      },
      [with](const note_unreadable& note) {
        const auto noted = with.spool.note_unreadable(note.recipients, note.now);
        return unreadable_noted{noted ? std::nullopt : std::optional(noted.error())};
      },
      [with](const scan_request& request) { return scan(with.spool, request); },
      [](get_status) { return status_report{.actor = "spool_reader", .numbers = {}}; },
  };
}

}  // namespace signpost::actors
