// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The map: every actor's interface, one comment for each message it understands. In prose, actors
// are written in capitals ("asks the ROUTER").
//
//   smtp_ingress ─► INGRESS ─► AUTHENTICATOR ─► AUTH WORKER
//                      ├─────► ROUTER
//                      └─────► SPOOLER ══ commit ══► SCHEDULER ─► MX PLANNER
//                                                        └─► DESTINATION QUEUE ─► SPOOL READER
//                                                               ├─► SEALER ─► DELIVERY
//                                                               ├─► BOUNCER
//                                                               └─► SPOOLER ══ commit
//
// Requests made for each message have no timeout: CAF 0.17 keeps the timer of a request until it
// fires, answered or not, which over hours of mail means gigabytes and a thread that never rests.
// Every request ends nevertheless: an actor that has ended or lost its promise answers with an
// error, and everything that can take long (disk, DNS, SMTP) has its own limit.
#pragma once

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <memory>

namespace signpost::actors {

// What is said, by room; each room's messages.hpp and its neighbours tell what is in it.

// ingress/
struct incoming_message;
using incoming_ptr = std::shared_ptr<const incoming_message>;
struct submit_message;
struct late_decision;
// auth/
struct authenticate_request;
struct authenticate_response;
struct auth_answered;
// routing/
struct route_request;
struct route_response;
// queue/: the SPOOLER, the SPOOL READER, the SCHEDULER and its destination queues, the BOUNCER
struct accept_request;
struct accept_response;
struct settle_request;
struct settle_response;
struct record_event;
struct copies_confirmed;
struct load_request;
struct load_response;
struct part_request;
struct note_unreadable;
struct unreadable_noted;
struct scan_request;
struct scan_response;
struct delivery_job;
using job_ptr = std::shared_ptr<delivery_job>;
struct new_work;
struct enqueue_job;
struct jobs_returned;
struct site_news;
struct wake_site;
struct job_settled;
struct destination_idle;
struct queue_command;
struct bounce_request;
struct bounce_response;
// delivery/
struct plan_request;
struct plan_response;
struct dns_answered;
struct deliver_request;
struct deliver_response;
struct delivery_done;
// signing/
struct seal_request;
struct seal_response;
struct signature_arrived;
// everyone
struct tick;
struct drain_request;
struct get_status;
struct sign_of_life;
struct status_report;

template <typename... Signatures>
using with_status =
    caf::typed_actor<Signatures..., caf::replies_to<get_status>::with<status_report>>;

using ingress_actor = with_status<
    /// Authenticates, admits, routes and spools a message; calls its `done`.
    caf::reacts_to<submit_message>,
    /// Continues with a message whose recipient was decided elsewhere.
    caf::reacts_to<late_decision>,
    /// Time to answer clients for which the disk takes too long.
    caf::reacts_to<tick>>;

using authenticator_actor = with_status<
    /// Checks who sent it: SPF, DKIM, DMARC, ARC.
    caf::replies_to<authenticate_request>::with<authenticate_response>>;

using auth_worker_actor = caf::typed_actor<
    /// The same, for the AUTHENTICATOR.
    caf::replies_to<authenticate_request>::with<authenticate_response>,
    /// One of our queries was answered.
    caf::reacts_to<auth_answered>,
    /// Time to give up checks that take too long.
    caf::reacts_to<tick>>;

using router_actor = with_status<
    /// Makes one envelope for each destination; records what is dropped.
    caf::replies_to<route_request>::with<route_response>>;

using spooler_actor = with_status<
    /// Makes a message durable. Commit point 1.
    caf::replies_to<accept_request>::with<accept_response>,
    /// Makes the outcome of an attempt durable. Commit point 2.
    caf::replies_to<settle_request>::with<settle_response>,
    /// Adds an event to the log with the next commit.
    caf::reacts_to<record_event>,
    /// Answers requests that waited for their copies.
    caf::reacts_to<copies_confirmed>,
    /// Commits what has been collected, checks the store's health.
    caf::reacts_to<tick>,
    /// Shows that it is not stuck waiting for a disk.
    caf::reacts_to<sign_of_life>,
    /// Answered when everything sent before is durable or refused.
    caf::replies_to<drain_request>::with<settle_response>>;

using spool_reader_actor = with_status<
    /// Reads a message back; for a large one, its beginning.
    caf::replies_to<load_request>::with<load_response>,
    /// Reads a part of a large message; calls its `done`.
    caf::reacts_to<part_request>,
    /// Records for the operator what was given up unread.
    caf::replies_to<note_unreadable>::with<unreadable_noted>,
    /// Reads what is due.
    caf::replies_to<scan_request>::with<scan_response>>;

using scheduler_actor = with_status<
    /// Takes durable envelopes into memory, or leaves them to a later scan.
    caf::reacts_to<new_work>,
    /// A job's envelopes may be forgotten (final), scanned again (deferred), or taken for another
    /// destination.
    caf::reacts_to<job_settled>,
    /// Takes jobs back that wait for a site in trouble: they stay in the spool until their turn.
    caf::reacts_to<jobs_returned>,
    /// A site does better or worse than before.
    caf::reacts_to<site_news>,
    /// A destination queue may end.
    caf::reacts_to<destination_idle>,
    /// An operator's request.
    caf::reacts_to<queue_command>,
    /// Time to scan.
    caf::reacts_to<tick>,
    /// Shows that it is still being scheduled.
    caf::reacts_to<sign_of_life>,
    /// Starts nothing new; answered when nothing is being delivered any more.
    caf::replies_to<drain_request>::with<settle_response>>;

using destination_queue_actor = with_status<
    /// Delivers the job when the window allows.
    caf::reacts_to<enqueue_job>,
    /// Ends a suspension.
    caf::reacts_to<wake_site>,
    /// A new plan: where the site's hosts are now.
    caf::reacts_to<plan_response>,
    /// A suspension ends, or the queue is idle.
    caf::reacts_to<tick>,
    /// Starts nothing new; answered when no attempt runs any more.
    caf::replies_to<drain_request>::with<settle_response>>;

using mx_planner_actor = with_status<
    /// Which hosts accept mail for a next hop, in order; for a webhook, only that it is one.
    caf::replies_to<plan_request>::with<plan_response>,
    /// One of our queries was answered.
    caf::reacts_to<dns_answered>>;

using sealer_actor = with_status<
    /// Writes envelope sender and the prefix of one copy, and the header fields for a webhook.
    caf::replies_to<seal_request>::with<seal_response>,
    /// A signer of another node has answered.
    caf::reacts_to<signature_arrived>>;

using delivery_actor = with_status<
    /// One attempt: connects or reuses a connection, transfers, reports the result of each
    /// recipient; or posts to a webhook.
    caf::replies_to<deliver_request>::with<deliver_response>,
    /// An attempt of ours has ended.
    caf::reacts_to<delivery_done>>;

using bouncer_actor = with_status<
    /// Writes the delivery status notification for the sender.
    caf::replies_to<bounce_request>::with<bounce_response>>;

}  // namespace signpost::actors
