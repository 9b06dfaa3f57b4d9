// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/node.hpp"

#include <algorithm>

#include "tests/sim/world.hpp"

namespace signpost::sim {
namespace {

using cluster::replication::adoption;
using cluster::replication::machine_options;
using cluster::replication::mixed;
using cluster::replication::refusal;
using cluster::leases::join_decision;
using cluster::leases::member_row;
using cluster::wire::recipient_end;

constexpr std::int64_t ms = 1'000;
constexpr std::int64_t second = 1'000'000;
/// Away for so long that mail may have been forgotten: three days.
constexpr std::int64_t long_away = 90 * second;

/// The program's times, shorter where it waits for hours.
machine_options times_of_simulation(unsigned copies) {
  return {.copies = static_cast<std::uint8_t>(copies),
          .copies_min = static_cast<std::uint8_t>(copies),
          .put_again = milliseconds(1'500),
          .holder_avoided = milliseconds(4'000),
          .ask_again = milliseconds(1'000),
          .wait_believed = milliseconds(30'000),
          .silence_believed = milliseconds(120'000),
          .del_again = milliseconds(2'000),
          .del_by_holders = milliseconds(20'000),
          .tombstone_kept = milliseconds(15'000),
          .audit_every = milliseconds(30'000),
          .audit_again = milliseconds(3'000)};
}

}  // namespace

// ---- life --------------------------------------------------------------------------------------

void sim_node::start() {
  if (running() || starting || gone) return;
  starting = true;
  first_look_ = world_.shared().of(number).is;
  world_.post(4 * second, {.kind = event_kind::joined, .node = number, .process = process});
}

void sim_node::joined() {
  starting = false;
  const auto& row = world_.shared().of(number).is;
  if (row.removed) {
    gone = true;
    return;
  }
  disk.memory.tenure = disk.tenure;
  const auto decision = decide_join(disk.memory, first_look_, row);
  if (decision == join_decision::refused) return start();
  began_old = decision == join_decision::old_disk;
  const bool long_gone = disk.last_alive != 0 && world_.now_us() - disk.last_alive > long_away;
  disk.memory.starts = std::max(disk.memory.starts, row.starts) + 1;
  if (began_old || disk.disk == 0) {
    disk.disk = world_.new_disk();
    cluster::leases::identity self{.node = number, .disk = disk.disk};
    disk.tenure = world_.shared().raise(self, std::max(row.tenure, disk.tenure));
    for (auto& m : disk.members) {
      if (m.node == number) m.ended = std::max(m.ended, disk.tenure - 1);
    }
  }
  disk.old_rows = disk.old_rows || began_old || long_gone;
  const cluster::leases::identity self{.node = number,
                                       .disk = disk.disk,
                                       .tenure = disk.tenure,
                                       .boot = world_.random().next(),
                                       .starts = disk.memory.starts,
                                       .renewals = renewals_so_far(disk.memory, row)};
  disk.memory.renewals = self.renewals;
  auto& kept = world_.shared().of(number);
  kept.is.starts = self.starts;
  kept.is.disk = self.disk;
  kept.boot = self.boot;
  world_.trace("node %u begins: disk %llx tenure %u%s%s", number,
               static_cast<unsigned long long>(self.disk % 0x10000), self.tenure,
               began_old ? " (old disk)" : "", long_gone ? " (long away)" : "");
  lease_ = std::make_unique<cluster::leases::lease_machine>(
      self, cluster::leases::lease_options{.minority_patience = milliseconds(120'000)},
      *world_.rules().leases, *this);
  lease_->restore(disk.members, world_.now());
  lease_->told(world_.shared().all(), world_.now());
  disk.tenure = lease_->self().tenure;
  machine_ = std::make_unique<cluster::replication::machine>(
      number, times_of_simulation(world_.options().copies), *world_.rules().copies, *this);
  for (const auto& [id, r] : disk.rows) machine_->restore(id, r, disk.old_rows);
  for (const auto& [id, g] : disk.graves) machine_->restore(id, g);
  machine_->set_members(lease_->view(world_.now()), world_.now());
  old_until_ = machine_->written();
  if (old_until_ == 0) disk.old_rows = false;
  tick();
}

void sim_node::crash() {
  // What was being written may have reached the disk, or not.
  if (running() && !writes_.empty() && world_.random().in(2)) apply_all();
  ++process;
  machine_.reset();
  lease_.reset();
  writes_.clear();
  waiting_.clear();
  ops_ = synced_ = 0;
  syncing_ = false;
  scheduled_.clear();
  stopping_.clear();
  unreadable_.clear();
  under_way.clear();
  paused_until = 0;
  starting = left = false;
}

void sim_node::tick() {
  const auto now = world_.now();
  disk.last_alive = world_.now_us();
  const auto at = world_.now_us();
  if (at >= useless_until) lease_->proof(now);
  lease_->set_full(at < full_until);
  lease_->tick(now);
  if (!running()) return;
  machine_->set_members(lease_->view(now), now);
  machine_->set_serving(lease_->may_serve(now), now);
  machine_->tick(now);
  // What cannot be read anywhere, with everyone there, ends; here: what was promised to nobody.
  for (const auto& id : std::exchange(unreadable_, {})) {
    if (world_.faults_are_over() && world_.nowhere(id)) machine_->remove(id, 0, now);
  }
  world_.post(500 * ms, {.kind = event_kind::tick, .node = number, .process = process});
}

bool sim_node::serves() const {
  return running() && lease_->may_serve(world_.now());
}

void sim_node::receive(node_number from, const cluster::wire::copies_message& message) {
  if (running()) machine_->received(from, message, world_.now());
}

void sim_node::heard(node_number from, const cluster::wire::heartbeat& beat) {
  if (running()) lease_->heard(from, beat, world_.now());
}

// ---- the disk ----------------------------------------------------------------------------------

void sim_node::send(node_number to, cluster::wire::copies_message message, std::uint64_t after) {
  if (after <= synced_) return world_.send(number, to, message);
  waiting_.push_back({after, to, std::move(message)});
}

void sim_node::store(const queue_id& id, const message_row& row) {
  world_.trace("  node %u stores %s", number, world::name(id).c_str());
  writes_.push_back({.number = ++ops_, .id = id, .row = row});
  flush();
}
void sim_node::erase(const queue_id& id) {
  world_.trace("  node %u erases %s", number, world::name(id).c_str());
  writes_.push_back({.number = ++ops_, .id = id, .erase_row = true});
  scheduled_.erase(id);
  flush();
}
void sim_node::bury(const queue_id& id, const tombstone& grave) {
  writes_.push_back({.number = ++ops_, .id = id, .grave = grave});
  flush();
}
void sim_node::exhume(const queue_id& id) {
  world_.trace("  node %u forgets %s", number, world::name(id).c_str());
  writes_.push_back({.number = ++ops_, .id = id, .erase_grave = true});
  world_.books().of(id).forgotten = true;
  flush();
}

// All that is asked for within one event is one batch: the write begins after it.
void sim_node::flush() {
  if (syncing_) return;
  syncing_ = true;
  world_.post(world_.random().between(300, 8 * ms),
              {.kind = event_kind::synced, .node = number, .process = process});
}

void sim_node::apply_all() {
  for (auto& w : writes_) {
    if (w.row) disk.rows.insert_or_assign(w.id, std::move(*w.row));
    if (w.grave) disk.graves.insert_or_assign(w.id, std::move(*w.grave));
    if (w.erase_row) disk.rows.erase(w.id);
    if (w.erase_grave) disk.graves.erase(w.id);
  }
}

void sim_node::synced(std::uint64_t) {
  // The batch of the event that began this write is whole by now.
  const auto last = writes_.empty() ? ops_ : writes_.back().number;
  apply_all();
  writes_.clear();
  syncing_ = false;
  synced_ = last;
  if (synced_ >= old_until_) disk.old_rows = false;
  std::vector<waiting_message> ready;
  std::erase_if(waiting_, [&](waiting_message& m) {
    if (m.after > synced_) return false;
    ready.push_back(std::move(m));
    return true;
  });
  for (const auto& m : ready) world_.send(number, m.to, m.message);
  machine_->durable(synced_, world_.now());
}

// ---- mail --------------------------------------------------------------------------------------

void sim_node::nowhere_readable(const queue_id& id) {
  unreadable_.insert(id);
}

void sim_node::accepted(const queue_id& id) {
  auto& m = world_.books().of(id);
  m.acknowledged = true;
  if (!m.report) {
    ++world_.result().acknowledged;
    world_.trace("node %u acknowledges %s", number, world::name(id).c_str());
    world_.something_new(number);
  }
  deliver(id, false, 0);
}

void sim_node::refused(const queue_id& id, refusal why) {
  ++world_.result().refused;
  world_.books().of(id).withdrawn = true;
  world_.trace("node %u refuses %s (%d)", number, world::name(id).c_str(), static_cast<int>(why));
}

void sim_node::deliver(const queue_id& id, bool, std::uint64_t) {
  stopping_.erase(id);
  scheduled_.insert(id);
  const auto* row = machine_->row(id);
  for (std::uint32_t r = 0; r < row->progress.size(); ++r) {
    if (row->progress[r].end == recipient_end::open) {
      // Some destinations are away for long.
      const bool slow = id.octets().back() % 3 == 0;
      schedule(id, r, slow ? world_.random().between(10 * second, 70 * second)
                           : world_.random().between(20 * ms, 6 * second));
    }
  }
}

void sim_node::schedule(const queue_id& id, std::uint32_t recipient, std::int64_t after_us) {
  world_.post(after_us, {.kind = event_kind::attempt,
                         .node = number,
                         .process = process,
                         .number = recipient,
                         .id = id});
}

void sim_node::stop(const queue_id& id) {
  scheduled_.erase(id);
  stopping_.insert(id);
  world_.post(1 * ms, {.kind = event_kind::stopped, .node = number, .process = process, .id = id});
}

void sim_node::say_stopped(const queue_id& id) {
  if (!stopping_.contains(id)) return;
  const auto busy = std::ranges::any_of(under_way, [&](const auto& u) { return u.first == id; });
  if (busy) {
    world_.post(200 * ms,
                {.kind = event_kind::stopped, .node = number, .process = process, .id = id});
    return;
  }
  stopping_.erase(id);
  machine_->stopped(id, world_.now());
}

void sim_node::begin_attempt(const queue_id& id, std::uint32_t recipient) {
  if (!scheduled_.contains(id)) return;
  const auto* row = machine_->row(id);
  if (row == nullptr || !machine_->owns(id)) return;
  if (row->progress[recipient].end != recipient_end::open) return;
  const auto closing = std::ranges::any_of(row->closing, [&](const auto& c) {
    return c.recipient == recipient && c.end != recipient_end::open;
  });
  if (closing || under_way.contains({id, recipient})) return;
  if (!serves() || !row->readable) return schedule(id, recipient, 2 * second);
  under_way.emplace(id, recipient);
  world_.post(world_.random().between(10 * ms, 800 * ms), {.kind = event_kind::attempted,
                                                           .node = number,
                                                           .process = process,
                                                           .number = recipient,
                                                           .id = id});
}

void sim_node::end_attempt(const queue_id& id, std::uint32_t recipient) {
  under_way.erase({id, recipient});
  auto& d = world_.random();
  const bool report = world_.books().of(id).report;
  const auto what = d.below(100);
  // One settlement in three makes a message: bounces, notices of delay.
  if (what < 55 || (report && what < 90)) {
    world_.delivered(*this, id, recipient);
    return machine_->settle(id, {.recipient = recipient, .end = recipient_end::delivered},
                            world_.now());
  }
  if (what < 70 || report) {
    machine_->settle(id, {.recipient = recipient}, world_.now());
    return schedule(id, recipient, d.between(1 * second, 15 * second));
  }
  settle_report(id, recipient, what < 90 ? recipient_end::bounced : recipient_end::open);
  if (what >= 90) schedule(id, recipient, d.between(1 * second, 15 * second));
}

void sim_node::settle_report(const queue_id& id, std::uint32_t recipient, recipient_end end) {
  const auto made = world_.new_id(number);
  auto& m = world_.books().of(made);
  m.report = true;
  m.recipients.resize(1);
  ++world_.result().reports;
  if (end == recipient_end::bounced) {
    world_.books().of(id).recipients[recipient].reports.push_back(made);
  }
  world_.trace("node %u: %s/%u makes %s", number, world::name(id).c_str(), recipient,
               world::name(made).c_str());
  const auto digest = mixed(static_cast<std::uint64_t>(world_.now_us()) + number);
  machine_->accept({.id = made, .digest = digest, .own_message = true}, world_.now());
  machine_->settle(id, {.recipient = recipient, .end = end, .made = {made}}, world_.now());
  world_.something_new(number);
}

void sim_node::adopted(const queue_id& id, const cluster::wire::claim& before, adoption why) {
  world_.adopted(*this, id, before, why);
}

void sim_node::quarantined(const queue_id& id) {
  ++world_.result().quarantined;
  world_.trace("node %u quarantines %s", number, world::name(id).c_str());
}

// ---- leases ------------------------------------------------------------------------------------

void sim_node::renew(const cluster::leases::identity& self, node_number via,
                     std::span<const member_row> known) {
  if (self.renewals > disk.memory.renewals + 20) disk.memory.renewals = self.renewals;
  std::vector<member_row> rows(known.begin(), known.end());
  const auto sent = world_.now();
  world_.ask_coordinator(*this, via, event_kind::renew, [this, self, sent, rows, p = process, via] {
    auto& w = world_;
    const auto outcome = w.shared().renew(self, rows, w.now_us() / ms);
    auto all = w.shared().all();
    const auto answer = [this, sent, outcome, timeline = w.shared().timeline(),
                         all = std::move(all), p] {
      if (process != p || !running()) return;
      switch (outcome) {
        case coordinator::outcome::renewed:
          return lease_->renewed(sent, timeline, all, world_.now());
        case coordinator::outcome::ended: return lease_->told(all, world_.now());
        case coordinator::outcome::replaced: return lease_->replaced();
      }
    };
    w.ask_coordinator(*this, via, event_kind::renewal, answer);
  });
}

void sim_node::fence(const cluster::leases::observation& seen) {
  world_.ask_coordinator(*this, 0, event_kind::fence, [this, seen] {
    auto& w = world_;
    auto& victim = w.node(seen.node);
    const bool serving = victim.serves() && victim.lease().self().tenure == seen.tenure;
    if (!w.shared().fence(seen)) return;
    ++w.result().fences;
    w.trace("node %u ends tenure %u of node %u%s", number, seen.tenure, seen.node,
            serving ? ", which serves" : "");
    if (!serving) return;
    ++w.result().unjust;
    if (w.result().first_failure.empty()) {
      w.result().first_failure =
          "node " + std::to_string(seen.node) + " was fenced while it was serving";
    }
  });
}

void sim_node::ask_for_tenure(cluster::wire::tenure_number above) {
  const auto self = lease_->self();
  world_.ask_coordinator(*this, 0, event_kind::raise, [this, self, above, p = process] {
    const auto tenure = world_.shared().raise(self, above);
    world_.ask_coordinator(*this, 0, event_kind::raised, [this, tenure, p] {
      if (process != p || !running()) return;
      lease_->granted(tenure, world_.now());
      disk.tenure = lease_->self().tenure;
    });
  });
}

void sim_node::beat(const cluster::wire::heartbeat& beat) {
  world_.send_beat(number, beat);
}

void sim_node::keep(std::span<const member_row> rows) {
  disk.members.assign(rows.begin(), rows.end());
}

void sim_node::leave(cluster::leases::leave_reason why,
                     const cluster::wire::member_news& known) {
  using cluster::leases::leave_reason;
  world_.trace("node %u leaves: %s", number,
               why == leave_reason::removed    ? "removed"
               : why == leave_reason::replaced ? "replaced"
                                               : "behind");
  if (why == leave_reason::removed) gone = true;
  if (why == leave_reason::behind) {
    disk.memory.starts = std::max(disk.memory.starts, known.starts);
    disk.tenure = std::max(disk.tenure, known.tenure);
    if (known.disk != disk.disk) disk.disk = 0;
  }
  left = true;
}

}  // namespace signpost::sim
