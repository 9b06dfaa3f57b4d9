// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/private_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/secret_file.hpp"
#include "base/whole_file.hpp"

namespace signpost::config {
namespace {

tl::unexpected<error> failure(const std::string& path) {
  return tl::unexpected(file_error(path, errno));
}

}  // namespace

result<void> check_private_directory(const std::string& path) {
  return check_secret_directory(path);
}

result<void> make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) {
    const file_descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.open()) return failure(path);
    give_to_owner_of_folder(fd.get(), path);
    SP_CHECK(sync_folder(folder_of(path)));
  } else if (errno != EEXIST) {
    return failure(path);
  }
  return check_private_directory(path);
}

result<std::string> read_private_file(const std::string& path, std::size_t octets_max) {
  return read_secret_file(path, octets_max);
}

result<void> write_private_file(const std::string& path, std::string_view content) {
  return write_whole_file(path, content, {.for_owner_of_folder = true});
}

result<void> remove_private_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return failure(path);
  return sync_folder(folder_of(path));
}

result<directory_lock> directory_lock::take_by(const std::string& directory, int how) {
  const auto path = directory + "/.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return failure(path);
  give_to_owner_of_folder(fd, path);
  directory_lock lock(fd);
  while (::flock(fd, how) != 0) {
    if (errno == EWOULDBLOCK) return fail(errc::unavailable, path + " is held by somebody else");
    if (errno != EINTR) return failure(path);
  }
  return lock;
}

result<directory_lock> directory_lock::take(const std::string& directory) {
  return take_by(directory, LOCK_EX);
}

result<directory_lock> directory_lock::take_if_free(const std::string& directory) {
  return take_by(directory, LOCK_EX | LOCK_NB);
}

directory_lock::directory_lock(directory_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

directory_lock::~directory_lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace signpost::config
