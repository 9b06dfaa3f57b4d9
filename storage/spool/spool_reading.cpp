// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "model/queue/codec.hpp"
#include "model/routing/webhook_url.hpp"
#include "storage/format/status.hpp"
#include "storage/spool/rocks_spool.hpp"

namespace signpost::storage {
namespace {

using schema::family;

const logger log_("storage.spool");

static_assert(body_whole_octets_max == schema::whole_octets_max);
static_assert(body_part_octets == schema::part_octets);

/// The smallest key after `key`.
std::string behind(std::string_view key) {
  std::string next(key);
  next += '\0';
  return next;
}

/// The first key of the scan, or its bound if it is empty; nothing if it failed.
std::string first_of(const range_scan& scan, const std::string& bound) {
  if (scan.valid()) return std::string(scan.key());
  return scan.finish() ? bound : std::string();
}

}  // namespace

void rocks_spool::give_up_row(const schema::row_name& name, const error& why) {
  const auto record = message(name.id);
  unreadable_recipient lost{.id = name.id, .index = name.index, .why = to_string(why)};
  if (record) lost.sender = record->sender;
  log_.error("spool.row_corrupt", {{"queue_id", name.id.to_string()},
                                   {"index", name.index},
                                   {"error", lost.why}});
  const system_clock clock;
  if (const auto noted = unreadable_.note({&lost, 1}, clock.now()); !noted) {
    log_.error("spool.unreadable_not_noted",
               {{"queue_id", name.id.to_string()}, {"error", to_string(noted.error())}});
  }
}

result<std::optional<model::envelope>> rocks_spool::scheduled(std::string_view key) {
  const auto watched = reading_.begin();
  const auto name = schema::parse_sched_key(key);
  if (!name) return std::nullopt;
  const auto value = database_->get(family::rcpt, schema::rcpt_key(name->id, name->index));
  if (!value && value.error().code != errc::corrupt) return tl::unexpected(value.error());
  if (value && !*value) return std::nullopt;
  auto envelope = value ? decode_envelope(name->id, name->index, **value)
                        : result<model::envelope>(tl::unexpected(value.error()));
  if (!envelope) {
    give_up_row(*name, envelope.error());
    return std::nullopt;
  }
  // The row is authoritative. It may have changed since the scan began.
  const bool current =
      !model::is_final(envelope->state) && schema::to_key_time(envelope->next_attempt) == name->due;
  if (!current) return std::nullopt;
  return std::move(*envelope);
}

scan_position position_of(const model::envelope& e) {
  return schema::sched_key(e.next_attempt, e.id, e.index);
}

scan_position position_at(wall_time due) {
  return schema::be64(schema::to_key_time(due));
}

// A row of an earlier version does not name its next hop, so it has to be read.
bool rocks_spool::is_left_out(const range_scan& row, const next_hop_set& leave_out,
                              due_page& page) const {
  if (leave_out.empty() || row.value().empty()) return false;
  std::string next_hop(row.value());
  if (!leave_out.contains(next_hop)) return false;
  page.left_out.try_emplace(std::move(next_hop), row.key());
  return true;
}

result<due_page> rocks_spool::scan_due(const scan_position& position, wall_time until,
                                       std::size_t max, const next_hop_set& leave_out) {
  due_page page{.envelopes = {}, .next = position, .more = false};
  std::size_t examined = 0;
  const bool from_beginning = position.empty();
  const auto bound = schema::sched_bound(until);
  range_scan scan(*database_, family::sched, from_beginning ? watermark_.begin_scan() : position,
                  bound);
  if (from_beginning) watermark_.end_scan(first_of(scan, bound));
  for (; scan.valid(); scan.next()) {
    if (page.envelopes.size() >= max || examined++ >= due_rows_examined_max) {
      page.more = true;
      break;
    }
    if (is_left_out(scan, leave_out, page)) {
      page.next = behind(scan.key());
      continue;
    }
    SP_TRY(auto envelope, scheduled(scan.key()));
    page.next = behind(scan.key());
    if (envelope) page.envelopes.push_back(std::move(*envelope));
  }
  SP_CHECK(scan.finish());
  return page;
}

result<due_page> rocks_spool::scan_next_hop(std::string_view next_hop,
                                            const scan_position& position, wall_time until,
                                            std::size_t max) {
  if (next_hop.find('\0') != std::string_view::npos) return fail(errc::malformed, "next hop");
  due_page page{.envelopes = {}, .next = position, .more = false};
  const auto prefix = schema::dest_prefix(next_hop);
  const auto bound = prefix + schema::sched_bound(until);
  if (prefix + position >= bound) return page;
  range_scan scan(*database_, family::dest, prefix + position, bound);
  for (std::size_t examined = 0; scan.valid(); scan.next()) {
    if (page.envelopes.size() >= max || examined++ >= due_rows_examined_max) {
      page.more = true;
      break;
    }
    SP_TRY(auto envelope, scheduled(scan.key()));
    page.next = behind(scan.key().substr(prefix.size()));
    if (!envelope || envelope->next_hop.text() != next_hop) continue;
    page.envelopes.push_back(std::move(*envelope));
  }
  SP_CHECK(scan.finish());
  return page;
}

result<due_page> rocks_spool::scan_origin(std::string_view origin, const scan_position& position,
                                          std::size_t max) {
  if (origin.find('\0') != std::string_view::npos) return fail(errc::malformed, "next hop");
  due_page page{.envelopes = {}, .next = position, .more = false};
  const auto first = position.empty() ? schema::dest_prefix(origin) : position;
  const auto bound = schema::dest_end_of_origin(origin);
  if (first >= bound) return page;
  range_scan scan(*database_, family::dest, first, bound);
  for (std::size_t examined = 0; scan.valid(); scan.next()) {
    if (page.envelopes.size() >= max || examined++ >= due_rows_examined_max) {
      page.more = true;
      break;
    }
    SP_TRY(auto envelope, scheduled(scan.key()));
    page.next = behind(scan.key());
    if (envelope && model::is_next_hop_of(origin, envelope->next_hop.text())) {
      page.envelopes.push_back(std::move(*envelope));
    }
  }
  SP_CHECK(scan.finish());
  return page;
}

result<model::message_record> rocks_spool::message(const model::queue_id& id) {
  const auto watched = reading_.begin();
  SP_TRY(const auto value, database_->get(family::env, id.octets()));
  if (!value) return fail(errc::not_found, "message " + id.to_string());
  return decode_message(id, *value);
}

result<body_ptr> rocks_spool::body_of(const model::message_record& record,
                                      memory_budget& budget) {
  const auto& id = record.id;
  memory_lease lease(budget);
  // Memory is leased before the octets are read: no budget, no allocation.
  if (!lease.grow_to(record.size)) return fail(errc::no_space, "memory for message bodies");
  SP_TRY(auto octets, stored_octets(id, 0));
  const bool in_parts = schema::parts_of(record.size) > 1 && octets.size() < record.size;
  if (in_parts) SP_CHECK(read_further_parts(id, record.size, octets));
  if (octets.size() != record.size) {
    return fail(errc::corrupt, "body of " + id.to_string() + " has the wrong length");
  }
  if (!lease.grow_to(octets.size())) return fail(errc::no_space, "memory for message bodies");
  return std::make_shared<const message_body>(std::move(octets), std::move(lease));
}

result<std::string> rocks_spool::body_part(const model::queue_id& id, std::uint64_t part) {
  if (part > 0) return stored_octets(id, part);
  // The first part has the same key as an undivided body: only the second part tells.
  SP_TRY(const auto record, message(id));
  if (schema::parts_of(record.size) < 2) return fail(errc::not_found, "part of " + id.to_string());
  const auto second = stored_octets(id, 1);
  if (!second && second.error().code != errc::corrupt) return tl::unexpected(second.error());
  return stored_octets(id, 0);
}

result<std::string> rocks_spool::stored_octets(const model::queue_id& id,
                                               std::uint64_t part) const {
  const auto watched = reading_.begin();
  const auto read = [&]() -> result<std::string> {
    // A body is read once or twice in its life: it must not push rows out of the cache.
    rocksdb::ReadOptions once;
    once.fill_cache = false;
    std::string octets;
    const auto status = database_->db().Get(once, database_->of(family::body),
                                            schema::part_key(id, part), &octets);
    if (status.IsNotFound()) return fail(errc::not_found, "body of " + id.to_string());
    if (!status.ok()) return tl::unexpected(to_read_error(status, "body of " + id.to_string()));
    return octets;
  };
  auto octets = database_->read_surely(read);
  if (!octets) database_->note_damage(family::body, octets.error());
  return octets;
}

result<void> rocks_spool::read_further_parts(const model::queue_id& id, std::uint64_t size,
                                             std::string& octets) const {
  octets.reserve(size);
  const auto parts = schema::parts_of(size);
  for (std::uint64_t part = 1; part < parts; ++part) {
    const auto next = stored_octets(id, part);
    if (!next && next.error().code == errc::not_found) {
      return fail(errc::corrupt, "body of " + id.to_string() + " is incomplete");
    }
    SP_CHECK(next);
    octets += *next;
  }
  return {};
}

result<std::vector<model::envelope>> rocks_spool::envelopes(const model::queue_id& id) {
  const auto watched = reading_.begin();
  return database_->read_surely([&] { return read_envelopes(id); });
}

result<std::vector<model::envelope>> rocks_spool::read_envelopes(const model::queue_id& id) const {
  std::vector<model::envelope> found;
  range_scan scan(*database_, family::rcpt, std::string(id.octets()),
                  schema::after_prefix(std::string(id.octets())));
  for (; scan.valid(); scan.next()) {
    const auto name = schema::parse_rcpt_key(scan.key());
    if (!name) continue;
    SP_TRY(auto envelope, decode_envelope(id, name->index, scan.value()));
    found.push_back(std::move(envelope));
  }
  SP_CHECK(scan.finish());
  if (found.empty()) return fail(errc::not_found, "message " + id.to_string());
  return found;
}

bool rocks_spool::matches(const queue_filter& filter, const model::envelope& e,
                          std::optional<model::message_record>& record) {
  const bool state = filter.state ? e.state == *filter.state : !model::is_final(e.state);
  if (!state) return false;
  if (!filter.next_hop.empty() && !model::is_next_hop_of(filter.next_hop, e.next_hop.text())) {
    return false;
  }
  if (!filter.zone.empty() && !equals_ignoring_case(filter.zone, e.zone)) return false;
  if (filter.owner && !filter.owner->has(e)) return false;
  if (!filter.recipient.empty() && !equals_ignoring_case(filter.recipient, e.original)
      && !equals_ignoring_case(filter.recipient, e.destination)) {
    return false;
  }
  if (filter.sender.empty()) return true;
  // Rows of one message are adjacent: its record is read once.
  if (!record || record->id != e.id) {
    if (auto read = message(e.id)) record = std::move(*read);
  }
  return record && record->id == e.id && equals_ignoring_case(filter.sender, record->sender);
}

result<queue_page> rocks_spool::list(const queue_filter& filter, const std::string& from,
                                     std::size_t max) {
  queue_page page;
  std::optional<model::message_record> record;
  std::size_t looked_at = 0;
  range_scan scan(*database_, family::rcpt, from, end_of_keys());
  for (; scan.valid(); scan.next()) {
    if (page.envelopes.size() >= max || looked_at++ >= list_rows_max) {
      page.next = scan.key();
      break;
    }
    const auto name = schema::parse_rcpt_key(scan.key());
    if (!name) continue;
    auto envelope = decode_envelope(name->id, name->index, scan.value());
    if (envelope && matches(filter, *envelope, record)) {
      page.envelopes.push_back(std::move(*envelope));
    }
  }
  SP_CHECK(scan.finish());
  return page;
}

result<std::vector<model::activity_event>> rocks_spool::timeline(const model::queue_id& id) {
  return activity_.timeline(id);
}

result<std::vector<model::activity_event>> rocks_spool::recent_events_of(
    const model::zone_scope& owner, std::size_t max) {
  return activity_.recent_events_of(owner, max);
}

result<std::vector<model::activity_event>> rocks_spool::recent_events(std::string_view zone,
                                                                      std::size_t max) {
  return activity_.recent_events(zone, max);
}

}  // namespace signpost::storage
