// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The INGRESS: takes a complete message through loop control, authentication, admission, the rules
// that need the message, routing and the spool, and answers the session. It is the only place where
// a final reply is made, and it only accepts on the SPOOLER's receipt.
//
// Threads: an actor; parsing of header fields runs here, on the scheduler, not on a loop.
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <deque>
#include <functional>

#include "actors/ingress/stranger_record.hpp"
#include "actors/interfaces.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "actors/routing/recipient_policy.hpp"
#include "actors/routing/rule_desk.hpp"
#include "base/clock.hpp"
#include "model/queue/loop.hpp"
#include "monitoring/families.hpp"

namespace signpost::actors {

struct ingress_dependencies {
  const clock& time;
  monitoring::metrics& metrics;
  stranger_record& record;
  std::function<model::queue_id(wall_time)> next_id;
  std::string host_name;
  model::loop_policy loop;
  /// Decides about return addresses (SRS) once the message has arrived.
  const recipient_policy& recipients;
  /// True for a domain (A-labels) of one of our zones, or below one, and for our own names; called
  /// for each message that is not proven. Not set: there are none.
  std::function<bool(std::string_view)> is_ours;
  authenticator_actor authenticator;
  router_actor router;
  spooler_actor spooler;
  rule_desk& desk;
  /// A client whose message is not durable by then is told to try again (451).
  milliseconds accept_deadline = std::chrono::seconds(30);
};

class ingress_state {
 public:
  static inline const char* name = "ingress";
  using pointer = ingress_actor::stateful_pointer<ingress_state>;

  explicit ingress_state(pointer self) : self_(self) {}
  void start(ingress_dependencies with) { with_.emplace(std::move(with)); }
  void submit(submit_message& m);
  void decided(const late_decision& d);
  void on_tick();
  [[nodiscard]] status_report status() const;

 private:
  using event_details = std::vector<std::pair<std::string, std::string>>;
  /// Shared by the steps of its processing.
  using submission = std::shared_ptr<const submit_message>;
  /// What is logged about a message whose record the SPOOLER has.
  struct log_facts {
    std::string tls;
    std::string message_id;
    std::size_t envelopes = 0;
    model::verdict spf = model::verdict::none;
    model::verdict dkim = model::verdict::none;
    model::verdict dmarc = model::verdict::none;
    std::string_view admission;
    std::string vouched_by;
  };

  void authenticated(const submission& m, const model::authentication_results& results);
  /// Checks the hash of a return address.
  void settle_way_back(const submission& m, const model::authentication_results& results,
                       model::admission admission);
  /// Evaluates the rules that need the message.
  void decide(const submission& m, const model::authentication_results& results,
              model::admission admission);
  void pass_on(const submission& m, const model::authentication_results& results,
               model::admission admission);
  void routed(const submission& m, log_facts facts, storage::new_message message);
  /// A message that the SPOOLER has, until it is answered.
  struct at_the_spooler {
    submission message;  ///< nullptr: answered
    log_facts facts;
    steady_time deadline;
    acceptance_gate gate;
  };
  using waiting = std::shared_ptr<at_the_spooler>;
  void wait_for(const waiting& w);
  void spooled(at_the_spooler& w, const accept_response& response);
  void give_up(at_the_spooler& w);
  void forget_answered();
  void stored(const submission& m, const log_facts& facts, const accept_response& response);
  /// `reason` is one of a fixed set of words; `details` go into the event as well.
  void refuse(const submission& m, const smtp::reply& reply, std::string_view reason,
              const event_details& details = {});
  void refuse_for_trouble(const submission& m, std::string_view what);
  /// A message that is refused before its authentication; `reason` is why.
  struct early_refusal {
    smtp::reply reply;
    std::string_view reason;
  };
  [[nodiscard]] std::optional<early_refusal> first_check(const incoming_message& message) const;
  /// What the recipients' zone asks for; less of notifications, which are from no person.
  [[nodiscard]] model::admission_policy wanted_for(const incoming_message& message,
                                                   const model::author_facts& author) const;
  [[nodiscard]] model::admission_facts admission_facts_of(
      const incoming_message& message, const model::authentication_results& found) const;

  pointer self_;
  std::optional<ingress_dependencies> with_;
  std::int64_t in_progress_ = 0;
  std::deque<waiting> waiting_;  ///< in the order of their deadlines
  bool ticking_ = false;
};

ingress_actor::behavior_type ingress(ingress_state::pointer self, ingress_dependencies with);

}  // namespace signpost::actors
