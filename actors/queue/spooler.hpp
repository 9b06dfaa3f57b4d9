// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SPOOLER: the only writer of the spool. It collects what is in its mailbox and commits it as
// one synced write, then answers everyone: group commit without timers, which adapts to the disk.
// Where other nodes keep copies, these are sent before the write, and neither the client nor the
// SCHEDULER learns that a message was accepted before enough of them are confirmed; several groups
// can wait for that at the same time. An accepted message that is not copied in time is taken back.
//
// A refused accept is answered immediately (the client gets 452 and keeps the message). One whose
// client was told to try again, because the disk hung, is not written at all. A settlement —
// something has already happened at a destination — is kept and retried until it is durable: the
// requester gets no answer before that, so nothing can be sent twice because a disk was full.
//
// Threads: a detached actor; only commits block it.
// Limits: `spooler_options`.
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "base/clock.hpp"
#include "cluster/copies.hpp"
#include "monitoring/families.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

struct spooler_options {
  /// Octets and messages above which nothing is added to a commit.
  std::size_t batch_octets_max = 8U << 20;
  std::size_t batch_messages_max = 512;
  /// How many groups of accepted messages wait for their copies; above that nothing more is
  /// accepted until one of them is confirmed.
  std::size_t groups_unconfirmed_max = 4;
};

struct spooler_dependencies {
  storage::spool& spool;
  cluster::copies& copies;
  const clock& time;
  monitoring::metrics& metrics;
  spooler_options options;
  /// Notified of every message that became durable, with its envelopes (the SCHEDULER).
  std::function<void(new_work)> committed;
  /// Notified of queued messages that the spool has found damaged (the SCHEDULER, which ends them).
  std::function<void(const model::queue_id&)> damaged = {};
};

class spooler_state {
 public:
  static inline const char* name = "spooler";
  using pointer = spooler_actor::stateful_pointer<spooler_state>;

  explicit spooler_state(pointer self) : self_(self) {}
  void start(spooler_dependencies dependencies);

  caf::typed_response_promise<accept_response> accept(accept_request& request);
  caf::typed_response_promise<settle_response> settle(settle_request& request);
  void record(record_event& event);
  caf::typed_response_promise<settle_response> finish();
  void confirmed(copies_confirmed& news);
  /// Commits what was collected; polls the store's health once a second.
  void on_tick();
  [[nodiscard]] status_report status() const;

 private:
  struct pending_accept {
    storage::new_message message;
    std::shared_ptr<acceptance_gate> gate;
    caf::typed_response_promise<accept_response> promise;
  };
  struct pending_settle {
    settle_request request;
    caf::typed_response_promise<settle_response> promise;
  };
  /// What was written together and is answered together once its new messages are confirmed: either
  /// accepted messages or settlements.
  struct group {
    std::vector<pending_accept> accepts = {};
    std::vector<pending_settle> settles = {};
  };
  /// The new messages of a group, in order.
  static std::vector<const storage::new_message*> messages_of(const group& g);
  static void add_to(storage::change_set& changes, const group& g);

  void schedule_commit();
  void drop_abandoned();
  void publish_damage() const;
  void look_at_scrub() const;
  void commit_all();
  [[nodiscard]] bool may_accept() const;
  [[nodiscard]] bool commit_together();
  void commit_accepts();
  void commit_settles();
  /// One commit of both. On success they are answered, now or when they are confirmed, and emptied.
  /// On an error they are unchanged.
  result<void> write(group& accepted, group& settled);
  void confirm(cluster::copy_group number, std::vector<storage::write_receipt> written, group g);
  void answer(group& g, const cluster::copies::outcome& receipts);
  void take_back(const group& g, const error& why);
  static void refuse(std::vector<pending_accept>& accepts, const error& why);
  void announce(const std::vector<const storage::new_message*>& messages);

  pointer self_;
  std::optional<spooler_dependencies> with_;
  std::vector<pending_accept> accepts_;
  std::vector<pending_settle> settles_;
  std::vector<model::activity_event> events_;
  std::vector<caf::typed_response_promise<settle_response>> finishing_;
  std::map<std::uint64_t, group> unconfirmed_;
  std::uint64_t groups_ = 0;              ///< so far: their numbers
  std::size_t accepts_unconfirmed_ = 0;  ///< groups of accepted messages in `unconfirmed_`
  std::size_t octets_ = 0;
  bool scheduled_ = false;
  bool settles_failed_ = false;
  steady_time next_poll_{};
};

spooler_actor::behavior_type spooler(spooler_state::pointer self,
                                     spooler_dependencies dependencies);

}  // namespace signpost::actors
