// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many file descriptors each use may have. The limit of the process (RLIMIT_NOFILE) is divided
// at the start, so that no use can take what another needs: a flood of connections leaves the
// store its files, deliveries their sockets and the health check its listener.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace signpost {

struct daemon_settings;

/// All zero: nothing is limited.
struct descriptor_plan {
  std::uint64_t limit = 0;          ///< of the process
  std::uint64_t wanted = 0;         ///< with which every use would have all that the settings ask
                                    ///< for
  std::size_t sessions = 0;         ///< SMTP sessions; never more than `smtp.sessions_max`
  std::size_t sessions_wanted = 0;  ///< the value of that setting
  std::size_t incoming = 0;         ///< their sockets, and those being turned away
  std::size_t deliveries = 0;       ///< outgoing connections
  std::size_t control = 0;          ///< connections to the control socket
  std::size_t monitoring = 0;       ///< and to /metrics, /livez and /readyz
  std::size_t api = 0;              ///< and to the client API
  std::size_t spool_files = 0;      ///< that RocksDB keeps open
  std::size_t control_files = 0;
  std::size_t dns_sockets = 0;      ///< of each resolver thread
  std::size_t webhooks = 0;         ///< requests at once
};

/// Divides `limit`. errc::limit_exceeded if it is too small to work with; the text tells how many
/// are needed and where to set that.
result<descriptor_plan> plan_descriptors(std::uint64_t limit, const daemon_settings& settings,
                                         std::size_t loops);

/// RLIMIT_NOFILE, raised to what the system allows this process to raise it to.
std::uint64_t raise_descriptor_limit();

/// How many event loops the settings result in.
std::size_t loop_count_of(const daemon_settings& settings);

}  // namespace signpost
