// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "monitoring/families.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>
#include <vector>

namespace signpost::monitoring {
namespace {

using words = std::vector<std::string>;

const words listeners{"mx", "submission"};
const words yes_no{"yes", "no"};
// Of smtp::refused_event (proto/smtp/replies.cpp), of the rules, and of ingress itself.
const words rejection_reasons{
    "syntax",      "sequence",          "bare_newline", "nul",    "protocol",  "size",
    "limit",       "recipients",        "messages",     "errors", "timeout",   "shutdown",
    "smtputf8",
    "memory",      "tls_required",      "malformed",    "denied", "not_found", "no_space",
    "unavailable", "unknown_recipient", "relay",        "rule",   "loop",      "policy",
    "storage",     "trouble",           "overload",     "other_policy", "share_used_up",
    "rules_costly", "rules_unusable", "setup_doubtful",
    // Of what one client may do.
    "hello", "early_talker", "idle_commands", "client_rate", "client_paused", "client_sessions",
    // Of return addresses (SRS).
    "way_back", "way_back_guess", "way_back_later",
    // Of model::admit.
    "author_unknown", "dmarc_reject", "dmarc_quarantine", "dmarc_later", "unauthenticated",
    "unauthenticated_later", "own_author", "own_author_later", "would_forge", "would_forge_later",
    "header_too_long"};
const words record_kinds{"line", "event"};
const words decisions{"forward",    "drop",   "reject", "unknown",    "not_ours",
                      "postmaster", "bounce", "costly", "unavailable", "undecided"};
const words deadlines{"command", "data", "tls", "session", "output"};
const words descriptor_uses{"incoming", "outgoing", "control", "monitoring"};
const words queue_states{"queued", "deferred", "active"};
const words outcomes{"delivered", "bounced",  "expired", "dropped",
                     "removed",   "deferred", "rejected"};
const words bounce_kinds{"failure", "delay", "suppressed", "limited"};
const words load_results{"done", "no_memory", "failed", "unreadable"};
const words who_is_told{"sender", "operator"};
const words attempt_results{"delivered", "retry", "bounce"};
// Of model::classification and of the failures of mx_plan.
const words attempt_reasons{"delivered",
                            "recipient_refused",
                            "message_refused",
                            "recipient_deferred",
                            "message_deferred",
                            "host_deferred",
                            "closing",
                            "session_end",
                            "too_many_recipients",
                            "tls_needed",
                            "session_lost",
                            "uncertain",
                            "not_offered",
                            "protocol",
                            "banner",
                            "ehlo",
                            "tls",
                            "host_takes_no_mail",
                            "connect",
                            "null_mx",
                            "no_such_domain",
                            "mx_unusable",
                            "mx_is_ourselves",
                            "private_address",
                            "dns_failed",
                            "expired",
                            // Of model::webhook_outcome.
                            "server_error",
                            "asked_to_wait",
                            "no_answer",
                            "no_status",
                            "gone",
                            "refused",
                            "redirect",
                            "bad_url",
                            "address_not_allowed"};
const words auth_methods{"spf", "spf_helo", "dkim", "dmarc", "arc"};
const words auth_results{"none",    "pass",   "fail",      "softfail",
                         "neutral", "policy", "temperror", "permerror"};
const words directions{"in", "out"};
const words connection_results{"opened", "refused", "failed"};
const words tls_versions{"TLSv1.2", "TLSv1.3", "failed"};
const words dns_types{"a", "aaaa", "mx", "txt", "ptr", "cname", "tlsa"};
const words dns_statuses{"records", "nxdomain", "nodata", "servfail", "timeout"};
const words spool_states{"well", "slow", "full", "failed", "incomplete"};
const words disk_calls{"write", "read"};
const words desk_results{"decided", "costly", "full", "late"};
const words signature_kinds{"dkim", "arc"};
const words signature_results{"made", "failed", "refused", "withheld", "denied"};
const words reload_results{"changed", "unchanged", "failed", "too_far_behind", "other_history"};
const words left_out_kinds{"zones", "rules"};
// Of api/gateway.cpp.
const words api_refusals{"client_rate",  "visitor_rate", "credentials", "token_rate",
                         "account_rate", "permission",   "share",       "line_full"};
// Of api/addresses/routing_address_endpoints.cpp and mail_bar.
const words verification_outcomes{"sent",    "failed",  "blocked", "account",
                                  "token",   "mailbox", "domain",  "node"};
const words zone_statuses{"pending", "active", "moved"};
const words zone_check_results{"found", "missing", "unknown"};
const words zone_changes{"activated", "proof_missing", "deactivated", "displaced"};

const std::vector<double> fast_seconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                       0.25,   0.5,   1,      2.5,   5,    10,    30};
// A second, to the five days that a message lives.
const std::vector<double> delivery_seconds{0.1, 0.5, 1,   2.5,   5,      10,     30,
                                           60,  300, 900, 3'600, 14'400, 86'400, 432'000};
const std::vector<double> decision_steps{1'000,   10'000,    100'000,
                                         300'000, 1'000'000, 3'000'000,
                                         10'000'000, 20'000'000};
const std::vector<double> batch_sizes{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

// Makes families; names and help texts are in one place, the constructor below.
class family_maker {
 public:
  explicit family_maker(prometheus::Registry& registry) : registry_(registry) {}

  counter one_counter(const char* name, const char* help) {
    return counter(counters(name, help).Add({}));
  }
  gauge one_gauge(const char* name, const char* help) { return gauge(gauges(name, help).Add({})); }
  histogram one_histogram(const char* name, const char* help, const std::vector<double>& buckets) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
    return histogram(family.Add({}, buckets));
  }
  counter_set by_word(const char* name, const char* help, const char* label, const words& values) {
    auto& family = counters(name, help);
    const word_list list(values);
    std::vector<counter> made;
    for (const auto& word : list.words()) made.emplace_back(family.Add({{label, word}}));
    return {list, std::move(made)};
  }
  counter_grid by_words(const char* name, const char* help,
                        const std::pair<const char*, words>& rows,
                        const std::pair<const char*, words>& columns) {
    auto& family = counters(name, help);
    const word_list row_words(rows.second);
    const word_list column_words(columns.second);
    std::vector<counter> made;
    for (const auto& row : row_words.words()) {
      for (const auto& column : column_words.words()) {
        made.emplace_back(family.Add({{rows.first, row}, {columns.first, column}}));
      }
    }
    return {row_words, column_words, std::move(made)};
  }
  gauge_set gauges_by_word(const char* name, const char* help, const char* label,
                           const words& values) {
    auto& family = gauges(name, help);
    const word_list list(values);
    std::vector<gauge> made;
    for (const auto& word : list.words()) made.emplace_back(family.Add({{label, word}}));
    return {list, std::move(made)};
  }
  void build_info(const build_facts& build) {
    gauges("signpost_build_info", "Always 1; the labels identify the running program.")
        .Add({{"version", build.version}, {"compiler", build.compiler}})
        .Set(1);
  }

 private:
  prometheus::Family<prometheus::Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
  }
  prometheus::Family<prometheus::Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
  }

  prometheus::Registry& registry_;
};

