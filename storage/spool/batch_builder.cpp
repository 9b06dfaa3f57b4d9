// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/batch_builder.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "model/queue/codec.hpp"

namespace signpost::storage {
namespace {

using schema::family;

const logger log_("storage.spool");

/// True if both have the same keys in `sched` and `dest`.
bool same_keys(const model::envelope& a, const model::envelope& b) {
  return schema::to_key_time(a.next_attempt) == schema::to_key_time(b.next_attempt)
         && a.next_hop == b.next_hop;
}

bool is_deferred(const model::envelope& e) {
  return e.state == model::outcome::deferred;
}

std::string sched_key_of(const model::envelope& e) {
  return schema::sched_key(e.next_attempt, e.id, e.index);
}

bool is_next_hop(std::string_view text) {
  return text.size() <= schema::next_hop_octets_max && text.find('\0') == std::string_view::npos;
}

/// The approximate size of the batch, so that it is allocated once: bodies are copied into it.
std::size_t expected_octets(const change_set& changes) {
  std::size_t octets = 256;
  for (const auto& m : changes.accepted()) {
    octets += 1024 + m.envelopes.size() * 512 + (m.body ? m.body->size() : 0);
  }
  return octets + changes.updates().size() * 512;
}

}  // namespace

batch_builder::batch_builder(const database& database, recent_sizes& sizes)
    : database_(database), sizes_(sizes) {}

result<void> batch_builder::add(const change_set& changes) {
  SP_ASSERT(batch_.Count() == 0);
  batch_ = rocksdb::WriteBatch(expected_octets(changes));
  for (const auto& message : changes.accepted()) SP_CHECK(accept(message));
  for (const auto& u : changes.updates()) update(u);
  for (const auto& [id, message] : messages_) SP_CHECK(settle(id, message));
  return {};
}

result<void> batch_builder::accept(const new_message& message) {
  // Every rule dropped it: only the activity log has it.
  if (message.envelopes.empty()) return {};
  const auto& id = message.message.id;
  if (message.body == nullptr || message.body->rest()) {
    return fail(errc::malformed, "incomplete body: " + id.to_string());
  }
  SP_TRY(const bool stored, is_stored(message));
  if (stored) return {};
  auto& changes = messages_[id];
  if (changes.accepted != nullptr) return fail(errc::conflict, "twice: " + id.to_string());
  changes.accepted = &message;
  for (const auto& e : message.envelopes) {
    const bool fresh = changes.rows.emplace(e.index, change_of_row{nullptr, &e}).second;
    if (!fresh || e.id != id || !is_next_hop(e.next_hop.text())) {
      return fail(errc::malformed, "envelope of " + id.to_string());
    }
  }
  return {};
}

result<bool> batch_builder::is_stored(const new_message& message) const {
  SP_TRY(const auto stored, database_.get(family::env, message.message.id.octets()));
  if (!stored) return false;
  if (*stored == encode(message.message)) return true;
  return fail(errc::conflict, "the id is already in use: " + message.message.id.to_string());
}

void batch_builder::update(const envelope_update& update) {
  SP_ASSERT(update.before.id == update.after.id && update.before.index == update.after.index);
  SP_ASSERT(is_next_hop(update.after.next_hop.text()));
  auto& message = messages_[update.after.id];
  const bool unknown = message.accepted != nullptr && !message.rows.contains(update.after.index);
  if (unknown) return;
  auto& row = message.rows[update.after.index];
  if (row.after != nullptr && model::is_final(row.after->state)) return;
  if (row.before == nullptr && row.after == nullptr) row.before = &update.before;
  row.after = &update.after;
}

result<void> batch_builder::settle(const model::queue_id& id, const change_of_message& changes) {
  if (changes.accepted != nullptr) {
    write_new(*changes.accepted, changes);
    return {};
  }
  SP_TRY(auto rows, read_rows(id, changes));
  write_changed(id, changes, std::move(rows));
  return {};
}

void batch_builder::write_new(const new_message& message, const change_of_message& changes) {
  const auto& id = message.message.id;
  const auto open = std::ranges::count_if(
      changes.rows, [](const auto& row) { return !model::is_final(row.second.after->state); });
  if (open == 0) return;
  put_body(id, message.body->octets());
  sizes_.remember(id, message.body->octets().size());
  batch_.Put(database_.of(family::env), id.octets(), encode(message.message));
  for (const auto& [index, row] : changes.rows) {
    put_row(*row.after);
    if (!model::is_final(row.after->state)) put_keys(*row.after);
  }
  ++change_.messages;
  change_.envelopes += open;
  change_.deferred += std::ranges::count_if(
      changes.rows, [](const auto& row) { return is_deferred(*row.second.after); });
  change_.added.push_back(id);
  if (!change_.oldest_added) change_.oldest_added = id;  // messages are settled in order of id
}

result<std::vector<batch_builder::stored_row>> batch_builder::read_rows(
    const model::queue_id& id, const change_of_message& changes) const {
  std::vector<stored_row> rows;
  range_scan scan(database_, family::rcpt, std::string(id.octets()),
                  schema::after_prefix(std::string(id.octets())));
  for (; scan.valid(); scan.next()) {
    const auto name = schema::parse_rcpt_key(scan.key());
    if (!name) continue;
    const auto state = model::peek_state(scan.value());
    stored_row row{.index = name->index, .final = state && model::is_final(*state), .envelope = {}};
    if (const auto changed = changes.rows.find(name->index); changed != changes.rows.end()) {
      auto decoded = decode_envelope(id, name->index, scan.value());
      if (!decoded) {
        // One broken row must not hold up every commit: the caller remembers its contents.
        log_.error("spool.row_corrupt", {{"queue_id", id.to_string()}, {"index", name->index}});
        decoded = *changed->second.before;
      }
      row.envelope = std::move(*decoded);
    }
    rows.push_back(std::move(row));
  }
  const auto whole = scan.finish();
  if (whole) return rows;
  if (whole.error().code != errc::corrupt) return tl::unexpected(whole.error());
  log_.error("spool.rows_unreadable",
             {{"queue_id", id.to_string()}, {"error", to_string(whole.error())}});
  return rows_of(changes);
}

// If the stored rows cannot be read: those that the caller knows, and one that represents all
// others. It is unknown whether these are final, so the message stays.
std::vector<batch_builder::stored_row> batch_builder::rows_of(const change_of_message& changes) {
  std::vector<stored_row> rows;
  for (const auto& [index, row] : changes.rows) {
    rows.push_back({.index = index, .final = false, .envelope = *row.before});
  }
  rows.push_back({.index = UINT32_MAX, .final = false, .envelope = {}});
  return rows;
}

void batch_builder::write_changed(const model::queue_id& id, const change_of_message& changes,
                                  std::vector<stored_row> rows) {
  const bool all_final = std::ranges::all_of(rows, [&](const stored_row& row) {
    const auto changed = changes.rows.find(row.index);
    return row.final
           || (changed != changes.rows.end() && model::is_final(changed->second.after->state));
  });
  for (const auto& row : rows) {
    if (!row.envelope || row.final) continue;
    const auto& before = *row.envelope;
    const auto& after = *changes.rows.at(row.index).after;
    const bool closed = model::is_final(after.state);
    // Writing an existing key again would break SingleDelete.
    const bool moved = !closed && !same_keys(before, after);
    if (closed || moved) delete_keys(before);
    if (moved) put_keys(after);
    if (closed) --change_.envelopes;
    change_.deferred += (is_deferred(after) ? 1 : 0) - (is_deferred(before) ? 1 : 0);
    if (!all_final) put_row(after);
  }
  if (all_final && !rows.empty()) remove(id, rows);
}

void batch_builder::put_body(const model::queue_id& id, std::string_view octets) {
  auto* const bodies = database_.of(family::body);
  const auto parts = schema::parts_of(octets.size());
  if (parts == 1) {
    batch_.Put(bodies, id.octets(), rocksdb::Slice(octets));
    return;
  }
  for (std::uint64_t part = 0; part < parts; ++part) {
    batch_.Put(bodies, schema::part_key(id, part),
               rocksdb::Slice(octets.substr(part * schema::part_octets, schema::part_octets)));
  }
}

void batch_builder::delete_body(const model::queue_id& id, std::uint64_t octets) {
  const auto parts = schema::parts_of(octets);
  for (std::uint64_t part = 0; part < parts; ++part) {
    batch_.Delete(database_.of(family::body), schema::part_key(id, part));
  }
}

// Nothing if the record cannot be read: the parts of a large message then stay on the disk.
std::uint64_t batch_builder::octets_of(const model::queue_id& id) const {
  if (const auto known = sizes_.find(id)) return *known;
  const auto value = database_.get(family::env, id.octets());
  if (!value || !*value) return 0;
  const auto record = decode_message(id, **value);
  return record ? record->size : 0;
}

void batch_builder::remove(const model::queue_id& id, const std::vector<stored_row>& rows) {
  for (const auto& row : rows) {
    batch_.Delete(database_.of(family::rcpt), schema::rcpt_key(id, row.index));
  }
  batch_.Delete(database_.of(family::env), id.octets());
  delete_body(id, octets_of(id));
  --change_.messages;
  change_.removed.push_back(id);
}

void batch_builder::put_row(const model::envelope& e) {
  batch_.Put(database_.of(family::rcpt), schema::rcpt_key(e.id, e.index), encode(e));
}

void batch_builder::put_keys(const model::envelope& e) {
  auto key = sched_key_of(e);
  batch_.Put(database_.of(family::sched), key, e.next_hop.text());
  batch_.Put(database_.of(family::dest), schema::dest_key(e.next_hop.text(), key),
             rocksdb::Slice());
  if (first_due_.empty() || key < first_due_) first_due_ = std::move(key);
}

void batch_builder::delete_keys(const model::envelope& e) {
  const auto key = sched_key_of(e);
  batch_.SingleDelete(database_.of(family::sched), key);
  batch_.SingleDelete(database_.of(family::dest), schema::dest_key(e.next_hop.text(), key));
}

}  // namespace signpost::storage
