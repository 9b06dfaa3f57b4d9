// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/private_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/secret_file.hpp"

namespace signpost::config {
namespace {

tl::unexpected<error> system_error(const std::string& path, int number) {
  auto code = errc::unavailable;
  if (number == ENOENT || number == ENOTDIR) code = errc::not_found;
  if (number == EACCES || number == EPERM || number == EROFS || number == ELOOP) {
    code = errc::denied;
  }
  if (number == ENOSPC || number == EDQUOT) code = errc::no_space;
  return fail(code, path + ": " + std::strerror(number));
}

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Root gives what it makes to the owner of the directory around it: the node is not root.
void hand_over(int fd, const std::string& path) {
  if (::geteuid() != 0) return;
  struct stat around {};
  if (::stat(parent_of(path).c_str(), &around) == 0) {
    (void)!::fchown(fd, around.st_uid, around.st_gid);
  }
}

result<void> sync_directory(const std::string& path) {
  const file_descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.open() || ::fsync(fd.get()) != 0) return system_error(path, errno);
  return {};
}

result<void> write_durably(int fd, const std::string& path, std::string_view content) {
  if (!write_all(fd, content) || ::fsync(fd) != 0) return system_error(path, errno);
  return {};
}

}  // namespace

result<void> check_private_directory(const std::string& path) {
  return check_secret_directory(path);
}

result<void> make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) {
    const file_descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.open()) return system_error(path, errno);
    hand_over(fd.get(), path);
    SP_CHECK(sync_directory(parent_of(path)));
  } else if (errno != EEXIST) {
    return system_error(path, errno);
  }
  return check_private_directory(path);
}

result<std::string> read_private_file(const std::string& path, std::size_t octets_max) {
  return read_secret_file(path, octets_max);
}

result<void> write_private_file(const std::string& path, std::string_view content) {
  const auto temporary = path + ".new";
  ::unlink(temporary.c_str());
  const file_descriptor fd(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.open()) return system_error(temporary, errno);
  auto written = write_durably(fd.get(), temporary, content);
  if (written) {
    hand_over(fd.get(), path);
    if (::rename(temporary.c_str(), path.c_str()) != 0) written = system_error(path, errno);
  }
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return sync_directory(parent_of(path));
}

result<void> remove_private_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return system_error(path, errno);
  return sync_directory(parent_of(path));
}

result<directory_lock> directory_lock::take(const std::string& directory) {
  const auto path = directory + "/.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return system_error(path, errno);
  hand_over(fd, path);
  directory_lock lock(fd);
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) return system_error(path, errno);
  }
  return lock;
}

directory_lock::directory_lock(directory_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

directory_lock::~directory_lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace signpost::config
