// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_spool.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "model/routing/webhook_url.hpp"
// A test of actors needs receipts without a disk.
#include "storage/spool/write_receipt_maker.hpp"

namespace signpost::test {
namespace {

std::string big_endian(std::uint64_t n, int octets) {
  std::string out;
  for (int i = octets - 1; i >= 0; --i) out += static_cast<char>((n >> (8 * i)) & 0xff);
  return out;
}

std::string due_text(wall_time due) {
  return big_endian(static_cast<std::uint64_t>(due.time_since_epoch().count()), 8);
}

std::string key_of(const model::envelope& e) {
  return due_text(e.next_attempt) + std::string(e.id.octets()) + big_endian(e.index, 4);
}

}  // namespace

std::vector<model::envelope> fake_spool::open_envelopes() const {
  std::vector<model::envelope> out;
  for (const auto& [id, m] : messages_) {
    for (const auto& [index, e] : m.envelopes) {
      if (!model::is_final(e.state)) out.push_back(e);
    }
  }
  return out;
}

std::optional<model::envelope> fake_spool::last(const model::queue_id& id,
                                                std::uint32_t index) const {
  const auto it = last_.find({id, index});
  if (it == last_.end()) return std::nullopt;
  return it->second;
}

std::size_t fake_spool::count(model::event_kind kind) const {
  return static_cast<std::size_t>(std::ranges::count(events, kind, &model::activity_event::kind));
}

std::vector<model::message_record> fake_spool::records() const {
  std::vector<model::message_record> out;
  for (const auto& [id, m] : messages_) out.push_back(m.record);
  return out;
}

model::queue_id fake_spool::put(std::vector<model::envelope> envelopes, std::string body,
                                std::string sender) {
  SP_ASSERT(!envelopes.empty());
  storage::new_message m;
  const auto now = envelopes.front().next_attempt;
  m.message.id = next_id(now);
  m.message.accepted = now;
  m.message.sender = std::move(sender);
  m.message.client_address = "198.51.100.7";
  m.message.helo = "client.example";
  m.message.protocol = "ESMTP";
  m.message.size = body.size();
  m.message.recipients = static_cast<std::uint32_t>(envelopes.size());
  m.body = std::make_shared<const message_body>(std::move(body));
  for (std::uint32_t i = 0; i < envelopes.size(); ++i) {
    envelopes[i].id = m.message.id;
    envelopes[i].index = i;
  }
  m.envelopes = std::move(envelopes);
  accept(m);
  return m.message.id;
}

model::queue_id fake_spool::next_id(wall_time now) {
  return model::queue_id::make(now, 1, ++sequence_);
}

std::optional<errc> fake_spool::fault_of(const storage::change_set& changes) {
  if (!fail_next.empty()) {
    const auto code = fail_next.front();
    fail_next.pop_front();
    return code;
  }
  if (fail_all) return fail_all;
  const bool outside = std::ranges::any_of(changes.accepted(), [](const auto& m) {
    return !m.envelopes.empty() && !m.message.own;
  });
  return outside ? fail_accepts : std::nullopt;
}

result<std::vector<storage::write_receipt>> fake_spool::commit(storage::change_set changes) {
  std::vector<storage::write_receipt> receipts;
  if (changes.empty()) return receipts;
  if (const auto code = fault_of(changes)) {
    ++refused;
    return fail(*code, "the test says so");
  }
  ++commits;
  for (const auto& m : changes.accepted()) {
    accept(m);
    receipts.push_back(storage::write_receipt_maker::make(m.message.id));
  }
  for (const auto& u : changes.updates()) update(u);
  for (const auto& e : changes.events()) events.push_back(e);
  return receipts;
}

void fake_spool::accept(const storage::new_message& m) {
  events.insert(events.end(), m.events.begin(), m.events.end());
  if (m.envelopes.empty() || messages_.contains(m.message.id)) return;
  SP_ASSERT(m.body != nullptr);
  auto& s = messages_[m.message.id];
  s.record = m.message;
  s.body = m.body->octets();
  for (const auto& e : m.envelopes) {
    SP_ASSERT(e.id == m.message.id);
    s.envelopes[e.index] = e;
    last_[{e.id, e.index}] = e;
  }
}

void fake_spool::update(const storage::envelope_update& u) {
  events.insert(events.end(), u.events.begin(), u.events.end());
  const auto it = messages_.find(u.after.id);
  if (it == messages_.end()) return;
  const auto row = it->second.envelopes.find(u.after.index);
  if (row == it->second.envelopes.end() || model::is_final(row->second.state)) return;
  row->second = u.after;
  last_[{u.after.id, u.after.index}] = u.after;
  const bool all_final = std::ranges::all_of(
      it->second.envelopes, [](const auto& e) { return model::is_final(e.second.state); });
  if (all_final) messages_.erase(it);
}

std::map<std::string, model::envelope> fake_spool::schedule() const {
  std::map<std::string, model::envelope> out;
  for (const auto& e : open_envelopes()) out.emplace(key_of(e), e);
  return out;
}

result<storage::due_page> fake_spool::scan_due(const storage::scan_position& position,
                                               wall_time until, std::size_t max,
                                               const storage::next_hop_set& leave_out) {
  ++scans;
  if (fail_reads) return fail(*fail_reads, "the test says so");
  storage::due_page page{.envelopes = {}, .next = position, .more = false};
  const auto all = schedule();
  for (auto it = all.lower_bound(position); it != all.end(); ++it) {
    if (it->second.next_attempt > until) break;
    if (leave_out.contains(it->second.next_hop.text())) {
      page.left_out.try_emplace(it->second.next_hop.text(), it->first);
      page.next = it->first + '\0';
      continue;
    }
    if (page.envelopes.size() >= max) {
      page.more = true;
      break;
    }
    page.next = it->first + '\0';
    page.envelopes.push_back(it->second);
  }
  rows_read += page.envelopes.size();
  return page;
}

result<storage::due_page> fake_spool::scan_those(
    const storage::scan_position& position, std::size_t max,
    const std::function<bool(const model::envelope&)>& wanted) {
  if (fail_reads) return fail(*fail_reads, "the test says so");
  storage::due_page page{.envelopes = {}, .next = position, .more = false};
  for (const auto& [key, e] : schedule()) {
    if (!wanted(e) || key < position) continue;
    if (page.envelopes.size() >= max) {
      page.more = true;
      break;
    }
    page.next = key + '\0';
    page.envelopes.push_back(e);
  }
  rows_read += page.envelopes.size();
  return page;
}

result<storage::due_page> fake_spool::scan_next_hop(std::string_view next_hop,
                                                    const storage::scan_position& position,
                                                    wall_time until, std::size_t max) {
  return scan_those(position, max, [&](const model::envelope& e) {
    return e.next_hop.text() == next_hop && e.next_attempt <= until;
  });
}

result<storage::due_page> fake_spool::scan_origin(std::string_view origin,
                                                  const storage::scan_position& position,
                                                  std::size_t max) {
  return scan_those(position, max, [&](const model::envelope& e) {
    return model::is_next_hop_of(origin, e.next_hop.text());
  });
}

result<void> fake_spool::note_unreadable(
    const std::vector<storage::unreadable_recipient>& recipients, wall_time) {
  if (fail_notes) return fail(*fail_notes, "the test says so");
  noted.insert(noted.end(), recipients.begin(), recipients.end());
  return {};
}

result<model::message_record> fake_spool::message(const model::queue_id& id) {
  if (const auto f = fail_records.find(id); f != fail_records.end()) return fail(f->second, "test");
  const auto it = messages_.find(id);
  if (it == messages_.end()) return fail(errc::not_found, "message");
  return it->second.record;
}

result<body_ptr> fake_spool::body_of(const model::message_record& record, memory_budget& budget) {
  const auto& id = record.id;
  if (const auto f = fail_bodies.find(id); f != fail_bodies.end()) return fail(f->second, "test");
  if (fail_reads) return fail(*fail_reads, "the test says so");
  const auto it = messages_.find(id);
  if (it == messages_.end()) return fail(errc::not_found, "body");
  memory_lease lease(budget);
  if (!lease.grow_to(it->second.body.size())) return fail(errc::no_space, "memory");
  return std::make_shared<const message_body>(it->second.body, std::move(lease));
}

result<std::string> fake_spool::body_part(const model::queue_id& id, std::uint64_t part) {
  const auto f = fail_bodies.find(id);
  if (part > 0 && f != fail_bodies.end()) return fail(f->second, "test");
  if (fail_reads) return fail(*fail_reads, "the test says so");
  const auto it = messages_.find(id);
  if (it == messages_.end()) return fail(errc::not_found, "body");
  const auto& body = it->second.body;
  const auto at = part * storage::body_part_octets;
  if (body.size() <= storage::body_whole_octets_max || at >= body.size()) {
    return fail(errc::not_found, "part");
  }
  return body.substr(at, storage::body_part_octets);
}

result<std::vector<model::envelope>> fake_spool::envelopes(const model::queue_id& id) {
  const auto it = messages_.find(id);
  if (it == messages_.end()) return fail(errc::not_found, "message");
  std::vector<model::envelope> out;
  for (const auto& [index, e] : it->second.envelopes) out.push_back(e);
  return out;
}

result<storage::queue_page> fake_spool::list(const storage::queue_filter&, const std::string&,
                                             std::size_t) {
  if (fail_reads) return fail(*fail_reads, "the test says so");
  return storage::queue_page{.envelopes = open_envelopes(), .next = {}};
}

result<std::vector<model::activity_event>> fake_spool::timeline(const model::queue_id& id) {
  std::vector<model::activity_event> out;
  std::ranges::copy_if(events, std::back_inserter(out),
                       [&](const model::activity_event& e) { return e.id == id; });
  return out;
}

result<std::vector<model::activity_event>> fake_spool::recent_events(std::string_view,
                                                                     std::size_t) {
  return events;
}

storage::spool_totals fake_spool::totals() const {
  storage::spool_totals t;
  t.messages = messages_.size();
  const auto open = open_envelopes();
  t.envelopes = open.size();
  t.deferred = static_cast<std::uint64_t>(
      std::ranges::count(open, model::outcome::deferred, &model::envelope::state));
  if (!messages_.empty()) t.oldest = messages_.begin()->second.record.accepted;
  return t;
}

}  // namespace signpost::test