smtp_metrics make_smtp(family_maker& make) {
  return {
      .open_sessions = make.one_gauge("signpost_smtp_open_sessions", "Open SMTP sessions."),
      .sessions = make.by_words("signpost_smtp_sessions_total", "SMTP sessions that have ended.",
                                {"listener", listeners}, {"tls", yes_no}),
      .messages_accepted = make.one_counter("signpost_smtp_messages_accepted_total",
                                            "Messages accepted (answered with 250)."),
      .accepted_octets = make.one_counter("signpost_smtp_accepted_bytes_total",
                                          "Octets of the messages accepted."),
      .rejections =
          make.by_word("signpost_smtp_rejections_total",
                       "Refused commands and messages, by reason.", "reason", rejection_reasons),
      .recipients = make.by_word("signpost_smtp_recipients_total",
                                 "Recipients (RCPT commands), by what the rules decided.",
                                 "decision", decisions),
      .deadlines = make.by_word(
          "signpost_smtp_deadlines_total",
          "Sessions ended because the client was too slow, by what it was too slow for.",
          "deadline", deadlines),
      .accept_seconds =
          make.one_histogram("signpost_smtp_accept_seconds",
                             "Time from the end of a message's data to its 250.", fast_seconds),
      .known_clients = make.one_gauge("signpost_smtp_known_clients",
                                      "Client addresses and networks that are being tracked."),
      .paused_clients =
          make.one_gauge("signpost_smtp_paused_clients",
                         "Client addresses and networks that are paused (not served for a while)."),
      .client_pauses = make.one_counter("signpost_smtp_client_pauses_total",
                                        "Pauses of clients that have begun."),
      .delayed_replies = make.one_counter("signpost_smtp_delayed_replies_total",
                                          "Replies that were delayed because of earlier errors."),
      .suppressed = make.by_word(
          "signpost_smtp_suppressed_records_total",
          "Log lines and events beyond a client's limits that were only counted, by kind.", "kind",
          record_kinds)};
}

