// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Unix sockets by path.
#pragma once

#include <string>

#include "base/result.hpp"
#include "net/socket/unique_fd.hpp"

namespace signpost::net {

/// Listens (non-blocking) on `path` with mode 0600. An orphaned socket is replaced. errc::conflict
/// if something answers on it or if the path is not a socket;
/// errc::malformed if the path is too long; errc::denied otherwise.
result<unique_fd> listen_unix(const std::string& path);

/// errc::malformed if a socket cannot have that path.
result<void> check_unix_path(const std::string& path);

/// Connects, blocking; Unix sockets connect immediately or fail. errc::not_found if the socket does
/// not
/// exist, errc::unavailable if nobody listens, errc::denied, errc::malformed as above.
result<unique_fd> connect_unix(const std::string& path);

}  // namespace signpost::net
