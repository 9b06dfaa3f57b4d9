// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an operator can set about the control plane: where zones and rules come from (`config.*`),
// how the client API is served (`api.*`), and who owns zones (`zones.*`).
//
// Threads: values and functions of their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/client_network.hpp"
#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/settings.hpp"

namespace signpost {

struct api_settings {
  std::string config_source = "file";  ///< `file` or `store`
  std::vector<std::string> listen{"127.0.0.1:9980"};
  std::string tls_certificate;  ///< both empty: plain HTTP
  std::string tls_key;
  bool allow_plaintext = false;
  std::string public_url;  ///< empty: from the first address of `listen`
  std::vector<std::string> cors_origins;
  std::vector<std::string> trusted_proxies;  ///< networks
  milliseconds hsts_max_age = std::chrono::hours(24 * 180);
  std::int64_t threads = 8;
  std::int64_t dns_threads = 8;
  std::string spf_mechanism;     ///< empty: `a:<host name>`
  std::string admin_token_file;  ///< empty: admin-token in the data directory
  milliseconds audit_retention = std::chrono::hours(24 * 548);
  milliseconds audit_refusals_retention = std::chrono::hours(24 * 30);
  // 0 = no limit.
  std::int64_t audit_refusals_per_hour_max = 600;
  std::int64_t requests_per_minute_max = 1200;
  std::int64_t changes_per_account_per_day_max = 20'000;
  std::int64_t strangers_per_minute_max = 60;
  std::int64_t public_per_minute_max = 600;
  std::int64_t waiting_per_token_max = 100;
  std::int64_t rules_per_zone_max = 10'000;
  std::int64_t addresses_per_account_max = 1000;
  std::int64_t zones_per_account_max = 1000;
  std::int64_t subdomains_per_zone_max = 100;
  std::int64_t tokens_per_account_max = 100;
  octet_count body_octets_max{1U << 20};
  // Verification mails per day.
  std::int64_t mails_per_mailbox_max = 5;
  std::int64_t mails_per_domain_max = 200;
  std::int64_t mails_per_account_max = 100;
  std::int64_t mails_per_token_max = 500;
  std::int64_t mails_max = 10'000;
  std::string mail_delimiters = "+";
  // Of the HTTP server.
  std::int64_t connections_max = 1024;
  std::int64_t connections_per_client_max = 128;
  std::int64_t new_connections_per_minute_max = 3000;
  std::int64_t requests_per_connection_max = 1000;
  octet_count memory_max{256U << 20};
  octet_count memory_per_client_max{128U << 20};
  milliseconds request_timeout{30'000};
  milliseconds answer_timeout{60'000};
  milliseconds idle_timeout{60'000};
  milliseconds send_timeout{30'000};
  // zones.*
  std::string ownership = "auto";  ///< `auto`, `verify` or `off`
  bool ownership_mx = true;
  milliseconds ownership_grace = std::chrono::hours(72);
  milliseconds ownership_recheck = std::chrono::hours(6);
  std::int64_t unproven_per_account_max = 50;
  std::int64_t ownership_checks_per_hour_max = 30;
  std::vector<std::string> zones_reserved;

  [[nodiscard]] bool from_store() const { return config_source == "store"; }
  [[nodiscard]] bool has_tls() const { return !tls_certificate.empty(); }
};

void declare_settings(settings_table& table, api_settings& s);

/// Adds every fault that can be found without touching disk or network.
void check(const api_settings& s, std::vector<std::string>& faults);

/// The networks of `trusted_proxies`, already validated by `check`.
[[nodiscard]] std::vector<ip_network> proxies_of(const api_settings& s);

/// True for `https://dash.example` and `http://127.0.0.1:3000`: scheme and authority only.
[[nodiscard]] bool is_origin(std::string_view text);

/// With what the links of verification mails begin: what is set, or the first of the addresses on
/// which the API listens.
[[nodiscard]] std::string public_url_of(const api_settings& s, const std::string& host_name,
                                        const std::vector<endpoint>& listens);

}  // namespace signpost
