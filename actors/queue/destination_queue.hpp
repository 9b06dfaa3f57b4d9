// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A DESTINATION QUEUE: what waits for one site (the domains that share a set of MX hosts), how much
// of it is sent at once, and the result of each attempt.
//
// A message is in memory while it is being sent. While it waits, it only is if there is room: in
// the site's share (site_share), and not too far back in line; otherwise it is read back from the
// spool when its turn comes. If there is no room then, those that wait behind it give theirs back,
// the last one first; if that is not enough, its turn comes when there is room.
//
// Threads: an actor. Limits: the window (destination_window), the site's share, and what the
// SCHEDULER hands in.
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "actors/delivery/delivery_plan.hpp"
#include "actors/interfaces.hpp"
#include "actors/queue/connection_slots.hpp"
#include "actors/queue/destination_window.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/rare_line.hpp"
#include "actors/queue/settlement.hpp"
#include "actors/queue/site_share.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/queue/mx_plan.hpp"
#include "model/queue/retry.hpp"
#include "monitoring/families.hpp"

namespace signpost::actors {

/// What every destination queue of a node uses.
struct destination_dependencies {
  const clock& time;
  random_source& random;
  monitoring::metrics& metrics;
  model::retry_policy retry;
  /// The clock by which mail expires, if it is earlier than `time`; nullptr: `time`.
  std::shared_ptr<const clock> sure_time = nullptr;
  model::mx_policy mx;
  window_options window;
  window_options webhook_window;  ///< of sites that are webhooks' hosts
  /// The memory for everything that waits or is being sent, and the share of one site.
  memory_budget& memory;
  std::size_t memory_per_site_max = 16U << 20;
  /// Log line: messages wait for memory, for all destinations together.
  std::shared_ptr<rare_line> memory_line = std::make_shared<rare_line>(std::chrono::seconds(10));
  connection_slots& slots;
  connection_slots& webhook_slots;  ///< the same for requests to webhooks
  /// A site that does not answer at all for this time gets one attempt at a time.
  milliseconds hang_after = std::chrono::seconds(15);
  /// A queue that has been idle for this time ends; a new one starts with a small window.
  milliseconds idle_max = std::chrono::minutes(5);
  /// When the node stops, transfers not completed after this time are aborted.
  milliseconds stop_patience = std::chrono::seconds(3);
  spool_reader_actor reader;
  sealer_actor sealer;
  delivery_actor delivery;
  bouncer_actor bouncer;
  spooler_actor spooler;
};

class destination_queue_state {
 public:
  static inline const char* name = "destination_queue";
  using pointer = destination_queue_actor::stateful_pointer<destination_queue_state>;

  explicit destination_queue_state(pointer self) : self_(self) {}
  void start(scheduler_actor scheduler, std::shared_ptr<const destination_dependencies> with,
             delivery_plan plan);

  void enqueue(job_ptr job);
  void set_plan(delivery_plan plan);
  void wake();
  void on_tick();
  caf::typed_response_promise<settle_response> finish();
  [[nodiscard]] status_report status() const;

 private:
  /// A job under way.
  struct running {
    steady_time since;
    std::shared_ptr<attempt_leash> leash;
    connection_slots::place place;  ///< none if nothing is attempted
    bool encoded = false;           ///< a copy in 7 bits was asked for
  };

  void pump();
  [[nodiscard]] bool has_room(steady_time now) const;
  bool begin_first(steady_time now);
  [[nodiscard]] connection_slots& slots() const;
  void wake_at(steady_time when);
  void look_for_hanging(steady_time now);
  void return_waiting();
  void tell_news();
  void begin(job_ptr job, std::size_t slot);
  using job_step = std::function<void(const job_ptr& job, std::size_t slot)>;
  void load(job_ptr job, std::size_t slot, job_step then);
  void loaded(const job_ptr& job, std::size_t slot, load_response& response, const job_step& then);
  // destination_unread.cpp: the message was not read.
  void not_read(const job_ptr& job, std::size_t slot, const error& why);
  [[nodiscard]] milliseconds pause_before_reading(const model::queue_id& id);
  void tell_sender(const job_ptr& job, std::size_t slot, settlement s, const error& why);
  void tell_operator(const job_ptr& job, std::size_t slot, settlement s, const error& why);
  void commit_unread(const job_ptr& job, std::size_t slot, settlement s,
                     std::vector<storage::new_message> messages);
  void wait_for_memory(const job_ptr& job, std::size_t slot);
  void log_wait_for_memory(steady_time now) const;
  [[nodiscard]] bool forget_last_message();
  [[nodiscard]] bool may_keep_message(delivery_job& job);
  void forget_message(delivery_job& job);
  void seal(job_ptr job, std::size_t slot);
  void deliver(job_ptr job, std::size_t slot, seal_response sealed);
  void attempt(job_ptr job, std::size_t slot, deliver_request order);
  void delivered(const job_ptr& job, std::size_t slot, const deliver_response& response);
  void deliver_encoded(const job_ptr& job, std::size_t slot, const deliver_response& response);
  void not_attempted(const job_ptr& job, std::size_t slot, const smtp::reply& reply);
  void postpone(const job_ptr& job, std::size_t slot, std::string why);
  void host_failed(const deliver_response& response);
  void put_off_waiting();
  void put_off(const job_ptr& job);
  [[nodiscard]] bool needs_message(const delivery_job& job) const;
  [[nodiscard]] job_ptr requeue(const job_ptr& job, std::vector<model::envelope> again);
  void report_failures(job_ptr job, std::size_t slot, settlement s);
  void report_delays(job_ptr job, std::size_t slot, settlement s,
                     std::vector<storage::new_message> messages);
  void commit(job_ptr job, std::size_t slot, settlement s,
              std::vector<storage::new_message> messages);
  void finished(const job_ptr& job, std::size_t slot, const job_settled& how);
  void cut_for_stop(steady_time now);
  void answer_drain();
  void log_outcome(const storage::envelope_update& update, const deliver_response* response) const;
  [[nodiscard]] std::size_t free_slot() const;
  [[nodiscard]] settlement_context context() const;

  pointer self_;
  scheduler_actor scheduler_;
  std::shared_ptr<const destination_dependencies> with_;
  delivery_plan plan_;
  std::optional<destination_window> window_;
  std::deque<job_ptr> pending_;
  std::shared_ptr<site_share> share_;
  /// The first waiting job found no room for its message; checked again at this time, or when
  /// something else ends.
  std::optional<steady_time> no_memory_until_;
  /// The same if there was no place for another connection.
  std::optional<steady_time> no_place_until_;
  std::map<std::size_t, running> busy_slots_;
  /// For messages that could not be read: how long they waited the last time. They are always read
  /// again as a whole.
  std::map<model::queue_id, milliseconds> read_pauses_;
  steady_time last_answer_{};
  bool proven_ = false;
  site_news told_;                    ///< what the SCHEDULER knows
  std::optional<smtp::reply> trouble_;  ///< why the destination is dead
  /// For jobs that are postponed without an attempt: places without a connection.
  std::size_t next_put_off_slot_ = 1U << 20;
  steady_time last_work_{};
  std::optional<steady_time> next_wake_;
  bool draining_ = false;
  std::optional<steady_time> cut_at_;  ///< when attempts are broken off because the node stops
  std::vector<caf::typed_response_promise<settle_response>> drained_;
};

destination_queue_actor::behavior_type destination_queue(
    destination_queue_state::pointer self, scheduler_actor scheduler,
    std::shared_ptr<const destination_dependencies> with, delivery_plan plan);

}  // namespace signpost::actors
