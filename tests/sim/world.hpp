// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One run: nodes with disks, a network, a coordinator, clients and destinations, and everything
// that goes wrong with them, by the seed. The machines are those of the program; time is virtual.
//
//     world w({.nodes = 5, .copies = 2, .seed = 7});
//     const auto result = w.run();
//
// Cost: about 10 ms of a processor.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/controls.hpp"
#include "tests/sim/coordinator.hpp"
#include "tests/sim/dice.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/node.hpp"

namespace signpost::sim {

struct world_options {
  unsigned nodes = 5;
  unsigned copies = 2;
  std::uint64_t seed = 1;
  unsigned seconds = 150;     ///< with faults
  unsigned messages = 60;
  bool trace = false;
  const control* with = nullptr;
};

enum class event_kind : std::uint8_t {
  message,    ///< arrives at `node` from `other`
  beat,
  tick,
  synced,     ///< the write of `node` up to `number`
  attempt,    ///< at a destination begins
  attempted,  ///< and ends
  stopped,
  start,      ///< of a process
  joined,     ///< the second look at the row
  renew,      ///< arrives at the coordinator
  renewal,    ///< its answer arrives
  fence,
  raise,
  raised,
  client,     ///< a message comes in
  fault,
  disk_fails,
  healed,
  watch,      ///< each second
};

struct event {
  std::int64_t at = 0;  ///< microseconds
  std::uint64_t order = 0;
  event_kind kind{};
  node_number node = 0;
  node_number other = 0;
  std::uint32_t process = 0;  ///< of `node`: events of an earlier one are void
  std::uint32_t payload = 0;
  std::uint64_t number = 0;
  queue_id id;
  bool operator>(const event& o) const { return at != o.at ? at > o.at : order > o.order; }
};

class world {
 public:
  explicit world(const world_options& options);
  run_result run();

  // ---- for nodes -------------------------------------------------------------------------------
  [[nodiscard]] steady_time now() const {
    return steady_time(std::chrono::microseconds(now_));
  }
  [[nodiscard]] std::int64_t now_us() const { return now_; }
  void post(std::int64_t after_us, event e);
  void send(node_number from, node_number to, const cluster::wire::copies_message& message);
  void send_beat(node_number from, const cluster::wire::heartbeat& beat);
  void ask_coordinator(sim_node& from, node_number via, event_kind kind,
                       std::function<void()> statement);
  void adopted(sim_node& by, const queue_id& id, const cluster::wire::claim& before,
               cluster::replication::adoption why);
  void delivered(sim_node& by, const queue_id& id, std::uint32_t recipient);
  queue_id new_id(node_number node);
  /// A node has promised something: now and then its disk fails at this very moment.
  void something_new(node_number node);
  [[nodiscard]] bool calm() const { return calm_; }
  [[nodiscard]] bool faults_are_over() const { return over_; }
  template <typename... Args>
  void trace(const char* format, Args... args) {
    if (!options_.trace) return;
    std::printf("%9.3f  ", static_cast<double>(now_) / 1e6);
    std::printf(format, args...);
    std::printf("\n");
  }
  static std::string name(const queue_id& id);

  dice& random() { return random_; }
  coordinator& shared() { return shared_; }
  ledger& books() { return books_; }
  run_result& result() { return result_; }
  [[nodiscard]] const world_options& options() const { return options_; }
  [[nodiscard]] const rule_set& rules() const { return rules_; }
  sim_node& node(node_number number) { return *nodes_[number - 1U]; }
  [[nodiscard]] const sim_node& node(node_number number) const { return *nodes_[number - 1U]; }
  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }
  /// No disk has a copy that can be read, and nobody was promised anything.
  [[nodiscard]] bool nowhere(const queue_id& id);
  cluster::wire::disk_id new_disk() { return random_.next() | 1U; }

 private:
  void handle(event& e);
  void client();
  void watch();
  bool reaches(node_number from, node_number to) const;
  [[nodiscard]] bool believes_repaired(node_number except) const;

  // faults.cpp
  void fault();
  void crash(node_number n, std::int64_t away_us);
  void fault_crash();
  void fault_pause();
  void fault_partition();
  void fault_coordinator();
  void fault_cut_from_coordinator();
  void fault_wipe();
  void wipe(node_number n);
  void fault_long_absence();
  void fault_old_disk();
  void fault_unreadable();
  void fault_drain();
  void fault_full();
  void fault_useless();
  void fault_network();
  void fault_remove_message();
  bool may_lose_a_disk(node_number n);
  void watch_drains();
  void backups();
  void heal_all();
  node_number some_node();
  node_number some_running_node();

  // checking
  [[nodiscard]] bool quiet() const;
  void operator_looks();
  void check_end();
  void fail(std::uint64_t& count, const std::string& what);

  world_options options_;
  dice random_;
  std::int64_t now_ = 1'000'000;
  std::uint64_t order_ = 0;
  coordinator shared_;
  std::int64_t now_ms_ = 0;
  rule_set rules_;
  ledger books_;
  run_result result_;
  std::vector<std::unique_ptr<sim_node>> nodes_;
  std::vector<event> queue_;  ///< a heap
  std::vector<cluster::wire::copies_message> mail_;
  std::vector<std::uint32_t> free_mail_;
  std::vector<std::shared_ptr<const cluster::wire::heartbeat>> beats_;
  std::vector<std::uint32_t> free_beats_;
  std::vector<std::function<void()>> calls_;
  std::vector<std::uint32_t> free_calls_;
  std::vector<std::int64_t> cut_until_;  ///< from × to
  std::int64_t coordinator_away_until_ = 0;
  unsigned loss_percent_ = 0;
  unsigned twice_percent_ = 0;
  std::int64_t delay_max_us_ = 4'000;
  std::int64_t bad_network_until_ = 0;
  std::int64_t went_back_at_ = -1'000'000'000;
  unsigned disks_to_lose_ = 0;
  unsigned removed_ = 0;
  unsigned clients_left_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t groups_ = 0;
  bool calm_ = false;
  bool over_ = false;
};

}  // namespace signpost::sim
