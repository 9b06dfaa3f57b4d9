// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A node of the simulation: what the program does around the machines, with a disk that loses what
// was not synced and a process that ends at any moment.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "cluster/leases/lease_machine.hpp"
#include "cluster/replication/machine.hpp"

namespace signpost::sim {

class world;
using cluster::replication::message_row;
using cluster::replication::queue_id;
using cluster::replication::tombstone;
using cluster::wire::node_number;

struct sim_disk {
  cluster::wire::disk_id disk = 0;
  cluster::wire::tenure_number tenure = 1;
  cluster::leases::disk_memory memory;
  std::int64_t last_alive = 0;
  bool old_rows = false;  ///< not all of them are stored as old yet
  std::vector<cluster::leases::member_row> members;
  std::map<queue_id, message_row> rows;
  std::map<queue_id, tombstone> graves;
};

class sim_node final : public cluster::replication::outlet, public cluster::leases::lease_outlet {
 public:
  sim_node(world& w, node_number its_number, sim_disk its_disk)
      : disk(std::move(its_disk)), number(its_number), world_(w) {}

  // ---- life ------------------------------------------------------------------------------------
  void start();
  void joined();
  void crash();
  void tick();
  void synced(std::uint64_t write);
  void receive(node_number from, const cluster::wire::copies_message& message);
  void heard(node_number from, const cluster::wire::heartbeat& beat);
  void begin_attempt(const queue_id& id, std::uint32_t recipient);
  void end_attempt(const queue_id& id, std::uint32_t recipient);
  void say_stopped(const queue_id& id);
  [[nodiscard]] bool running() const { return machine_ != nullptr; }
  [[nodiscard]] bool serves() const;
  cluster::replication::machine& machine() { return *machine_; }
  [[nodiscard]] const cluster::replication::machine& machine() const { return *machine_; }
  cluster::leases::lease_machine& lease() { return *lease_; }
  [[nodiscard]] const cluster::leases::lease_machine& lease() const { return *lease_; }

  // ---- replication::outlet ---------------------------------------------------------------------
  void send(node_number to, cluster::wire::copies_message message, std::uint64_t after) override;
  void store(const queue_id& id, const message_row& row) override;
  void erase(const queue_id& id) override;
  void bury(const queue_id& id, const tombstone& grave) override;
  void exhume(const queue_id& id) override;
  void accepted(const queue_id& id) override;
  void refused(const queue_id& id, cluster::replication::refusal why) override;
  void deliver(const queue_id& id, bool try_first, std::uint64_t after) override;
  void stop(const queue_id& id) override;
  void adopted(const queue_id& id, const cluster::wire::claim& before,
               cluster::replication::adoption why) override;
  void quarantined(const queue_id& id) override;
  void nowhere_readable(const queue_id& id) override;
  void restored(const queue_id&) override {}
  void removal_done(std::uint64_t) override {}

  // ---- leases::lease_outlet --------------------------------------------------------------------
  void renew(const cluster::leases::identity& self, node_number via,
             std::span<const cluster::leases::member_row> known) override;
  void fence(const cluster::leases::observation& seen) override;
  void ask_for_tenure(cluster::wire::tenure_number above) override;
  void beat(const cluster::wire::heartbeat& beat) override;
  void keep(std::span<const cluster::leases::member_row> rows) override;
  void leave(cluster::leases::leave_reason why,
             const cluster::wire::member_news& known) override;

  sim_disk disk;
  std::optional<sim_disk> backup;
  std::int64_t backup_at = 0;
  node_number number;
  std::uint32_t process = 0;
  std::int64_t paused_until = 0;
  std::int64_t useless_until = 0;
  std::int64_t full_until = 0;
  std::int64_t cut_from_coordinator_until = 0;
  bool gone = false;          ///< removed for good
  bool draining = false;      ///< the operator's wish
  bool starting = false;
  bool left = false;          ///< the process ends after this event
  std::int64_t drain_until = 0;
  bool began_old = false;     ///< what is on the disk is old
  std::set<std::pair<queue_id, std::uint32_t>> under_way;

 private:
  struct disk_write {
    std::uint64_t number = 0;
    queue_id id;
    std::optional<message_row> row;
    std::optional<tombstone> grave;
    bool erase_row = false;
    bool erase_grave = false;
  };
  struct waiting_message {
    std::uint64_t after = 0;
    node_number to = 0;
    cluster::wire::copies_message message;
  };
  void flush();
  void apply_all();
  void schedule(const queue_id& id, std::uint32_t recipient, std::int64_t after_us);
  void settle_report(const queue_id& id, std::uint32_t recipient,
                     cluster::replication::recipient_end end);

  world& world_;
  std::unique_ptr<cluster::leases::lease_machine> lease_;
  std::unique_ptr<cluster::replication::machine> machine_;
  cluster::leases::member_row first_look_;
  std::vector<disk_write> writes_;
  std::vector<waiting_message> waiting_;
  std::uint64_t ops_ = 0;     ///< as the machine counts them
  std::uint64_t synced_ = 0;
  std::uint64_t old_until_ = 0;
  bool syncing_ = false;
  std::set<queue_id> scheduled_;
  std::set<queue_id> stopping_;
  std::set<queue_id> unreadable_;
};

}  // namespace signpost::sim