auth_metrics make_auth(family_maker& make) {
  return {.results = make.by_words("signpost_auth_results_total",
                                   "Results of authentication checks, by method and result.",
                                   {"method", auth_methods}, {"result", auth_results}),
          .seconds = make.one_histogram(
              "signpost_auth_seconds",
              "Time that all checks of one message took, including the DNS.", fast_seconds)};
}

queue_metrics make_queue(family_maker& make) {
  return {
      .recipients = make.gauges_by_word("signpost_queue_recipients",
                                        "Waiting recipients, by state.", "state", queue_states),
      .messages = make.one_gauge("signpost_queue_messages", "Messages in the queue."),
      .oldest_age_seconds = make.one_gauge("signpost_queue_oldest_age_seconds",
                                           "Age of the oldest message in the queue."),
      .outcomes =
          make.by_word("signpost_queue_outcomes_total",
                       "Recipients that have left the queue, by outcome.", "outcome", outcomes),
      .bounces = make.by_word("signpost_queue_bounces_total",
                              "Notifications, by kind: sent, or withheld because nobody may get "
                              "them or a limit was reached.",
                              "kind", bounce_kinds),
      .backlogs = make.one_gauge("signpost_queue_backlogs",
                                 "Next hops with more due recipients than are held in memory."),
      .failovers = make.one_counter("signpost_queue_failovers_total",
                                    "Recipients that were passed on to their next destination."),
      .memory_used_octets = make.one_gauge("signpost_queue_memory_used_bytes",
                                           "Octets of queued messages held in memory."),
      .memory_limit_octets =
          make.one_gauge("signpost_queue_memory_limit_bytes",
                         "Octets of queued messages that may be held in memory."),
      .bodies_put_back =
          make.one_counter("signpost_queue_bodies_put_back_total",
                           "Waiting messages that were put back into the spool to free memory."),
      .loads =
          make.by_word("signpost_queue_loads_total",
                       "Messages read back from the spool, by result.", "result", load_results),
      .unreadable = make.by_word(
          "signpost_queue_unreadable_total",
          "Recipients given up because their message can no longer be read, by who is told.",
          "told", who_is_told)};
}

delivery_metrics make_delivery(family_maker& make) {
  return {.attempts = make.by_words("signpost_delivery_attempts_total",
                                    "Delivery attempts per recipient, by result and reason.",
                                    {"result", attempt_results}, {"reason", attempt_reasons}),
          .latency_seconds = make.one_histogram(
              "signpost_delivery_latency_seconds",
              "Time from the acceptance of a message to its delivery.", delivery_seconds),
          .open_sessions =
              make.one_gauge("signpost_delivery_open_sessions", "Open sessions to other hosts.")};
}

net_metrics make_net(family_maker& make) {
  return {.open_connections =
              make.gauges_by_word("signpost_net_open_connections",
                                  "Open TCP connections, by direction.", "direction", directions),
          .connections = make.by_words("signpost_net_connections_total",
                                       "TCP connections, by direction and result.",
                                       {"direction", directions}, {"result", connection_results}),
          .tls_handshakes = make.by_words("signpost_net_tls_handshakes_total",
                                          "TLS handshakes, by direction and negotiated version.",
                                          {"direction", directions}, {"version", tls_versions})};
}

