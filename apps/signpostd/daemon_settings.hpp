// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an operator can set about the node as a whole. The rows of all folders together make the
// settings file; see docs/operating/settings.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/routing/way_back_limits.hpp"
#include "actors/settings.hpp"
#include "apps/signpostd/api_settings.hpp"
#include "apps/signpostd/control_settings.hpp"
#include "apps/signpostd/descriptor_plan.hpp"
#include "base/ip.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "model/routing/routing_table.hpp"
#include "net/dns/unbound_resolver.hpp"
#include "storage/format/volume.hpp"

namespace signpost::storage {
struct control_store_options;
struct spool_options;
}

namespace signpost {

struct daemon_settings {
  // node.*
  std::string host_name;
  std::string data_dir = "/var/lib/signpost";
  std::string zones_file = "/etc/signpost/zones.yaml";
  std::vector<std::string> postmaster;
  std::int64_t loops = 0;    ///< 0 = one for each processor, 4 at most
  std::int64_t threads = 0;  ///< of the actors; 0 = one for each processor
  milliseconds drain_time{0};
  milliseconds shutdown_timeout = std::chrono::seconds(30);
  milliseconds reload_interval = std::chrono::seconds(2);
  bool core_dumps = false;
  milliseconds hang_exit_after = std::chrono::minutes(5);
  bool make_signing_key = true;  ///< signing.make_key
  // monitoring.*
  std::string monitoring_listen = "127.0.0.1:9925";
  // dns.*
  net::unbound_options dns;
  std::int64_t dns_threads = 1;
  // srs.*
  std::string srs_secret_file;  ///< empty: made in the data directory
  std::string srs_separator = "=";
  std::int64_t srs_hash_length = 8;
  std::string srs_short_hashes_until;  ///< a date; empty: no hashes shorter than hash_length
  milliseconds srs_max_age = std::chrono::hours(24 * 21);
  std::string srs_fallback_local = "signpost-bounces";
  octet_count srs_notification_size_max{actors::way_back_options{}.message_octets_max};
  actors::way_back_options srs_way_back;
  // storage.*
  bool sync = true;
  milliseconds commit_deadline = std::chrono::seconds(30);
  milliseconds failed_exit_after = std::chrono::minutes(2);
  octet_count free_space_min{0};  ///< this and the next four: 0 = by the size of the volume
  octet_count write_memory{0};
  octet_count wal_max{0};
  octet_count reserve{0};
  octet_count log_max{0};
  std::string accept_loss;
  octet_count scrub_rate{4U << 20};
  milliseconds scrub_interval = std::chrono::hours(24);
  milliseconds log_retention = std::chrono::hours(24 * 31);
  // log.*
  std::string log_level = "info";
  std::string log_format = "logfmt";
  std::string log_file;
  std::string log_addresses = "full";

  actors::mail_settings mail;
  api_settings api;
  control_settings control;

  /// Not a setting: what the limit of the process leaves for each use.
  descriptor_plan descriptors;
};

/// Binds every setting of the program to `s`, which must outlive the table.
void declare_settings(settings_table& table, daemon_settings& s);

/// Every fault that can be found without touching disk or network, each naming the setting and what
/// to write instead; empty if there are none.
std::vector<std::string> check(const daemon_settings& s);

/// Fills in what depends on the machine: the host name, if it is empty.
void complete(daemon_settings& s);

/// For settings that passed `check`.
log_options log_options_of(const daemon_settings& s);
/// Values suggested by the size of the data directory's volume, unless the settings have others.
storage::volume_plan volume_plan_of(const daemon_settings& s);
storage::spool_options spool_options_of(const daemon_settings& s);
actors::way_back_options way_back_options_of(const daemon_settings& s);
/// Of this node's own store; of its copy if the setup is in PostgreSQL.
storage::control_store_options control_store_options_of(const daemon_settings& s);
result<model::node_identity> identity_of(const daemon_settings& s);
/// The end of the day `YYYY-MM-DD` (UTC), or nothing if it is not a date.
std::optional<wall_time> end_of_day(std::string_view date);
std::string control_socket_path(const daemon_settings& s);
/// Where the DKIM keys are.
std::string dkim_directory(const daemon_settings& s);

}  // namespace signpost
