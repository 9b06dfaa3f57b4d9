// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Every metric family of Signpost, created once at the start:
//
//     metrics m(build_facts{.version = "0.1.0"});
//     m.smtp.messages_accepted.add();
//     m.dns.questions.add("mx", "nxdomain");
//     http_body = exposition(m);
//
// Names are `signpost_<area>_<noun>_<unit>[_total]`; docs/operating/metrics.md lists them. Label
// values come from fixed lists; anything else counts as `other`.
//
// Threads: the handles and exposition() from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "monitoring/instruments.hpp"

namespace signpost::monitoring {

struct smtp_metrics {
  gauge open_sessions;    ///< now
  counter_grid sessions;  ///< ended; listener (`mx`, `submission`), tls (`yes`, `no`)
  counter messages_accepted;
  counter accepted_octets;
  counter_set rejections;    ///< reason: see families.cpp
  counter_set recipients;    ///< decision: words of route_kind
  counter_set deadlines;     ///< sessions cut off; of: command, data, tls, session, output
  histogram accept_seconds;  ///< from the end of data to 250
  gauge known_clients;       ///< addresses and networks that are being tracked
  gauge paused_clients;
  counter client_pauses;
  counter delayed_replies;
  counter_set suppressed;    ///< kind: line, event
};

struct auth_metrics {
  counter_grid results;  ///< method: spf, spf_helo, dkim, dmarc, arc; result: words of RFC 8601
  histogram seconds;     ///< of all checks of one message, the DNS included
};

struct queue_metrics {
  gauge_set recipients;  ///< state: queued, deferred, active
  gauge messages;
  gauge oldest_age_seconds;
  counter_set outcomes;  ///< outcome: delivered, bounced, expired, dropped, removed
  counter_set bounces;   ///< kind: failure, delay, suppressed
  gauge backlogs;        ///< next hops with more due than in memory
  counter failovers;     ///< recipients that continued with another destination
  gauge memory_used_octets;  ///< of messages that wait or are being sent
  gauge memory_limit_octets;
  counter bodies_put_back;  ///< waiting messages that went back to the spool
  counter_set loads;        ///< result: done, no_memory, failed, unreadable
  counter_set unreadable;   ///< recipients given up unread; told: sender, operator
};

struct delivery_metrics {
  counter_grid attempts;      ///< result (delivered, retry, bounce), reason (classify_reply)
  histogram latency_seconds;  ///< from acceptance to delivery
  gauge open_sessions;
};

struct net_metrics {
  gauge_set open_connections;   ///< direction: in, out
  counter_grid connections;     ///< direction, result: opened, refused, failed
  counter_grid tls_handshakes;  ///< direction, version: TLSv1.2, TLSv1.3, failed
};

struct dns_metrics {
  counter_grid questions;  ///< type (a, aaaa, mx, …), status (records, nxdomain, …)
  histogram answer_seconds;
};

struct spool_metrics {
  gauge_set state;         ///< state: words of spool_health; 1 for the current one
  gauge_set wait_seconds;  ///< call: write, read; age of the oldest one that has not returned
  histogram commit_seconds;
  histogram commit_operations;  ///< accepts and updates in one synced write
  gauge unaccounted;            ///< acknowledged messages that are missing
  counter scrub_octets;         ///< read to see whether they can be
  counter scrub_passes;
  counter scrub_findings;
  gauge scrub_progress;         ///< 0 to 1
  gauge unreadable;             ///< messages given up unread of which only the operator can be
                                ///< notified
                                ///< about
  counter damaged_files;        ///< that were repaired
};

/// The activity log; mail does not depend on it.
struct activity_metrics {
  gauge well;            ///< 1 = it is written
  counter lost_events;
  counter unreadable;    ///< failed reads
  counter set_aside;     ///< damaged logs that were replaced
};

struct routing_metrics {
  counter_set decisions;  ///< off the loops; result: decided, costly, full, late
  histogram steps;        ///< of one of them: see model::step_budget
  gauge pattern_octets;   ///< that compiled patterns may take
};

struct signing_metrics {
  counter_grid signatures;  ///< kind (dkim, arc), result (made, failed, refused, withheld, denied)
  counter reused;           ///< copies that needed no new signatures
  histogram seal_seconds;   ///< to write the prefix of one copy
};

struct config_metrics {
  gauge revision;
  gauge zones;
  gauge rules;
  gauge doubtful;            ///< 1: the source is implausible; the previous routing stays in force
  counter_set reloads;       ///< result: changed, unchanged, failed, or why all was read again
  histogram effect_seconds;  ///< from a change's commit to its effect on mail
  gauge_set left_out;        ///< kind: zones, rules; configured, but without effect
  gauge unaccounted;         ///< acknowledged changes that are missing
  gauge database_away;       ///< 1: the control database cannot be reached
};

struct api_metrics {
  counter_set refusals;            ///< reason: see families.cpp
  counter refusals_not_noted;      ///< neither logged nor audited, because the budget for that was
                                   ///< used up
  counter_set verification_mails;  ///< outcome: sent, failed, or the limit that prevented it
};

/// Ownership of zones, as shown by the DNS.
struct zone_metrics {
  gauge_set count;     ///< status: pending, active, moved
  gauge proof_missing;  ///< active zones whose proof has disappeared, within the grace period
  counter_set checks;  ///< result: found, missing, unknown
  counter_set changes;  ///< change: activated, proof_missing, deactivated, displaced
};

struct node_metrics {
  gauge memory_used_octets;  ///< of the memory budget for messages
  gauge memory_limit_octets;
  gauge_set descriptors_used;    ///< use: incoming, outgoing, control, monitoring
  gauge_set descriptors_limit;   ///< the same
  gauge ready;                   ///< 1 = accepts mail
  gauge start_time_seconds;  ///< since 1970
};

struct build_facts {
  std::string version;
  std::string compiler;
};

class metrics {
 public:
  explicit metrics(const build_facts& build);
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  smtp_metrics smtp;
  auth_metrics auth;
  queue_metrics queue;
  delivery_metrics delivery;
  net_metrics net;
  dns_metrics dns;
  spool_metrics spool;
  activity_metrics activity;
  routing_metrics routing;
  signing_metrics signing;
  config_metrics config;
  api_metrics api;
  zone_metrics zones;
  node_metrics node;

 private:
  struct impl;
  friend std::string exposition(const metrics& m);
  std::unique_ptr<impl> impl_;
};

/// The answer to /metrics.
inline constexpr std::string_view exposition_content_type =
    "text/plain; version=0.0.4; charset=utf-8";
std::string exposition(const metrics& m);

}  // namespace signpost::monitoring
