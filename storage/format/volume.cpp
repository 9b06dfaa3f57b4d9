// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/volume.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mib = 1ULL << 20;

// RocksDB creates files in the background: it must not run out of inodes before the node notices.
constexpr std::uint64_t files_low_max = 256;
constexpr std::uint64_t files_none_max = 64;
/// In addition to the logs: MANIFEST, a first log, the records of what was acknowledged.
constexpr std::uint64_t opening_octets = 12 * mib;

/// One part in `part` of a volume, within bounds.
std::uint64_t share(std::uint64_t octets, std::uint64_t part, std::uint64_t least,
                    std::uint64_t most) {
  return std::clamp(octets / part, least, most);
}

std::string in_mib(std::uint64_t octets) {
  return std::to_string((octets + mib - 1) / mib) + " MiB";
}

}  // namespace

volume_state look_at_volume(const std::string& path) {
  // Called frequently: the search only goes further up for what does not exist yet.
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0) {
    std::error_code failed;
    auto place = fs::absolute(path, failed);
    while (!fs::exists(place, failed) && place.has_relative_path()) place = place.parent_path();
    if (::statvfs(place.c_str(), &disk) != 0) return {};
  }
  volume_state state;
  const auto unit = static_cast<std::uint64_t>(disk.f_frsize);
  if (disk.f_blocks > 0) {
    state.octets = disk.f_blocks * unit;
    state.free_octets = disk.f_bavail * unit;
  }
  if (disk.f_files > 0) {
    state.files = disk.f_files;
    state.free_files = disk.f_favail;
  }
  state.read_only = (disk.f_flag & ST_RDONLY) != 0;
  return state;
}

volume_watch::volume_watch(std::string path, volume_look look, milliseconds every)
    : path_(std::move(path)),
      look_(look ? std::move(look) : volume_look(look_at_volume)),
      every_(every) {}

volume_state volume_watch::look() {
  {
    const std::lock_guard lock(mutex_);
    if (seen_at_ && std::chrono::steady_clock::now() - *seen_at_ < every_) return seen_;
  }
  return look_now();
}

// Without the lock, so that a volume that does not answer only holds up those who query it.
volume_state volume_watch::look_now() {
  auto seen = look_(path_);
  const std::lock_guard lock(mutex_);
  seen_ = seen;
  seen_at_ = std::chrono::steady_clock::now();
  return seen;
}

volume_watch watch_volume(std::string path, volume_look look) {
  const auto every = look ? milliseconds(0) : volume_look_every;
  return {std::move(path), std::move(look), every};
}

std::uint64_t files_low(const volume_state& volume) {
  return std::min(files_low_max, volume.files.value_or(0) / 4);
}

std::uint64_t files_none(const volume_state& volume) {
  return std::min(files_none_max, volume.files.value_or(0) / 8);
}

volume_plan plan_for_volume(std::optional<std::uint64_t> octets) {
  const auto size = octets.value_or(UINT64_MAX);
  return {.memory_octets = static_cast<std::size_t>(share(size, 16, 2 * mib, 64 * mib)),
          .wal_octets_max = share(size, 8, 8 * mib, 256 * mib),
          .free_octets_min = share(size, 8, 8 * mib, 256 * mib),
          .reserve_octets = share(size, 64, mib, 16 * mib),
          .log_octets_max = share(size, 16, 4 * mib, 4096 * mib)};
}

std::uint64_t wal_octets(const std::string& folder) {
  std::uint64_t sum = 0;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (entry->path().extension() != ".log") continue;
    std::error_code gone;
    const auto size = entry->file_size(gone);
    if (!gone) sum += size;
  }
  return sum;
}

std::string why_no_room_to_open(const std::string& data_dir,
                                const std::vector<std::string>& folders) {
  const auto volume = look_at_volume(data_dir);
  if (volume.read_only) return "the file system of " + data_dir + " is read-only";
  auto needed = opening_octets;
  for (const auto& folder : folders) needed += wal_octets(folder);
  if (volume.free_octets && *volume.free_octets < needed) {
    return "full: " + in_mib(*volume.free_octets) + " are free in " + data_dir + ", "
           + in_mib(needed) + " are needed to open the stores";
  }
  if (volume.free_files && *volume.free_files < files_none(volume)) {
    return "full: " + std::to_string(*volume.free_files) + " inodes are free in " + data_dir + ", "
           + std::to_string(files_none(volume)) + " are needed to open the stores";
  }
  // One of them can be on a volume of its own.
  for (const auto& folder : folders) {
    const auto its = look_at_volume(folder);
    const auto least = opening_octets + wal_octets(folder);
    if (its.read_only) return "the file system of " + folder + " is read-only";
    if (its.free_octets && *its.free_octets < least) {
      return "full: " + in_mib(*its.free_octets) + " are free in " + folder + ", " + in_mib(least)
             + " are needed to open it";
    }
    if (its.free_files && *its.free_files < files_none(its)) {
      return "full: " + std::to_string(*its.free_files) + " inodes are free in " + folder + ", "
             + std::to_string(files_none(its)) + " are needed to open it";
    }
  }
  return {};
}

}  // namespace signpost::storage