dns_metrics make_dns(family_maker& make) {
  return {.questions = make.by_words("signpost_dns_questions_total",
                                     "DNS queries, by type and status of the answer.",
                                     {"type", dns_types}, {"status", dns_statuses}),
          .answer_seconds = make.one_histogram("signpost_dns_answer_seconds",
                                               "Time from a query to its answer.", fast_seconds)};
}

spool_metrics make_spool(family_maker& make) {
  return {.state = make.gauges_by_word(
              "signpost_spool_state",
              "The state of the store: 1 for the current state, 0 for the others.", "state",
              spool_states),
          .wait_seconds = make.gauges_by_word(
              "signpost_spool_wait_seconds",
              "Age of the oldest call that the disk has not answered yet.", "call", disk_calls),
          .commit_seconds = make.one_histogram("signpost_spool_commit_seconds",
                                               "Time that one synced write took.", fast_seconds),
          .commit_operations =
              make.one_histogram("signpost_spool_commit_operations",
                                 "Accepted messages and updates in one synced write.", batch_sizes),
          .unaccounted = make.one_gauge(
              "signpost_spool_unaccounted_messages",
              "Acknowledged messages that are missing, until the operator accepts their loss."),
          .scrub_octets = make.one_counter("signpost_spool_scrub_bytes_total",
                                           "Octets read to check that they are still readable."),
          .scrub_passes = make.one_counter("signpost_spool_scrub_passes_total",
                                           "Completed passes over the whole spool."),
          .scrub_findings =
              make.one_counter("signpost_spool_scrub_findings_total",
                               "Messages and other places that were found to be damaged."),
          .scrub_progress = make.one_gauge("signpost_spool_scrub_progress_ratio",
                                           "Progress of the current pass, from 0 to 1."),
          .unreadable = make.one_gauge("signpost_spool_unreadable_messages",
                                       "Unreadable messages that were given up and that only the "
                                       "operator can be told about, until acknowledged."),
          .damaged_files = make.one_counter(
              "signpost_spool_damaged_files_total",
              "Files of the store that were found to be damaged and were repaired.")};
}

activity_metrics make_activity(family_maker& make) {
  return {.well = make.one_gauge("signpost_activity_log_well",
                                 "1 if events are being written to the activity log."),
          .lost_events = make.one_counter("signpost_activity_log_lost_events_total",
                                          "Events that could not be written."),
          .unreadable = make.one_counter("signpost_activity_log_unreadable_total",
                                         "Failed attempts to read from the activity log."),
          .set_aside = make.one_counter("signpost_activity_log_set_aside_total",
                                        "Damaged activity logs that were replaced.")};
}

routing_metrics make_routing(family_maker& make) {
  return {
      .decisions =
          make.by_word("signpost_routing_decisions_total",
                       "Recipients whose rules took too long for an event loop, by result.",
                       "result", desk_results),
      .steps = make.one_histogram("signpost_routing_decision_steps",
                                  "Number of steps that such a decision took.", decision_steps),
      .pattern_octets = make.one_gauge("signpost_routing_patterns_bytes",
                                       "Octets that the compiled patterns of all zones may use.")};
}

signing_metrics make_signing(family_maker& make) {
  return {.signatures = make.by_words("signpost_signing_signatures_total",
                                      "DKIM signatures and ARC sets, by kind and result.",
                                      {"kind", signature_kinds}, {"result", signature_results}),
          .reused = make.one_counter("signpost_signing_reused_total",
                                     "Copies sent with a signature made shortly before."),
          .seal_seconds =
              make.one_histogram("signpost_signing_seal_seconds",
                                 "Time to prepare and sign the header of one copy.", fast_seconds)};
}

