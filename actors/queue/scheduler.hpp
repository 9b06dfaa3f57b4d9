// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SCHEDULER: decides which durable envelopes are in memory, groups them into jobs, and gives
// each job to the DESTINATION QUEUE of its site. The spool's schedule is authoritative; the
// SCHEDULER holds a bounded window onto it.
//
// The schedule is read by time: first what becomes due from now on, and in parallel what was due
// before (catching up after a start). A next hop that has its share in memory, or whose site is in
// trouble, is skipped; the position in its own part of the schedule is remembered, and read when
// there is room. So neither scans nor memory depend on how much waits for a dead destination.
//
// Shares: a next hop has at most as many envelopes in memory as it leaves room for others; the last
// eighth of memory is for sites that have answered lately; sites in trouble have half of it
// together, and few each.
//
// An envelope is *active* from the moment it is taken into memory until its outcome is durable; it
// is never taken twice. Envelopes that do not fit stay in the spool, and their next hop is
// remembered as having a backlog, which is read as soon as there is room.
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

#include "actors/delivery/delivery_plan.hpp"
#include "actors/interfaces.hpp"
#include "actors/queue/destination_queue.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/read_fence.hpp"
#include "actors/queue/scheduler_options.hpp"
#include "model/queue/next_hop.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

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
  void returned(const jobs_returned& message);
  void learn(const site_news& news);
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
    bool backlog = false;             ///< more is due in the spool than in memory…
    storage::scan_position from;      ///< …none of it before this
    storage::scan_position looked_at;  ///< how far it was searched for envelopes that must not wait
    bool planning = false;
    std::string site;  ///< empty until planned
    steady_time plan_expires{};
    std::vector<job_ptr> waiting_for_plan;
  };

  /// A destination queue and how many active envelopes it was given.
  struct site_state {
    destination_queue_actor queue;
    std::size_t active = 0;
    site_news news = {};
  };
  /// The position of a scan of the whole schedule.
  struct scan_state {
    storage::scan_position position;
    bool under_way = false;
  };
  enum class scan_kind { new_due, catch_up };
  /// An operator's command, until it is answered.
  struct command_run {
    queue_command order;
    std::size_t steps = 0;  ///< pages and commits under way
    std::size_t cut = 0;    ///< recipients whose attempts were cut for it and have not ended
    std::size_t found = 0;
    std::size_t changed = 0;
    std::optional<error> failure;
    bool answered = false;
    steady_time since;
  };
  using run_ptr = std::shared_ptr<command_run>;
  using fence = read_fence<key, key_hash>;

  [[nodiscard]] static key key_of(const model::envelope& e) { return {e.id, e.index}; }
  /// How much of a page of envelopes was taken.
  enum class taken { all, next_hop_full, memory_full };

  [[nodiscard]] body_ptr keep(const body_ptr& body) const;
  taken take(const std::vector<model::envelope>& envelopes,
             const std::shared_ptr<const model::message_record>& record, const body_ptr& body,
             fence::ticket read);
  void activate(const model::envelope& e, const job_ptr& job);
  void release(const model::envelope& e);
  void give_back(const job_ptr& job);
  void mark_backlog(const model::next_hop& next_hop, const storage::scan_position& from);
  void mark_backlog(const model::envelope& e) {
    mark_backlog(e.next_hop, storage::position_of(e));
  }
  [[nodiscard]] const site_state* site_of(const next_hop_state& hop) const;
  [[nodiscard]] std::size_t room_for(const next_hop_state& hop) const;
  [[nodiscard]] bool may_read(const next_hop_state& hop) const;
  void dispatch(const job_ptr& job);
  void hand_over(const std::string& site, const job_ptr& job);
  void ask_plan(const model::next_hop& next_hop);
  void planned(const model::next_hop& next_hop, delivery_plan plan);
  void notice_clock();
  void look_beyond();
  void looked_beyond(const scan_response& response, fence::ticket read);
  void try_now(const std::vector<model::envelope>& late, fence::ticket read);
  void scan(scan_kind kind);
  void scanned(scan_kind kind, const scan_response& response, fence::ticket read);
  void look_from_the_beginning(wall_time now);
  [[nodiscard]] std::shared_ptr<const storage::next_hop_set> full_next_hops() const;
  void read_backlogs(std::size_t looked_at_max);
  void read_backlog(const model::next_hop& next_hop);
  void backlog_read(const model::next_hop& next_hop, const storage::scan_position& from,
                    const scan_response& response, fence::ticket read);
  void look_for_late_ones();
  void late_ones_read(const model::next_hop& next_hop, const scan_response& response,
                      fence::ticket read);
  [[nodiscard]] bool must_not_wait(const model::envelope& e, wall_time now) const;
  void forget_if_idle(const model::next_hop& next_hop);
  void read_command_page(const run_ptr& run, const storage::scan_position& from);
  void run_command(const run_ptr& run, const std::vector<model::envelope>& envelopes,
                   fence::ticket read);
  void cut_for(const run_ptr& run, const model::envelope& e, const job_ptr& job);
  void wake(const std::string& site);
  void attempt_cut(const job_settled& message);
  void commit_command(const run_ptr& run, const std::vector<model::envelope>& claimed);
  [[nodiscard]] std::vector<model::envelope> claim_for_command(
      const run_ptr& run, const std::vector<model::envelope>& envelopes, fence::ticket read);
  void claim(const model::envelope& e);
  void end_step(const run_ptr& run);
  void answer_late_commands();
  [[nodiscard]] bool may_start() const;

  pointer self_;
  std::optional<scheduler_dependencies> with_;
  std::unordered_map<key, job_ptr, key_hash> active_;
  std::unordered_map<model::next_hop, next_hop_state> next_hops_;
  /// In order of arrival: no backlog waits forever behind another.
  std::list<model::next_hop> backlogs_;
  std::map<std::string, site_state> sites_;
  std::map<scan_kind, scan_state> scans_;
  /// Envelopes due before this are left to the scan that catches up, while there is one.
  wall_time catch_up_until_{};
  bool catching_up_ = false;
  /// Too many next hops had a backlog to remember them all; the schedule has them.
  bool forgot_backlogs_ = false;
  /// Everything that was due at this time has been seen by a scan, or is a backlog, or is left to
  /// the scan that catches up.
  wall_time scanned_until_{};
  steady_time next_rescan_{};
  bool looking_for_late_ones_ = false;
  /// Entries that are due later than the longest wait are searched for at the start, and when the
  /// clock was set back.
  bool beyond_wanted_ = true;
  bool looking_beyond_ = false;
  storage::scan_position beyond_;
  wall_time last_tick_{};
  std::list<run_ptr> commands_;
  /// The recipients whose attempts are cut, and for which command.
  std::unordered_map<key, run_ptr, key_hash> cut_;
  fence reads_;
  bool draining_ = false;
};

scheduler_actor::behavior_type scheduler(scheduler_state::pointer self,
                                         scheduler_dependencies with);

}  // namespace signpost::actors
