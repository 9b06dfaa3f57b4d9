// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SCHEDULER: decides which durable envelopes are in memory, groups them into jobs, and gives
// each job to the DESTINATION QUEUE of its site. The spool's schedule is the truth; what the
// SCHEDULER holds is a bounded window onto it.
//
// An envelope is *active* from the moment it is taken into memory until its outcome is durable; it
// is never taken twice. What does not fit stays in the spool, and its next hop is remembered as
// having a backlog, which is read as soon as there is room.
//
// Threads: an actor. Limits: `scheduler_options`.
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/queue/destination_queue.hpp"
#include "actors/queue/read_fence.hpp"
#include "storage/spool.hpp"

namespace signpost::actors {

struct scheduler_options {
  /// Envelopes in memory at once, in all and for one next hop.
  std::size_t active_max = 20'000;
  std::size_t active_per_next_hop_max = 2'000;
  milliseconds scan_interval = std::chrono::seconds(1);
  std::size_t scan_page = 1'000;
  /// The schedule is read from its beginning so often, in case anything was passed over.
  milliseconds rescan_interval = std::chrono::minutes(30);
  /// A plan is asked for anew after its DNS TTL, but not more often or more seldom than this.
  seconds plan_ttl_min{60};
  seconds plan_ttl_max{3600};
};

struct scheduler_dependencies {
  storage::spool& spool;  ///< health and totals only; reads go through the SPOOL READER
  std::shared_ptr<const destination_dependencies> destination;
  mx_planner_actor planner;
  scheduler_options options;
};

class scheduler_state {
 public:
  static inline const char* name = "scheduler";
  using pointer = scheduler_actor::stateful_pointer<scheduler_state>;

  explicit scheduler_state(pointer self) : self_(self) {}
  void start(scheduler_dependencies with);

  void take_work(const new_work& work);
  void settled(const job_settled& message);
  void retire(const std::string& site);
  void command(const queue_command& c);
  void queue_ended(const caf::down_msg& message);
  void on_tick();
  caf::typed_response_promise<settle_response> finish();
  [[nodiscard]] status_report status() const;

 private:
  struct key {
    model::queue_id id;
    std::uint32_t index = 0;
    friend bool operator==(const key&, const key&) = default;
  };
  struct key_hash {
    std::size_t operator()(const key& k) const {
      return std::hash<model::queue_id>{}(k.id) * 31 + k.index;
    }
  };
  /// What is known of one next hop while it has work or a fresh plan.
  struct next_hop_state {
    std::size_t active = 0;
    bool backlog = false;  ///< more is due in the spool than is in memory
    bool planning = false;
    std::string site;  ///< empty until planned
    steady_time plan_expires{};
    std::vector<job_ptr> waiting_for_plan;
  };

  /// A destination queue and how many active envelopes it was given.
  struct site_state {
    destination_queue_actor queue;
    std::size_t active = 0;
  };
  using fence = read_fence<key, key_hash>;

  [[nodiscard]] static key key_of(const model::envelope& e) { return {e.id, e.index}; }
  /// How a page of envelopes could be taken.
  enum class taken { all, next_hop_full, memory_full };

  [[nodiscard]] body_ptr keep(const body_ptr& body) const;
  taken take(const std::vector<model::envelope>& envelopes,
             const std::shared_ptr<const model::message_record>& record, const body_ptr& body,
             fence::ticket read);
  void activate(const model::envelope& e, const job_ptr& job);
  void release(const model::envelope& e);
  void mark_backlog(const std::string& next_hop);
  void dispatch(const job_ptr& job);
  void hand_over(const std::string& site, const job_ptr& job);
  void ask_plan(const std::string& next_hop);
  void planned(const std::string& next_hop, delivery_plan plan);
  void scan();
  void scanned(const scan_response& response, fence::ticket read);
  void read_backlogs();
  [[nodiscard]] std::vector<std::string> choose_backlogs();
  void read_backlog(const std::string& next_hop);
  void backlog_read(const std::string& next_hop, const scan_response& response, fence::ticket read);
  void forget_if_idle(const std::string& next_hop);
  void run_command(const queue_command& c, const std::vector<model::envelope>& envelopes,
                   fence::ticket read);
  void commit_command(const queue_command& c, const std::vector<model::envelope>& claimed);
  [[nodiscard]] std::vector<model::envelope> claim_for_command(
      const queue_command& c, const std::vector<model::envelope>& envelopes, fence::ticket read);
  [[nodiscard]] bool may_start() const;

  pointer self_;
  std::optional<scheduler_dependencies> with_;
  std::unordered_map<key, job_ptr, key_hash> active_;
  std::unordered_map<std::string, next_hop_state> next_hops_;
  /// First come, first read: nobody's backlog waits for ever behind another's.
  std::list<std::string> backlogs_;
  std::map<std::string, site_state> sites_;
  storage::scan_position position_;
  /// Everything that was due at this time has been seen by a scan, or is a backlog.
  wall_time scanned_until_{};
  steady_time next_rescan_{};
  bool scanning_ = false;
  fence reads_;
  bool draining_ = false;
};

scheduler_actor::behavior_type scheduler(scheduler_state::pointer self,
                                         scheduler_dependencies with);

}  // namespace signpost::actors