config_metrics make_config(family_maker& make) {
  return {.revision = make.one_gauge("signpost_config_revision",
                                     "Revision of the routing configuration in force."),
          .zones = make.one_gauge("signpost_config_zones", "Zones in force."),
          .rules = make.one_gauge("signpost_config_rules", "Rules in force."),
          .doubtful = make.one_gauge("signpost_config_doubtful",
                                     "1 if the zones file is in doubt; domains that are not in "
                                     "force are then answered with 451."),
          .reloads = make.by_word("signpost_config_reloads_total",
                                  "Checks of the routing configuration for changes, by result.",
                                  "result", reload_results),
          .effect_seconds = make.one_histogram(
              "signpost_config_effect_seconds",
              "Time from the commit of a change until it takes effect.", fast_seconds),
          .left_out = make.gauges_by_word("signpost_config_left_out",
                                          "Zones and rules that are configured but have no effect.",
                                          "kind", left_out_kinds),
          .unaccounted = make.one_gauge("signpost_config_unaccounted_changes",
                                        "Acknowledged changes of the control store that are "
                                        "missing, until the operator accepts their loss."),
          .database_away = make.one_gauge("signpost_control_database_away",
                                          "1 while the control database cannot be reached or "
                                          "followed.")};
}

api_metrics make_api(family_maker& make) {
  return {.refusals = make.by_word("signpost_api_refusals_total",
                                   "Refused requests to the client API, by reason.", "reason",
                                   api_refusals),
          .refusals_not_noted =
              make.one_counter("signpost_api_refusals_not_noted_total",
                               "Refused requests beyond the limit of what is logged and audited."),
          .verification_mails = make.by_word(
              "signpost_api_verification_mails_total",
              "Verification mails, by whether they were sent or which limit stopped them.",
              "outcome", verification_outcomes)};
}

zone_metrics make_zones(family_maker& make) {
  return {
      .count = make.gauges_by_word("signpost_zones", "Zones, by status.", "status", zone_statuses),
      .proof_missing =
          make.one_gauge("signpost_zones_proof_missing",
                         "Active zones whose proof of ownership has disappeared from the DNS."),
      .checks = make.by_word("signpost_zone_checks_total",
                             "Checks of zones' proof of ownership, by result.", "result",
                             zone_check_results),
      .changes = make.by_word("signpost_zone_changes_total",
                              "Changes made by such checks, by kind.", "change", zone_changes)};
}

node_metrics make_node(family_maker& make) {
  return {
      .memory_used_octets = make.one_gauge("signpost_memory_budget_used_bytes",
                                           "Octets of incoming messages held in memory."),
      .memory_limit_octets =
          make.one_gauge("signpost_memory_budget_limit_bytes",
                         "Octets of incoming messages that may be held in memory."),
      .descriptors_used = make.gauges_by_word("signpost_node_descriptors_used",
                                              "File descriptors in use for connections, by use.",
                                              "use", descriptor_uses),
      .descriptors_limit =
          make.gauges_by_word("signpost_node_descriptors_limit",
                              "File descriptors available for each use.", "use", descriptor_uses),
      .ready = make.one_gauge("signpost_node_ready", "1 if the node accepts mail."),
      .start_time_seconds = make.one_gauge("signpost_node_start_time_seconds",
                                           "When the node was started, in seconds since 1970.")};
}

}  // namespace

struct metrics::impl {
  prometheus::Registry registry;
};

metrics::metrics(const build_facts& build) : impl_(std::make_unique<impl>()) {
  family_maker make(impl_->registry);
  smtp = make_smtp(make);
  auth = make_auth(make);
  queue = make_queue(make);
  delivery = make_delivery(make);
  net = make_net(make);
  dns = make_dns(make);
  spool = make_spool(make);
  activity = make_activity(make);
  routing = make_routing(make);
  signing = make_signing(make);
  config = make_config(make);
  api = make_api(make);
  zones = make_zones(make);
  node = make_node(make);
  make.build_info(build);
}

metrics::~metrics() = default;

std::string exposition(const metrics& m) {
  return prometheus::TextSerializer().Serialize(m.impl_->registry.Collect());
}

}  // namespace signpost::monitoring
