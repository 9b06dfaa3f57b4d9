// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an operator can set about sessions, queue and delivery. Names, bounds and help are in
// settings.cpp; docs/operating/settings.md is printed from there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/queue/report_limits.hpp"
#include "base/clock.hpp"
#include "base/settings.hpp"
#include "model/queue/loop.hpp"
#include "model/queue/mx_plan.hpp"
#include "model/queue/retry.hpp"

namespace signpost::actors {

/// The limits of one client: `smtp.client_*` and similar.
struct client_settings {
  std::int64_t network_factor = 10;
  std::int64_t connections = 300;
  std::int64_t messages = 1200;
  std::int64_t recipients = 6000;
  std::int64_t handshakes = 300;
  std::int64_t errors = 300;
  std::int64_t idle_commands = 600;
  milliseconds pause_first = std::chrono::minutes(1);
  milliseconds pause_max = std::chrono::hours(1);
  milliseconds reply_delay_max = std::chrono::seconds(10);
  milliseconds banner_delay{100};
  bool refuse_early_talkers = true;
  bool check_hello = true;
  std::int64_t idle_commands_max = 100;  ///< of one session
  std::vector<std::string> unlimited;
  std::vector<std::string> unmetered{"127.0.0.0/8", "::1"};
  std::int64_t log_lines = 5;
  std::int64_t events = 10;
};

/// `smtp.*`
struct smtp_settings {
  std::vector<std::string> listen{"0.0.0.0:2525", "[::]:2525"};
  std::string tls_certificate;  ///< empty: self-signed, made in the data directory
  std::string tls_key;
  std::string tls_suites = "modern";
  bool require_tls = false;
  octet_count message_size_max{25ULL << 20};
  std::int64_t recipients_max = 1000;
  std::int64_t transactions_max = 1000;
  std::int64_t errors_max = 20;
  milliseconds command_timeout = std::chrono::minutes(5);
  milliseconds data_timeout = std::chrono::minutes(3);
  octet_count data_rate_min{1024};
  milliseconds tls_timeout = std::chrono::minutes(1);
  milliseconds session_max = std::chrono::hours(2);
  std::int64_t sessions_max = 20'000;
  std::int64_t sessions_per_client_max = 50;
  client_settings client;
  octet_count memory_budget{256ULL << 20};
  std::int64_t memory_client_percent = 25;
};

/// `auth.*`
struct auth_settings {
  bool verify = true;
  std::string authserv_id;  ///< empty: the host name
  milliseconds timeout = std::chrono::seconds(20);
  std::int64_t signatures_max = 20;
  bool refuse_partial_body = true;
  std::vector<std::string> trusted_sealers;
};

/// `delivery.*`
struct delivery_settings {
  std::int64_t port = 25;
  std::vector<std::string> routes;
  bool starttls = true;
  std::string reencode = "unsigned";
  bool use_ipv4 = true;
  bool use_ipv6 = true;
  std::string source_ipv4;
  std::string source_ipv6;
  milliseconds connect_timeout = std::chrono::seconds(30);
  milliseconds greeting_timeout = std::chrono::minutes(5);
  milliseconds command_timeout = std::chrono::minutes(5);
  milliseconds data_start_timeout = std::chrono::minutes(2);
  milliseconds data_block_timeout = std::chrono::minutes(3);
  milliseconds data_end_timeout = std::chrono::minutes(10);
  octet_count data_rate_min{4096};
  milliseconds stop_patience = std::chrono::seconds(3);
  milliseconds attempt_deadline = std::chrono::minutes(30);
  milliseconds connection_idle = std::chrono::seconds(5);
  std::int64_t messages_per_connection_max = 100;
  std::int64_t concurrency_initial = 5;
  std::int64_t concurrency_max = 20;
  std::int64_t connections_max = 1000;
  milliseconds suspend_first = std::chrono::seconds(30);
  milliseconds suspend_max = std::chrono::minutes(10);
  model::mx_policy mx;
};

/// `queue.*`
struct queue_settings {
  std::int64_t active_max = 20'000;
  std::int64_t active_per_next_hop_max = 2'000;
  octet_count memory{128ULL << 20};
  octet_count memory_per_destination{16ULL << 20};
  octet_count returned_message_max{50ULL << 10};
  report_limit_options reports;
  model::retry_policy retry;
  model::loop_policy loop;
};

/// `routing.*`
struct routing_settings {
  std::int64_t desk_threads = 2;
  std::int64_t waiting_per_zone_max = 64;
  octet_count pattern_memory{128ULL << 20};
};

/// `signing.*`
struct signing_settings {
  bool enabled = true;
  std::string domain;   ///< empty: the host name
  std::string key_dir;  ///< empty: `dkim` in the data directory
  bool arc = true;
  bool forwarded_fields = true;
  milliseconds valid_for = std::chrono::hours(24 * 7);
};

/// In whose name the service signs: `signing.domain`, else the host's, in A-labels and lower case.
[[nodiscard]] std::string service_domain_of(const signing_settings& s,
                                            const std::string& host_name);

/// `webhook.*`
struct webhook_settings {
  milliseconds timeout = std::chrono::seconds(60);
  milliseconds connect_timeout = std::chrono::seconds(10);
  std::int64_t concurrency = 10;
  bool allow_private = false;
  std::string ca_file;  ///< empty: the operating system's
};

struct mail_settings {
  smtp_settings smtp;
  auth_settings auth;
  delivery_settings delivery;
  queue_settings queue;
  routing_settings routing;
  signing_settings signing;
  webhook_settings webhook;
};

/// The rows bind to `s`, which must outlive the table.
void declare_settings(settings_table& table, mail_settings& s);

}  // namespace signpost::actors
