// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "base/file_descriptor.hpp"

namespace signpost {
namespace {

errc code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return errc::not_found;
    case EEXIST:
      return errc::conflict;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
      return errc::denied;
    case ENOSPC:
    case EDQUOT:
      return errc::no_space;
    default:
      return errc::unavailable;
  }
}

/// The draft, whole; what went wrong.
std::optional<error> write_draft(const std::string& draft, std::string_view octets,
                                 const whole_file_promise& promise) {
  // Of an earlier process with our number.
  ::unlink(draft.c_str());
  const file_descriptor file(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, promise.mode));
  if (!file.open()) return file_error(draft, errno);
  if (!write_all(file.get(), octets)) return file_error(draft, errno);
  if (promise.for_owner_of_folder) give_to_owner_of_folder(file.get(), draft);
  if (promise.durable && ::fsync(file.get()) != 0) return file_error(draft, errno);
  return std::nullopt;
}

/// Puts the draft into its place.
std::optional<error> place(const std::string& draft, const std::string& path,
                           existing_file existing) {
  const bool placed = existing == existing_file::replaced
                          ? ::rename(draft.c_str(), path.c_str()) == 0
                          // Unlike rename(2) it refuses a name that is taken.
                          : ::link(draft.c_str(), path.c_str()) == 0;
  if (placed) return std::nullopt;
  return file_error(path, errno);
}

}  // namespace

error file_error(const std::string& path, int number) {
  return {code_of(number), path + ": " + std::strerror(number)};
}

bool file_exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

std::string folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

void give_to_owner_of_folder(int descriptor, const std::string& path) {
  if (::geteuid() != 0) return;
  struct stat around {};
  if (::stat(folder_of(path).c_str(), &around) == 0) {
    (void)!::fchown(descriptor, around.st_uid, around.st_gid);
  }
}

result<void> sync_folder(const std::string& path) {
  const file_descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some network file systems have nothing to sync in a folder, and return an error.
  if (folder.open() && (::fsync(folder.get()) == 0 || errno == EINVAL)) return {};
  return tl::unexpected(file_error(path, errno));
}

result<void> write_whole_file(const std::string& path, std::string_view octets,
                              const whole_file_promise& promise) {
  const auto draft = path + ".new." + std::to_string(::getpid());
  auto failed = write_draft(draft, octets, promise);
  if (!failed) failed = place(draft, path, promise.existing);
  const bool moved = !failed && promise.existing == existing_file::replaced;
  if (!moved) ::unlink(draft.c_str());
  if (failed) return tl::unexpected(std::move(*failed));
  return promise.durable ? sync_folder(folder_of(path)) : result<void>();
}

}  // namespace signpost
