// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/daemon_settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "actors/delivery/delivery_plan.hpp"
#include "actors/signing/seven_bit_body.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/address/local_part.hpp"
#include "proto/address/mailbox.hpp"
#include "proto/srs/rewriter.hpp"
#include "storage/control/control_store.hpp"
#include "storage/spool/spool_options.hpp"

namespace signpost {
namespace {

void declare_node(settings_table& t, daemon_settings& s) {
  t.add("node.host_name", s.host_name,
        {.help = "The name that this node uses in its greeting and its Received fields. It should "
                 "be the name in the PTR records of its addresses. Empty: the machine's name."});
  t.add("node.data_dir", s.data_dir,
        {.help = "The directory of the spool, the secrets and the control socket. Only its owner "
                 "may have access."});
  t.add("node.zones_file", s.zones_file,
        {.help = "The YAML file with zones and rules; read again when it changes, and on SIGHUP. "
                 "See config.source."});
  t.add("node.postmaster", s.postmaster,
        {.help = "Where mail for postmaster goes if a zone has no postmaster of its own, and mail "
                 "for postmaster, abuse and mailer-daemon at the node's own name. Required: "
                 "according to RFC 5321 section 4.5.1, postmaster must be reachable."});
  t.add("node.loops", s.loops,
        {.min = "0",
         .max = "64",
         .help = "The number of event loops. 0: one for each processor, at most 4."});
  t.add("node.threads", s.threads,
        {.min = "0",
         .max = "256",
         .help = "The number of actor threads, which sign and verify. 0: one for each processor."});
  t.add("node.drain_time", s.drain_time,
        {.min = "0s",
         .max = "10m",
         .help = "After SIGTERM, how long the node still accepts mail while it already reports "
                 "that it is not ready, so that load balancers can notice."});
  t.add(
      "node.shutdown_timeout", s.shutdown_timeout,
      {.min = "1s", .max = "1h", .help = "How long open sessions and deliveries have to finish."});
  t.add("node.reload_interval", s.reload_interval,
        {.min = "100ms",
         .max = "1h",
         .help = "How often the zones file and the certificate are checked for changes."});
  t.add("node.core_dumps", s.core_dumps,
        {.help = "Let the system write a core dump if the node crashes, and let debuggers attach "
                 "to it. A core dump contains secrets and mail."});
  t.add("node.hang_exit_after", s.hang_exit_after,
        {.min = "0s",
         .max = "1d",
         .help = "If an event loop, or the queue's writer or scheduler, makes no progress for 10 "
                 "seconds, /readyz fails. If it makes none for this time, /livez fails and the "
                 "program ends with status 3, so that its supervisor restarts it. 0s: never."});
  t.add("signing.make_key", s.make_signing_key,
        {.help = "At the start, create an RSA key for the service's domain if it has none. It "
                 "signs as soon as its record is in the DNS; `signpost dkim show` prints it. Not "
                 "with signing.key_dir, where the keys are yours."});
  t.add("monitoring.listen", s.monitoring_listen,
        {.help = "Address and port of /metrics, /livez and /readyz. Empty: they are not served."});
}

void declare_dns(settings_table& t, daemon_settings& s) {
  t.add("dns.threads", s.dns_threads, {.min = "1", .max = "16", .help = "Resolver threads."});
  t.add(
      "dns.forwarders", s.dns.forwarders,
      {.help = "DNS servers to ask, as ADDRESS or ADDRESS@PORT. Empty: see dns.use_resolv_conf."});
  t.add("dns.use_resolv_conf", s.dns.use_resolv_conf,
        {.help = "Without dns.forwarders: true asks the servers in /etc/resolv.conf, false "
                 "resolves from the root."});
  t.add("dns.trust_anchor_file", s.dns.trust_anchor_file,
        {.help = "The file with the keys that DNSSEC is validated with."});
  t.add("dns.local_zones", s.dns.local_zones,
        {.help = "Zones that exist only here: names in them that dns.local_data does not list do "
                 "not exist."});
  t.add("dns.local_data", s.dns.local_data,
        {.help = "Records for closed networks and tests, in zone-file syntax: \"mx.corp.example. "
                 "300 IN A 10.0.0.1\"."});
  t.add("dns.timeout", s.dns.timeout,
        {.min = "100ms", .max = "1m", .help = "How long a DNS query may take."});
}

void declare_srs(settings_table& t, daemon_settings& s) {
  t.add("srs.secret_file", s.srs_secret_file,
        {.help = "The file with the secrets, one per line: the first signs, all verify. To rotate, "
                 "add a new one at the top and remove the old one after srs.max_age. Read again on "
                 "SIGHUP. Empty: the file is created in the data directory."});
  t.add("srs.separator", s.srs_separator,
        {.help = "The character after SRS0 and SRS1: =, - or +."});
  t.add("srs.hash_length", s.srs_hash_length,
        {.min = "4",
         .max = "27",
         .help = "The length of the hash in rewritten addresses; shorter hashes are refused. Below "
                 "8, hashes are written in base64, as Mail::SRS and postsrsd do with 4 characters, "
                 "which can be guessed."});
  t.add(
      "srs.short_hashes_until", s.srs_short_hashes_until,
      {.help = "YYYY-MM-DD: addresses with 4 characters of base64 are still accepted if they were "
               "made on or before that day. Set it to the day on which you raised srs.hash_length; "
               "it has no effect any more once srs.max_age has passed. Empty: none are accepted."});
  t.add(
      "srs.max_age", s.srs_max_age,
      {.min = "1d", .max = "1000d", .help = "How long a rewritten address is valid for bounces."});
  t.add(
      "srs.fallback_local", s.srs_fallback_local,
      {.help =
           "The local part, at the node's name, that receives bounces of the node's own letters. "
           "In zones, earlier versions used it for senders that were too long to be rewritten: "
           "bounces to it go to the postmaster of the zone or of the node, unless a rule of the "
           "zone handles them."});
  t.add(
      "srs.notification_size_max", s.srs_notification_size_max,
      {.min = "64KiB", .max = "1GiB", .help = "Notifications larger than this are not sent back."});
  t.add("srs.uses_per_hour", s.srs_way_back.uses_per_hour,
        {.min = "1",
         .max = "65000",
         .help = "Notifications per hour that are sent back to one original sender; further ones "
                 "are deferred (451)."});
  t.add("srs.guesses_per_hour", s.srs_way_back.guesses_per_hour,
        {.min = "1",
         .max = "65000",
         .help = "Rewritten addresses with a wrong hash per hour from one network (IPv4 /24, IPv6 "
                 "/64), and ten times as many from a /48. Above this, its notifications are "
                 "deferred (451) and no hash is checked."});
}

void declare_storage_and_log(settings_table& t, daemon_settings& s) {
  t.add("storage.sync", s.sync,
        {.help = "false: commits are not synced to the disk, and accepted mail CAN BE LOST. For "
                 "measurements only."});
  t.add("storage.commit_deadline", s.commit_deadline,
        {.min = "1s",
         .max = "5m",
         .help = "A message that the disk has not stored within this time is answered with 451, "
                 "even while the write still hangs, and the store counts as failed until the write "
                 "returns. If the message was stored after all, it arrives twice."});
  t.add("storage.failed_exit_after", s.failed_exit_after,
        {.min = "0s",
         .max = "1d",
         .help = "If the store has been failing (I/O errors) for this long, the program ends with "
                 "status 3, so that its supervisor restarts it: some errors only go away when the "
                 "store is reopened. 0s: never."});
  t.add("storage.free_space_min", s.free_space_min,
        {.max = "1024GiB",
         .help = "With less free space than this, no mail is accepted (452 4.3.1). With less than "
                 "half of it (or storage.write_memory, if that is less), nothing is written until "
                 "there is room again. 0: an eighth of the volume, from 8 to 256 MiB."});
  t.add("storage.write_memory", s.write_memory,
        {.max = "1GiB",
         .help = "The size of the spool's write buffers. 0: a sixteenth of the volume, from 2 to "
                 "64 MiB."});
  t.add("storage.wal_max", s.wal_max,
        {.max = "16GiB",
         .help = "The size of the spool's write-ahead log; above it, buffers are flushed. 0: an "
                 "eighth of the volume, from 8 to 256 MiB."});
  t.add("storage.reserve", s.reserve,
        {.max = "1GiB",
         .help = "Space (and 16 inodes) that is reserved in DATA_DIR/spool.reserve. It is released "
                 "when the disk is full, and reserved again when there is room. 0: 1/64 of the "
                 "volume, from 1 to 16 MiB."});
  t.add("storage.accept_loss", s.accept_loss,
        {.help = "The id of a loss (`loss-1a2b3c4d`), as the log and /readyz show it after damage "
                 "to the store. With it, mail is accepted again although acknowledged messages are "
                 "missing. See docs/operating/storage.md; `signpost spool accept-loss` does the "
                 "same without a restart."});
  t.add("storage.scrub_rate", s.scrub_rate,
        {.max = "1GiB",
         .help = "How fast the whole spool is read, in octets per second, to find damage before "
                 "mail is due. 0: it is not read."});
  t.add("storage.scrub_interval", s.scrub_interval,
        {.min = "1s",
         .max = "365d",
         .help = "How long after the end of one such pass the next one begins. The first one "
                 "begins at most 10 minutes after the start."});
  t.add("storage.log_retention", s.log_retention,
        {.min = "1h", .max = "3650d", .help = "How long the activity log is kept."});
  t.add("storage.log_max", s.log_max,
        {.max = "1024GiB",
         .help = "The size of the activity log; above it, the oldest events are removed early. 0: "
                 "a sixteenth of the volume, from 4 MiB to 4 GiB."});
  t.add("log.level", s.log_level, {.help = "trace, debug, info, warning, error or off."});
  t.add("log.format", s.log_format, {.help = "logfmt or json."});
  t.add("log.file", s.log_file, {.help = "The file to append to. Empty: standard error."});
  t.add("log.addresses", s.log_addresses,
        {.help = "full: addresses are logged in full. domain: local parts are replaced with *."});
}

void check_addresses(const daemon_settings& s, std::vector<std::string>& faults) {
  for (const auto& text : s.mail.smtp.listen) {
    if (!endpoint::parse(text)) {
      faults.push_back("smtp.listen: '" + printable(text, 80)
                       + "' is not ADDRESS:PORT, for example 0.0.0.0:25 or [::]:25");
    }
  }
  if (s.mail.smtp.listen.empty()) {
    faults.emplace_back("smtp.listen: empty; list at least one address, for example 0.0.0.0:25");
  }
  if (!s.monitoring_listen.empty() && !endpoint::parse(s.monitoring_listen)) {
    faults.push_back("monitoring.listen: '" + printable(s.monitoring_listen, 80)
                     + "' is not ADDRESS:PORT, for example 127.0.0.1:9925");
  }
  if (const auto routes = actors::route_list::parse(s.mail.delivery.routes); !routes) {
    faults.push_back(routes.error().context);
  }
}

void check_words(const daemon_settings& s, std::vector<std::string>& faults) {
  bool ok = false;
  (void)parse_log_level(s.log_level, ok);
  if (!ok) faults.emplace_back("log.level: must be trace, debug, info, warning, error or off");
  if (s.log_format != "logfmt" && s.log_format != "json") {
    faults.emplace_back("log.format: must be logfmt or json");
  }
  if (!actors::parse_reencoding(s.mail.delivery.reencode)) {
    faults.emplace_back("delivery.reencode: must be never, unsigned or always");
  }
  if (s.log_addresses != "full" && s.log_addresses != "domain") {
    faults.emplace_back("log.addresses: must be full or domain");
  }
  if (s.srs_separator != "=" && s.srs_separator != "-" && s.srs_separator != "+") {
    faults.emplace_back("srs.separator: must be =, - or +");
  }
  if (!s.srs_short_hashes_until.empty() && !end_of_day(s.srs_short_hashes_until)) {
    faults.push_back("srs.short_hashes_until: '" + printable(s.srs_short_hashes_until, 80)
                     + "' is not a date, for example 2026-11-30");
  }
  const auto fallback = address::read_local_part(s.srs_fallback_local + "@x");
  if (!fallback || fallback->octets != s.srs_fallback_local.size()
      || srs::is_srs(s.srs_fallback_local)) {
    faults.push_back("srs.fallback_local: '" + printable(s.srs_fallback_local, 80)
                     + "' is not a local part, for example signpost-bounces");
  }
  const auto& signing_domain = s.mail.signing.domain;
  if (!signing_domain.empty() && !address::domain::parse(signing_domain)) {
    faults.push_back("signing.domain: '" + printable(signing_domain, 80)
                     + "' is not a domain name");
  }
  if (s.mail.smtp.tls_suites != "modern" && s.mail.smtp.tls_suites != "compatible") {
    faults.emplace_back("smtp.tls_suites: must be modern or compatible");
  }
  if (s.mail.smtp.tls_certificate.empty() != s.mail.smtp.tls_key.empty()) {
    faults.emplace_back("smtp.tls_certificate and smtp.tls_key: set both or neither");
  }
}

}  // namespace

void declare_settings(settings_table& table, daemon_settings& s) {
  declare_node(table, s);
  actors::declare_settings(table, s.mail);
  declare_dns(table, s);
  declare_srs(table, s);
  declare_storage_and_log(table, s);
  declare_settings(table, s.api);
  declare_settings(table, s.control);
}

std::vector<std::string> check(const daemon_settings& s) {
  std::vector<std::string> faults;
  if (const auto identity = identity_of(s); !identity) faults.push_back(identity.error().context);
  check_addresses(s, faults);
  check_words(s, faults);
  check(s.api, faults);
  check(s.control, faults);
  if (s.control.in_postgres() && !s.api.from_store()) {
    faults.emplace_back("control.store: postgres has no effect unless config.source is store");
  }
  return faults;
}

void complete(daemon_settings& s) {
  if (!s.host_name.empty()) return;
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0) s.host_name = name.data();
}

