// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/descriptor_plan.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <thread>

#include "actors/delivery/web_poster.hpp"
#include "apps/signpostd/daemon_settings.hpp"
#include "net/dns/unbound_resolver.hpp"

namespace signpost {
namespace {

/// Standard streams, log file, wake-ups of threads, configuration and keys being read.
constexpr std::uint64_t base_descriptors = 64;
/// epoll, wake-up and a few more.
constexpr std::uint64_t descriptors_per_loop = 4;
/// Of one RocksDB beside the files that it keeps open: log, manifest, folders, files being written.
constexpr std::uint64_t descriptors_per_store = 48;

/// What one use gets at least, what it would like to have, and its part of what is shared out.
struct use {
  std::uint64_t least;
  std::uint64_t wish;
  std::uint64_t weight;
  std::uint64_t has = 0;
};

enum : std::size_t {
  incoming,
  deliveries,
  control,
  monitoring,
  api,
  spool_files,
  control_files,
  lookups,
  webhooks
};
using uses = std::array<use, 9>;

/// Connections that are being refused, or closed, keep their descriptor for seconds.
std::uint64_t refused_at_once(std::uint64_t sessions) {
  return std::clamp<std::uint64_t>(sessions / 8, 16, 1024);
}

uses uses_of(const daemon_settings& s) {
  const auto sessions = static_cast<std::uint64_t>(s.mail.smtp.sessions_max);
  const bool store = s.api.from_store();
  uses all{};
  all[incoming] = {.least = 32, .wish = sessions + refused_at_once(sessions), .weight = 60};
  all[deliveries] = {.least = 16, .wish = 4096, .weight = 20};
  // Someone who names servers that never answer decides how many sockets wait for them.
  const auto resolvers = static_cast<std::uint64_t>(s.dns_threads);
  all[lookups] = {.least = 24 * resolvers,
              .wish = net::unbound_options{}.sockets_max * resolvers,
              .weight = 10};
  const auto agent = actors::web_client_options_of(s.mail.webhook, {});
  all[webhooks] = {.least = 16, .wish = agent.active_max, .weight = 3};
  all[control] = {.least = 16, .wish = 256, .weight = 3};
  all[monitoring] = {.least = 16, .wish = 256, .weight = 3};
  all[spool_files] = {.least = 48, .wish = 512, .weight = 10};
  if (store) all[control_files] = {.least = 48, .wish = 512, .weight = 5};
  if (store && !s.api.listen.empty()) all[api] = {.least = 16, .wish = 1088, .weight = 10};
  return all;
}

std::uint64_t fixed_for(const daemon_settings& s, std::size_t loops) {
  const auto listeners = s.mail.smtp.listen.size() * loops + s.api.listen.size() + 2;
  const std::uint64_t stores = s.api.from_store() ? 3 : 2;  // the activity log is one
  return base_descriptors + (loops + 3) * descriptors_per_loop + listeners
         + stores * descriptors_per_store
         + static_cast<std::uint64_t>(s.dns_threads) * descriptors_per_loop;
}

/// What one use does not need is for the others.
void share_out(std::uint64_t spare, uses& all) {
  for (auto& one : all) one.has = one.least;
  for (bool moved = true; spare > 0 && moved;) {
    std::uint64_t weights = 0;
    for (const auto& one : all) weights += one.has < one.wish ? one.weight : 0;
    moved = false;
    const auto round = spare;
    for (auto& one : all) {
      if (one.has >= one.wish) continue;
      const auto part = std::max<std::uint64_t>(round * one.weight / weights, 1);
      const auto more = std::min({part, one.wish - one.has, spare});
      one.has += more;
      spare -= more;
      moved = moved || more > 0;
    }
  }
}

/// The largest number of sessions that leaves room for refusing more.
std::size_t sessions_of(std::uint64_t incoming, std::uint64_t wish) {
  auto sessions = std::min(wish, incoming - 16);
  while (sessions + refused_at_once(sessions) > incoming) --sessions;
  return static_cast<std::size_t>(sessions);
}

}  // namespace

result<descriptor_plan> plan_descriptors(std::uint64_t limit, const daemon_settings& settings,
                                         std::size_t loops) {
  auto all = uses_of(settings);
  std::uint64_t least = fixed_for(settings, loops);
  std::uint64_t wanted = least;
  for (const auto& one : all) {
    least += one.least;
    wanted += std::max(one.least, one.wish);
  }
  if (limit < least) {
    return fail(errc::limit_exceeded,
                "this process may open " + std::to_string(limit) + " files, but needs "
                    + std::to_string(least) + " at least, and " + std::to_string(wanted)
                    + " for everything that the settings allow; raise the limit, for example with "
                      "LimitNOFILE=65536 in the unit or ulimit -n 65536");
  }
  share_out(limit - least, all);
  const auto sessions = static_cast<std::size_t>(settings.mail.smtp.sessions_max);
  return descriptor_plan{
      .limit = limit,
      .wanted = wanted,
      .sessions = sessions_of(all[incoming].has, sessions),
      .sessions_wanted = sessions,
      .incoming = all[incoming].has,
      .deliveries = all[deliveries].has,
      .control = all[control].has,
      .monitoring = all[monitoring].has,
      .api = all[api].has,
      .spool_files = all[spool_files].has,
      .control_files = all[control_files].has,
      .dns_sockets = all[lookups].has / static_cast<std::uint64_t>(settings.dns_threads),
      .webhooks = all[webhooks].has};
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

std::size_t loop_count_of(const daemon_settings& settings) {
  if (settings.loops > 0) return static_cast<std::size_t>(settings.loops);
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

}  // namespace signpost
