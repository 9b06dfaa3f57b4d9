// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/space_reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "base/log.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

const logger log_("storage.reserve");

/// How many inodes are kept, with equal shares of the octets.
constexpr unsigned files_kept = 16;

bool make_file(const std::string& path, std::uint64_t octets) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return false;
  const bool made = ::posix_fallocate(fd, 0, static_cast<off_t>(octets)) == 0;
  return ::close(fd) == 0 && made;
}

std::string file_of(const std::string& folder, unsigned n) {
  return folder + "/" + std::to_string(n);
}

bool is_whole(const std::string& folder, std::uint64_t octets) {
  for (unsigned n = 0; n < files_kept; ++n) {
    std::error_code failed;
    if (fs::file_size(file_of(folder, n), failed) != octets / files_kept || failed) return false;
  }
  return true;
}

}  // namespace

space_reserve::space_reserve(std::string folder, std::uint64_t octets)
    : folder_(std::move(folder)), octets_(octets) {
  held_ = octets_ > 0 && is_whole(folder_, octets_);
  if (!held_) (void)give_up(folder_);
}

void space_reserve::take(std::uint64_t free_octets, std::uint64_t free_after) {
  if (held_ || octets_ == 0 || free_octets < free_after + octets_) return;
  std::error_code failed;
  fs::create_directory(folder_, failed);
  held_ = !failed;
  for (unsigned n = 0; n < files_kept && held_; ++n) {
    held_ = make_file(file_of(folder_, n), octets_ / files_kept);
  }
  if (!held_) {
    (void)give_up(folder_);
    return;
  }
  log_.info("storage.reserve_taken", {{"folder", folder_}, {"octets", octets_}});
}

bool space_reserve::give_up() {
  if (!std::exchange(held_, false)) return false;
  return give_up(folder_);
}

bool space_reserve::give_up(const std::string& folder) {
  std::error_code failed;
  const auto removed = fs::remove_all(folder, failed);
  if (failed || removed == 0) return false;
  log_.warning("storage.reserve_given_up", {{"folder", folder}});
  return true;
}

}  // namespace signpost::storage