log_options log_options_of(const daemon_settings& s) {
  bool ok = false;
  return {.level = parse_log_level(s.log_level, ok),
          .json = s.log_format == "json",
          .full_addresses = s.log_addresses == "full",
          .file = s.log_file};
}

storage::volume_plan volume_plan_of(const daemon_settings& s) {
  auto plan = storage::plan_for_volume(storage::look_at_volume(s.data_dir).octets);
  const auto set = [](auto& target, octet_count wanted) {
    if (wanted.value > 0) target = wanted.value;
  };
  set(plan.memory_octets, s.write_memory);
  set(plan.wal_octets_max, s.wal_max);
  set(plan.free_octets_min, s.free_space_min);
  set(plan.reserve_octets, s.reserve);
  set(plan.log_octets_max, s.log_max);
  return plan;
}

storage::spool_options spool_options_of(const daemon_settings& s) {
  storage::spool_options o;
  const auto plan = volume_plan_of(s);
  o.memory_octets = plan.memory_octets;
  o.wal_octets_max = plan.wal_octets_max;
  o.reserve_octets = plan.reserve_octets;
  o.path = s.data_dir + "/spool";
  o.activity_path = s.data_dir + "/activity";
  o.commit_deadline = s.commit_deadline;
  o.free_octets_min = plan.free_octets_min;
  o.log_retention = s.log_retention;
  o.log_octets_max = plan.log_octets_max;
  o.sync = s.sync;
  o.scrub_octets_per_second = s.scrub_rate.value;
  o.scrub_interval = s.scrub_interval;
  o.accept_loss = s.accept_loss;
  if (s.descriptors.spool_files > 0) o.open_files_max = s.descriptors.spool_files;
  return o;
}

