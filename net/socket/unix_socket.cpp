// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/socket/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "net/socket/socket_address.hpp"

namespace signpost::net {

result<void> check_unix_path(const std::string& path) {
  if (!path.empty() && path.size() < sizeof(sockaddr_un::sun_path)) return {};
  return fail(errc::malformed, path + ": the path of a socket must have 1 to 107 octets");
}

namespace {

constexpr int backlog = 64;

result<sockaddr_un> unix_address(const std::string& path) {
  SP_CHECK(check_unix_path(path));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(path, address.sun_path);
  return address;
}

result<unique_fd> make_socket(int flags) {
  unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!fd) return fail(errc::unavailable, "socket: " + errno_text(errno));
  return fd;
}

/// Removes the socket of a process that has ended.
result<void> make_room(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return fail(errc::conflict, path + ": exists and is not a socket");
  const auto other = connect_unix(path);
  if (other) return fail(errc::conflict, path + ": another process is listening on it");
  if (other.error().code != errc::unavailable) return tl::unexpected(other.error());
  ::unlink(path.c_str());
  return {};
}

}  // namespace

result<unique_fd> listen_unix(const std::string& path) {
  SP_TRY(const sockaddr_un address, unix_address(path));
  SP_CHECK(make_room(path));
  SP_TRY(unique_fd fd, make_socket(SOCK_NONBLOCK));
  // unix(7): the file gets the mode of the socket. A chmod afterwards would leave a moment in which
  // others could connect, and the umask is shared by all threads.
  ::fchmod(fd.get(), 0600);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return tl::unexpected(socket_error(errno, path));
  }
  if (::listen(fd.get(), backlog) != 0) return tl::unexpected(socket_error(errno, path));
  return fd;
}

result<unique_fd> connect_unix(const std::string& path) {
  SP_TRY(const sockaddr_un address, unix_address(path));
  SP_TRY(unique_fd fd, make_socket(0));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return fd;
  }
  const auto code = errno == ENOENT                     ? errc::not_found
                    : errno == EACCES || errno == EPERM ? errc::denied
                                                        : errc::unavailable;
  return fail(code, path + ": " + errno_text(errno));
}

}  // namespace signpost::net
