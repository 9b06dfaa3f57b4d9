// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What actors say to each other inside one node. Bodies travel as shared pointers to immutable
// bytes: these messages must never leave the process, and CAF is told so at the end of this file.
#pragma once

#include <atomic>
#include <caf/allowed_unsafe_message_type.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/delivery/attempt_leash.hpp"
#include "actors/delivery/delivery_plan.hpp"
#include "actors/queue/site_share.hpp"
#include "base/body.hpp"
#include "base/clock.hpp"
#include "base/commit_receipt.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "cluster/copies.hpp"
#include "cluster/signing/signer.hpp"
#include "model/authentication/admission.hpp"
#include "model/queue/envelope.hpp"
#include "model/queue/next_hop.hpp"
#include "model/queue/webhook_reply.hpp"
#include "model/routing/routing_table.hpp"
#include "proto/smtp/client_session.hpp"
#include "proto/smtp/path.hpp"
#include "proto/smtp/reply.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

// ---- on the way in -----------------------------------------------------------------------------

/// What the server session knows of the other side.
struct client_facts {
  ip_address address;
  std::string name;  ///< verified reverse name, empty if unknown
  std::string helo;
  std::string protocol;  ///< `with` word
  std::optional<smtp::tls_info> tls;
};

/// A recipient that was accepted at RCPT, with the decision made then: what the sender was told at
/// RCPT stays true, even if the rules change before the final dot.
struct accepted_recipient {
  smtp::forward_path path;
  model::route_decision route;
};

/// A complete message, shared unchanged by all who look at it.
struct incoming_message {
  client_facts client;
  smtp::reverse_path sender;
  bool eight_bit = false;
  bool smtputf8 = false;
  std::vector<accepted_recipient> recipients;
  body_ptr body;
  wall_time received;
  steady_time arrived;  ///< the same moment, for latencies
};
using incoming_ptr = std::shared_ptr<const incoming_message>;

/// Ask the INGRESS to take responsibility for a message. `done` is called once, from any thread.
struct submit_message {
  incoming_ptr message;
  std::function<void(const smtp::final_reply&)> done;
};

/// What the rules say of the only recipient of a message, found out by the rule desk.
struct late_decision {
  std::shared_ptr<const submit_message> message;
  std::shared_ptr<const model::authentication_results> results;
  std::shared_ptr<const model::admission> admission;
  model::route_decision route;
};

struct authenticate_request {
  incoming_ptr message;
};
struct authenticate_response {
  model::authentication_results results;
};
/// What the resolver said to the check with that number, sent on from the resolver's thread.
struct auth_answered {
  std::uint64_t id = 0;
  dns::question question;
  dns::answer answer;
  steady_time asked;
};

struct route_request {
  incoming_ptr message;
  model::authentication_results authentication;
  model::admission admission;  ///< without refusal
};
/// What is to be stored, still without queue id.
struct route_response {
  storage::new_message message;
};

// ---- the spool ---------------------------------------------------------------------------------

/// Whether anybody still waits for a message to become durable: its client is not kept waiting
/// longer than the deadline of a commit, whatever the disk does.
class acceptance_gate {
 public:
  /// By the SPOOLER, before it writes: false if nobody waits any more, and then nothing is written.
  [[nodiscard]] bool take() { return move_to(state::taken); }
  /// By the INGRESS, when it answers without the SPOOLER. True: the message will not be written.
  /// False: it is being written at this moment and may turn up all the same.
  bool give_up() { return move_to(state::given_up); }

 private:
  enum class state : std::uint8_t { waiting, taken, given_up };
  bool move_to(state next) {
    auto waiting = state::waiting;
    return state_.compare_exchange_strong(waiting, next) || waiting == next;
  }
  std::atomic<state> state_{state::waiting};
};

struct accept_request {
  storage::new_message message;
  std::shared_ptr<acceptance_gate> gate = nullptr;  ///< nullptr: waited for without end
};
struct accept_response {
  result<commit_receipt> receipt;
};

/// Changes after an attempt or by an operator, and messages of our own (bounces) that must become
/// durable in the same write.
struct settle_request {
  std::vector<storage::envelope_update> updates;
  std::vector<storage::new_message> messages;
};
/// Only said once the changes are durable: the SPOOLER keeps trying while the disk is sick.
struct settle_response {};

/// To the SPOOLER from itself: whether enough disks have copies of what it wrote.
struct copies_confirmed {
  std::uint64_t group = 0;  ///< its own number for it
  cluster::copies::outcome receipts;
};

/// An event that is not part of a commit (a refused recipient). Not acknowledged.
struct record_event {
  model::activity_event event;
};