actors::way_back_options way_back_options_of(const daemon_settings& s) {
  auto o = s.srs_way_back;
  o.message_octets_max = s.srs_notification_size_max.value;
  return o;
}

std::optional<wall_time> end_of_day(std::string_view date) {
  const auto parts = split(date, '-');
  if (date.size() != 10 || parts.size() != 3 || parts[0].size() != 4 || parts[1].size() != 2) {
    return std::nullopt;
  }
  const auto year = parse_uint(parts[0]);
  const auto month = parse_uint(parts[1]);
  const auto day = parse_uint(parts[2]);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day read{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!read.ok()) return std::nullopt;
  return wall_time(std::chrono::sys_days(read) + std::chrono::days(1));
}

storage::control_store_options control_store_options_of(const daemon_settings& s) {
  storage::control_store_options o;
  o.path = s.data_dir + (s.control.in_postgres() ? "/replica" : "/config");
  o.accept_loss = s.accept_loss;
  const auto plan = volume_plan_of(s);
  o.free_octets_min = std::min(o.free_octets_min, plan.free_octets_min);
  // On a small volume a quarter of the spool's: changes are few and small.
  if (plan.memory_octets < o.memory_octets) {
    o.memory_octets = std::max<std::size_t>(plan.memory_octets / 4, 1U << 20);
  }
  if (s.descriptors.control_files > 0) o.open_files_max = s.descriptors.control_files;
  return o;
}

result<model::node_identity> identity_of(const daemon_settings& s) {
  model::node_identity identity;
  const auto host = address::domain::parse(s.host_name);
  if (!host) {
    return fail(errc::malformed, "node.host_name: '" + printable(s.host_name, 80)
                                     + "' is not a domain name: " + host.error().context);
  }
  identity.host_name = *host;
  for (const auto& text : s.postmaster) {
    auto mailbox = address::mailbox::parse(text);
    if (!mailbox) {
      return fail(errc::malformed, "node.postmaster: '" + printable(text, 80)
                                       + "' is not an address: " + mailbox.error().context);
    }
    identity.postmaster.push_back(std::move(*mailbox));
  }
  if (identity.postmaster.empty()) {
    return fail(errc::malformed,
                "node.postmaster: empty; list at least one address that somebody reads, for "
                "example [ops@example.net]");
  }
  return identity;
}

std::string control_socket_path(const daemon_settings& s) {
  return s.data_dir + "/control.sock";
}

std::string dkim_directory(const daemon_settings& s) {
  return s.mail.signing.key_dir.empty() ? s.data_dir + "/dkim" : s.mail.signing.key_dir;
}

}  // namespace signpost
