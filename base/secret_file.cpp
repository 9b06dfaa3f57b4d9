// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/secret_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/file_descriptor.hpp"

namespace signpost {
namespace {

constexpr std::size_t names_octets = 16 * 1024;  // of an entry of the system's user database

tl::unexpected<error> system_error(const std::string& path, int number) {
  auto code = errc::unavailable;
  if (number == ENOENT || number == ENOTDIR) code = errc::not_found;
  if (number == EACCES || number == EPERM || number == ELOOP) code = errc::denied;
  return fail(code, path + ": " + std::strerror(number));
}

std::string user_name(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, names_octets> names{};
  if (::getpwuid_r(user, &entry, names.data(), names.size(), &found) == 0 && found != nullptr) {
    return entry.pw_name;
  }
  return std::to_string(user);
}

std::string group_name(gid_t id) {
  group entry{};
  group* found = nullptr;
  std::array<char, names_octets> names{};
  if (::getgrgid_r(id, &entry, names.data(), names.size(), &found) == 0 && found != nullptr) {
    return entry.gr_name;
  }
  return std::to_string(id);
}

bool is_in(const std::vector<gid_t>& groups, gid_t id) {
  return std::ranges::find(groups, id) != groups.end();
}

// What the file should have: nothing for others, and for the group only what the reader needs.
unsigned wanted_mode(const struct stat& about, bool by_group) {
  const auto owner = about.st_mode & S_IRWXU;
  return by_group ? owner | (owner & S_IRUSR) >> 3 | (owner & S_IXUSR) >> 3 : owner;
}

tl::unexpected<error> open_to(const std::string& path, const struct stat& about,
                              const std::string& whom, bool by_group) {
  if (S_ISDIR(about.st_mode)) {
    return fail(errc::denied,
                fmt::format("{} is accessible to {} (mode {:04o}), and secrets are stored in it; "
                            "run: chmod {:o} {}",
                            path, whom, about.st_mode & 07777, wanted_mode(about, by_group), path));
  }
  return fail(errc::denied,
              fmt::format("{} is accessible to {} (mode {:04o}); if nobody can have read it, run: "
                          "chmod {:o} {}; otherwise replace the secret",
                          path, whom, about.st_mode & 07777, wanted_mode(about, by_group), path));
}

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         std::free);
  return real ? std::string(real.get()) : std::string();
}

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// `path` has no links in it.
result<void> check_above(const std::string& path) {
  for (auto at = path; at != "/";) {
    at = parent_of(at);
    struct stat about {};
    if (::stat(at.c_str(), &about) != 0) return system_error(at, errno);
    if ((about.st_mode & S_IWOTH) == 0 || (about.st_mode & S_ISVTX) != 0) continue;
    struct stat around {};
    if (::stat(parent_of(at).c_str(), &around) != 0) return system_error(at, errno);
    if (at == "/" || around.st_dev != about.st_dev) continue;  // the top of a volume
    return fail(
        errc::denied,
        fmt::format(
            "{} can be replaced by others, who may write to {} (mode {:04o}); run: chmod o-w {}",
            path, at, about.st_mode & 07777, at));
  }
  return {};
}

result<std::string> read_all(int fd, const std::string& path, std::size_t octets_max) {
  std::string content;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path, errno);
    if (got == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(got));
    if (content.size() > octets_max) return fail(errc::limit_exceeded, path + ": too large");
  }
}

}  // namespace

secret_reader secret_reader::this_process() {
  secret_reader reader{.user = ::geteuid(), .groups = {::getegid()}};
  const int count = ::getgroups(0, nullptr);
  if (count <= 0) return reader;
  std::vector<gid_t> more(static_cast<std::size_t>(count));
  const int got = ::getgroups(count, more.data());
  if (got > 0) reader.groups.insert(reader.groups.end(), more.begin(), more.begin() + got);
  return reader;
}

secret_reader secret_reader::of_user(uid_t user) {
  if (user == ::geteuid()) return this_process();
  secret_reader reader{.user = user, .groups = {}, .other = true};
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, names_octets> names{};
  if (::getpwuid_r(user, &entry, names.data(), names.size(), &found) != 0 || found == nullptr) {
    return reader;
  }
  int count = 1024;
  reader.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(entry.pw_name, entry.pw_gid, reader.groups.data(), &count) < 0) {
    reader.groups = {entry.pw_gid};
  } else {
    reader.groups.resize(static_cast<std::size_t>(count));
  }
  return reader;
}

result<void> secret_reader::judge(const std::string& path, const struct stat& about) const {
  const bool owns = about.st_uid == user;
  const bool in_group = is_in(user == 0 && !owns ? of_user(about.st_uid).groups : groups,
                              about.st_gid)
                        || is_in(groups, about.st_gid);
  // Root may read everyone's: it checks what belongs to the node's user.
  if (!owns && about.st_uid != 0 && user != 0) {
    return fail(errc::denied, fmt::format("{} belongs to another user, {}; run: chown {} {}", path,
                                          user_name(about.st_uid), user_name(user), path));
  }
  const bool by_group = !owns && user != 0;
  if ((about.st_mode & S_IRWXO) != 0) return open_to(path, about, "others", by_group && in_group);
  if ((about.st_mode & S_IRWXG) != 0 && !in_group) {
    return open_to(path, about, "the group " + group_name(about.st_gid), false);
  }
  const auto readable = owns ? S_IRUSR : S_IRGRP;
  const bool can_read = user == 0 || ((owns || in_group) && (about.st_mode & readable) != 0);
  if (other && !can_read) {
    return fail(errc::denied, fmt::format("{} cannot be read by {}; run: chown {} {}", path,
                                          user_name(user), user_name(user), path));
  }
  return {};
}

result<std::string> read_secret_file(const std::string& path, std::size_t octets_max,
                                     const secret_reader& reader) {
  const auto real = real_path(path);
  if (real.empty()) return system_error(path, errno);
  SP_CHECK(check_above(real));
  // What is judged is the descriptor that is read, so that the file cannot be exchanged in between.
  // A FIFO must not block the node.
  const file_descriptor fd(::open(real.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd.get() < 0) return system_error(path, errno);
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0) return system_error(path, errno);
  if (!S_ISREG(about.st_mode)) return fail(errc::denied, path + " is not a regular file");
  SP_CHECK(reader.judge(real, about));
  return read_all(fd.get(), path, octets_max);
}

result<void> check_secret_directory(const std::string& path, const secret_reader& reader) {
  const auto real = real_path(path);
  if (real.empty()) return system_error(path, errno);
  struct stat about {};
  if (::stat(real.c_str(), &about) != 0) return system_error(path, errno);
  if (!S_ISDIR(about.st_mode)) return fail(errc::denied, path + " is not a directory");
  SP_CHECK(check_above(real));
  return reader.judge(real, about);
}

}  // namespace signpost