/// `share` is of the site that the message is for; nullptr: nobody's. `anew`: whatever is
/// remembered of it, all of it is read.
struct load_request {
  model::queue_id id;
  std::shared_ptr<site_share> share = nullptr;
  bool anew = false;
};
/// errc::not_found: it is no longer queued. errc::no_space: there is no room for it in the queue's
/// memory, or in the site's share, now. errc::corrupt: it cannot be read any more; what can be is
/// there all the same: the record, and of the body its header section. Else: it cannot be read now.
struct load_response {
  std::shared_ptr<const model::message_record> record;
  body_ptr body;
  site_claim_ptr claim;
  std::optional<error> failure;
};

/// One part of a message that is stored in parts. `done` is called once, on the reader's thread.
struct part_request {
  model::queue_id id;
  std::uint64_t part = 0;
  std::function<void(result<std::string>)> done;
};

/// For the operator: storage::spool::note_unreadable.
struct note_unreadable {
  std::vector<storage::unreadable_recipient> recipients;
  wall_time now;
};
struct unreadable_noted {
  std::optional<error> failure;
};

struct scan_request {
  std::optional<model::queue_id> id;  ///< set: all envelopes of this message, whenever they are due
  model::next_hop next_hop;           ///< else, if set: of this next hop; else the whole schedule
  bool whole_origin = false;          ///< `next_hop` is a webhook's origin: that of any zone
  storage::scan_position position;    ///< from here on
  wall_time until;
  std::size_t max = 0;
  /// Of the whole schedule: these are stepped over.
  std::shared_ptr<const storage::next_hop_set> leave_out = nullptr;
};
struct scan_response {
  storage::due_page page;
  std::optional<error> failure;
};

// ---- the queue ---------------------------------------------------------------------------------

/// Who may act on a job: the destination queue that starts it, or the operator that removes it.
class job_gate {
 public:
  /// True for exactly one caller; all later ones get false.
  [[nodiscard]] bool claim() { return !claimed_.exchange(true); }
  [[nodiscard]] bool is_claimed() const { return claimed_; }
  /// By the one who claimed it and has not begun: somebody may claim it again.
  void reopen() { claimed_ = false; }

  /// Of the attempt, when it has begun: here, so that a job takes one allocation less.
  attempt_leash leash;

 private:
  std::atomic<bool> claimed_{false};
};

/// Recipients of one message that travel in one transaction: same next hop and same zone (and so
/// the same rewritten sender); of a webhook, one. `envelopes` and `site` do not change once a
/// destination queue has it.
struct delivery_job {
  std::vector<model::envelope> envelopes;  ///< at least one
  /// Empty until loaded from the spool; the body again when it went back there.
  std::shared_ptr<const model::message_record> record;
  body_ptr body;
  site_claim_ptr claim;  ///< of its site's share, for the body
  std::shared_ptr<job_gate> gate = std::make_shared<job_gate>();
  /// Of the attempt under way; a part of the job that goes again keeps it.
  std::shared_ptr<attempt_leash> leash{gate, &gate->leash};
  std::string site;  ///< of the destination queue that has it; empty before

  [[nodiscard]] const model::queue_id& id() const { return envelopes.front().id; }
  [[nodiscard]] const model::next_hop& next_hop() const { return envelopes.front().next_hop; }
  [[nodiscard]] const std::string& zone() const { return envelopes.front().zone; }
};
using job_ptr = std::shared_ptr<delivery_job>;

/// Envelopes that are durable and wait for an attempt.
struct new_work {
  std::shared_ptr<const model::message_record> record;
  body_ptr body;
  std::vector<model::envelope> envelopes;
};

struct enqueue_job {
  job_ptr job;
};
/// Jobs that a destination queue has no room for at the moment: they are due in the spool as
/// before. Claimed.
struct jobs_returned {
  std::vector<job_ptr> jobs;
};
/// How a destination queue gets on with its site.
struct site_news {
  std::string site;
  bool proven = false;    ///< it has answered, and nothing went wrong since
  bool troubled = false;  ///< it gets one attempt at a time, if any
  steady_time suspended_until{};
};
/// An operator wants an attempt now, suspended or not.
struct wake_site {};
/// The job's envelopes are durable in their new state, or (`durable` false) as they were before.
struct job_settled {
  job_ptr job;
  bool durable = true;
  /// When the first of them is due again at its next hop; nothing if none is.
  std::optional<wall_time> next_due;
  /// Those of them that go on to another destination, as they are now: new work.
  std::vector<model::envelope> moved;
  /// If the attempt was cut: those of them that are not final, as they are now.
  std::vector<model::envelope> left = {};
};
/// A destination queue has had nothing to do for a while.
struct destination_idle {
  std::string site;
};

