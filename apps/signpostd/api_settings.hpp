// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an operator can set about the control plane: where the set-up comes from (`config.*`) and
// how the client API is served (`api.*`).
//
// Threads: values and functions of their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
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
  std::int64_t threads = 4;
  std::string spf_mechanism;     ///< empty: `a:<host name>`
  std::string admin_token_file;  ///< empty: admin-token in the data directory
  milliseconds audit_retention = std::chrono::hours(24 * 548);
  // 0 = no cap.
  std::int64_t requests_per_minute_max = 1200;
  std::int64_t rules_per_zone_max = 0;
  std::int64_t addresses_per_account_max = 0;
  std::int64_t zones_per_account_max = 0;
  std::int64_t subdomains_per_zone_max = 0;
  octet_count body_octets_max{1U << 20};

  [[nodiscard]] bool from_store() const { return config_source == "store"; }
  [[nodiscard]] bool has_tls() const { return !tls_certificate.empty(); }
};

void declare_settings(settings_table& table, api_settings& s);

/// Adds every fault that can be found without touching disk or network.
void check(const api_settings& s, std::vector<std::string>& faults);

/// True for `https://dash.example` and `http://127.0.0.1:3000`: scheme and authority alone.
[[nodiscard]] bool is_origin(std::string_view text);

}  // namespace signpost