/// What the operator asks for: an attempt now, or removal. `done` gets how many envelopes it was.
struct queue_command {
  enum class kind { retry, remove } what = kind::retry;
  model::queue_id id;        ///< all envelopes of this message…
  model::next_hop next_hop;  ///< …or, if the id is empty, all of this next hop
  std::function<void(result<std::size_t>)> done;
};

// ---- on the way out ----------------------------------------------------------------------------

struct plan_request {
  model::next_hop next_hop;
};
struct plan_response {
  delivery_plan plan;
};

/// What the resolver said, sent on from its thread.
struct dns_answered {
  model::next_hop next_hop;
  dns::question question;
  dns::answer answer;
  steady_time asked;
};

/// What a webhook is told in header fields (actors/signing/webhook_signing.hpp).
struct webhook_order {
  std::string url;
  std::vector<std::pair<std::string, std::string>> fields;
  /// One more field, from the SHA-256 of the content in hexadecimal.
  std::function<std::pair<std::string, std::string>(std::string_view content_digest)> sign;
};

struct seal_request {
  job_ptr job;
};
struct seal_response {
  /// Set: the message must not be sent, and that for good.
  std::optional<smtp::reply> refusal;
  smtp::outgoing_message message;
  std::optional<webhook_order> webhook;  ///< set if the job is for one
};

/// What the signer said to a question about a copy, sent on from its thread.
struct signature_arrived {
  std::uint64_t copy = 0;    ///< the SEALER's own number for it
  std::size_t question = 0;  ///< which of those that it asked
  cluster::signer::answer answer;
};

struct deliver_request {
  std::string site;
  std::size_t slot = 0;  ///< the same slot of a site keeps its connection
  std::vector<delivery_target> targets;
  smtp::outgoing_message message;
  /// Set: it is posted there, `targets` are none.
  std::optional<webhook_order> webhook;
  std::string tenant = {};  ///< of a webhook: delivery_plan::tenant
  /// It takes no longer than this, beside what the answer to the final dot may take; 0 = as the
  /// agent's own limits have it.
  milliseconds longest{0};
  std::shared_ptr<attempt_leash> leash = nullptr;
};

/// What one attempt came to.
struct deliver_response {
  /// One for each recipient, in the order of the request.
  std::vector<smtp::recipient_result> results;
  std::string host;  ///< `mx1.example.net (192.0.2.7)`, the last one tried
  std::string tls;   ///< empty = plaintext
  /// True if no session came as far as MAIL: the site, not the message, is the matter. Then
  /// `results` hold the last thing that was said, or our own words with code 0.
  bool host_failed = false;
  /// Messages that the session had transferred before this one.
  std::uint32_t transactions_before = 0;
  milliseconds took{0};
  /// It was broken off for this reason, and says nothing about the site.
  std::optional<cut_reason> cut = std::nullopt;
  /// What it means, if it was posted to a webhook: SMTP's table does not fit HTTP's codes.
  std::optional<model::webhook_outcome> webhook;
  /// It was broken off, without a final dot, because this came instead of the message's octets.
  std::optional<error> content_failure = std::nullopt;
};

/// An attempt's end, sent on from its loop's thread.
struct delivery_done {
  std::uint64_t id = 0;
  deliver_response response;
};

struct bounce_request {
  enum class kind { failed, delayed } what = kind::failed;
  job_ptr job;
  std::vector<model::envelope> envelopes;  ///< those to report, in their new state
  /// The message cannot be read any more; the job's body, if any, is its header section.
  bool unreadable = false;
};
struct bounce_response {
  std::optional<storage::new_message> message;  ///< none if the sender must not get one
  /// Then why, if that is not because of the message itself: `limit`, `no_address`, `error`.
  std::string_view withheld = {};
};

// ---- everyone ----------------------------------------------------------------------------------

/// A timer's message to oneself.
struct tick {};
/// Finish what runs, start nothing new.
struct drain_request {};
struct get_status {};
/// Calls `turned` when its turn comes: whoever waits for it knows that the actor still works.
struct sign_of_life {
  std::function<void()> turned;
};
/// Named numbers, for `/signpost/v1/status` and for tests.
struct status_report {
  std::string actor;
  std::vector<std::pair<std::string, std::int64_t>> numbers;
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::submit_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::late_decision)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::authenticate_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::authenticate_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::auth_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::route_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::route_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::accept_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::accept_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::settle_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::settle_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::copies_confirmed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::record_event)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::load_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::load_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::part_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::note_unreadable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::unreadable_noted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::scan_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::scan_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::new_work)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::enqueue_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::jobs_returned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::site_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::wake_site)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::job_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::destination_idle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::queue_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::plan_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::plan_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::dns_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::seal_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::seal_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::signature_arrived)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::deliver_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::deliver_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::delivery_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::bounce_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::bounce_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::drain_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::get_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::sign_of_life)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::status_report)
