// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/losses/acknowledged_record.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/log.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"
#include "storage/format/crc32c.hpp"
#include "storage/format/key_numbers.hpp"
#include "storage/format/loss_register.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.acknowledged");

constexpr std::string_view magic = "SPacked1";
// The two slots are written in turn, in different pages: a torn write cannot destroy both.
constexpr std::uint64_t slot_distance = 4096;
constexpr std::uint64_t ring_offset = 2 * slot_distance;
/// magic, turn, identity, five numbers, sum.
constexpr std::size_t slot_octets = 8 + 8 + 16 + 5 * 8 + 8;
/// id, kind and sequence, position, sum.
constexpr std::size_t entry_octets = 16 + 8 + 8 + 8;
constexpr unsigned kind_shift = 56;
/// Between two syncs: what a power failure may take from the ring. On a slow disk it is longer, so
/// that commits keep all but a fortieth of the disk's time.
constexpr std::chrono::steady_clock::duration sync_pause_min = std::chrono::milliseconds(100);
constexpr std::chrono::steady_clock::duration sync_pause_max = std::chrono::seconds(2);
constexpr int sync_share = 40;

error io_error(const std::string& path, const char* what) {
  const int why = errno;
  auto code = errc::unavailable;
  if (why == EACCES || why == EPERM || why == EROFS) code = errc::denied;
  if (why == ENOSPC || why == EDQUOT) code = errc::no_space;
  return {code, path + ": " + what + ": " + std::strerror(why)};
}

void append_entry(std::string& out, const acknowledged_record::entry& e, std::uint64_t position,
                  std::uint32_t seed) {
  const auto begin = out.size();
  out += e.id.octets();
  schema::append_be64(out, static_cast<std::uint64_t>(e.what) << kind_shift | e.sequence);
  schema::append_be64(out, position);
  schema::append_be64(out, crc32c(std::string_view(out).substr(begin), seed));
}

struct placed_entry {
  std::uint64_t position;
  acknowledged_record::entry entry;
};

std::optional<placed_entry> parse_entry(std::string_view octets, std::uint32_t seed) {
  const auto number = [&](std::size_t at) { return schema::read_big_endian(octets.substr(at, 8)); };
  if (number(32) != crc32c(octets.substr(0, 32), seed)) return std::nullopt;
  const auto kind = number(16) >> kind_shift;
  if (kind != 1 && kind != 2) return std::nullopt;
  return placed_entry{number(24),
                      {.id = *model::queue_id::from_octets(octets.substr(0, 16)),
                       .what = static_cast<acknowledged_record::entry::kind>(kind),
                       .sequence = number(16) & ((1ULL << kind_shift) - 1)}};
}

/// False if the file ends earlier, with errno 0, or on an error of the disk, with its errno.
bool read_at(int descriptor, std::uint64_t offset, std::string& out) {
  errno = 0;
  std::size_t done = 0;
  while (done < out.size()) {
    const auto got = pread(descriptor, out.data() + done, out.size() - done,
                           static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

store_identity make_store_identity() {
  store_identity identity{};
  system_random().fill(std::as_writable_bytes(std::span(identity)));
  return identity;
}

std::string text_of(const store_identity& identity) {
  return to_hex(std::as_bytes(std::span(identity)));
}

std::uint32_t shortened(const store_identity& identity) {
  return crc32c({identity.data(), identity.size()});
}

std::uint64_t last_sequence_of(const rocksdb::WriteBatch& batch) {
  std::uint64_t first = 0;
  for (std::size_t i = 8; i > 0; --i) {
    first = first << 8 | static_cast<unsigned char>(batch.Data()[i - 1]);
  }
  return first + batch.Count() - 1;
}

std::string acknowledged_path(const std::string& folder) {
  return path_beside(folder, ".acknowledged");
}

result<void> forget_acknowledged(const std::string& folder) {
  const auto path = acknowledged_path(folder);
  if (unlink(path.c_str()) == 0) {
    (void)sync_folder(folder_of(path));
  } else if (errno != ENOENT) {
    return tl::unexpected(io_error(path, "remove"));
  }
  return {};
}

result<std::unique_ptr<acknowledged_record>> acknowledged_record::open(const std::string& path,
                                                                       std::size_t ring_entries,
                                                                       bool durable) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0 && errno != ENOENT) return tl::unexpected(io_error(path, "open"));
  std::unique_ptr<acknowledged_record> record(
      new acknowledged_record(path, descriptor, ring_entries, durable));
  // An error may be temporary. Nothing is known from a damaged or truncated record.
  if (!record->read()) return tl::unexpected(io_error(path, "read"));
  return record;
}

acknowledged_record::acknowledged_record(std::string path, int descriptor,
                                         std::size_t ring_entries, bool durable)
    : path_(std::move(path)),
      descriptor_(descriptor),
      ring_entries_(ring_entries),
      durable_(durable),
      was_there_(descriptor >= 0) {}

acknowledged_record::~acknowledged_record() {
  if (syncer_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_one();
    syncer_.join();
  }
  if (descriptor_ < 0) return;
  sync();
  close(descriptor_);
}

// ---- reading -----------------------------------------------------------------------------------

bool acknowledged_record::read() {
  if (descriptor_ < 0) return true;
  struct stat info {};
  if (fstat(descriptor_, &info) != 0) return false;
  const auto size = static_cast<std::uint64_t>(info.st_size);
  ring_entries_ = size <= ring_offset ? 0 : (size - ring_offset) / entry_octets;
  std::optional<acknowledged_numbers> numbers;
  if (!read_slots(numbers)) return false;
  if (!numbers) return true;
  numbers_ = *numbers;
  contents found{.numbers = *numbers, .entries = {}, .reaches_back = true};
  if (!read_ring(found)) return false;
  contents_ = std::move(found);
  return true;
}

bool acknowledged_record::read_slots(std::optional<acknowledged_numbers>& newest) {
  for (std::uint64_t i = 0; i < 2; ++i) {
    std::string slot(slot_octets, '\0');
    if (!read_at(descriptor_, i * slot_distance, slot)) {
      if (errno != 0) return false;
      continue;
    }
    if (!slot.starts_with(magic)) continue;
    const auto number = [&](std::size_t at) {
      return schema::read_big_endian(std::string_view(slot).substr(at, 8));
    };
    const auto sum_at = slot_octets - 8;
    if (number(sum_at) != crc32c(std::string_view(slot).substr(0, sum_at))) continue;
    if (newest && number(8) < slot_) continue;
    slot_ = number(8);
    newest.emplace();
    std::copy_n(slot.begin() + 16, newest->identity.size(), newest->identity.begin());
    newest->sequence = number(32);
    newest->messages = number(40);
    newest->accepted_total = number(48);
    newest->ids_reserved = number(56);
    position_ = number(64);
  }
  return true;
}

bool acknowledged_record::read_ring(contents& out) {
  std::string ring(ring_entries_ * entry_octets, '\0');
  if (ring.empty()) return true;
  if (!read_at(descriptor_, ring_offset, ring)) return errno == 0;
  const auto seed = shortened(out.numbers.identity);
  std::vector<placed_entry> entries;
  for (std::size_t at = 0; at < ring.size(); at += entry_octets) {
    if (auto e = parse_entry(std::string_view(ring).substr(at, entry_octets), seed)) {
      entries.push_back(std::move(*e));
    }
  }
  for (const auto& e : entries) position_ = std::max(position_, e.position + 1);
  // An entry a whole round behind was about to be overwritten.
  std::erase_if(entries, [&](const auto& e) { return e.position + ring_entries_ < position_; });
  out.reaches_back = position_ < ring_entries_;
  out.whole = entries.size() >= std::min<std::uint64_t>(position_, ring_entries_);
  std::ranges::sort(entries, {}, [](const auto& e) {
    return std::pair(e.entry.sequence, e.position);
  });
  for (auto& e : entries) out.entries.push_back(std::move(e.entry));
  return true;
}

// ---- writing -----------------------------------------------------------------------------------

bool acknowledged_record::write_at(std::uint64_t offset, std::string_view octets) {
  while (!octets.empty()) {
    const auto put = pwrite(descriptor_, octets.data(), octets.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return true;
}

bool acknowledged_record::write_slot(const acknowledged_numbers& numbers) {
  auto& out = buffer_;
  out.assign(magic);
  schema::append_be64(out, ++slot_);
  out.append(numbers.identity.data(), numbers.identity.size());
  for (const auto n : {numbers.sequence, numbers.messages, numbers.accepted_total,
                       numbers.ids_reserved, position_}) {
    schema::append_be64(out, n);
  }
  schema::append_be64(out, crc32c(out));
  return write_at(slot_ % 2 * slot_distance, out);
}

bool acknowledged_record::write_entries(std::span<const entry> entries) {
  if (ring_entries_ == 0) return true;
  const auto seed = shortened(numbers_.identity);
  while (!entries.empty()) {
    const auto place = position_ % ring_entries_;
    const auto count = std::min<std::size_t>(entries.size(), ring_entries_ - place);
    buffer_.clear();
    for (const auto& e : entries.first(count)) append_entry(buffer_, e, position_++, seed);
    if (!write_at(ring_offset + place * entry_octets, buffer_)) return false;
    entries = entries.subspan(count);
  }
  return true;
}

// Allocated as a whole: a commit must not find the disk full here.
bool acknowledged_record::allocate() {
  const auto size = static_cast<off_t>(ring_offset + ring_entries_ * entry_octets);
  struct stat info {};
  if (fstat(descriptor_, &info) == 0 && info.st_size == size) return true;
  errno = posix_fallocate(descriptor_, 0, size);
  return errno == 0;
}

result<void> acknowledged_record::begin(const acknowledged_numbers& numbers,
                                        std::span<const entry> entries) {
  if (descriptor_ < 0) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor_ < 0) return tl::unexpected(io_error(path_, "make"));
    if (durable_) (void)sync_folder(folder_of(path_));
  }
  if (numbers.identity != numbers_.identity) position_ = 0;
  numbers_ = numbers;
  // Both slots: neither may describe the state before.
  if (!allocate() || !write_entries(entries) || !write_slot(numbers) || !write_slot(numbers)) {
    auto e = io_error(path_, "write");
    give_up();
    return tl::unexpected(std::move(e));
  }
  sync();
  if (!syncer_.joinable() && durable_) syncer_ = std::thread([this] { keep_syncing(); });
  return {};
}

void acknowledged_record::note(const acknowledged_numbers& numbers,
                               std::span<const entry> entries) {
  if (descriptor_ < 0) return;
  numbers_ = numbers;
  if (!write_entries(entries) || !write_slot(numbers)) {
    log_.error("spool.record_given_up", {{"path", path_}, {"error", std::strerror(errno)}});
    give_up();
    return;
  }
  bool was_dirty = true;
  {
    const std::lock_guard lock(mutex_);
    was_dirty = std::exchange(dirty_, true);
  }
  if (!was_dirty) wake_.notify_one();
}

void acknowledged_record::give_up() {
  unlink(path_.c_str());
  const std::lock_guard lock(mutex_);
  close(descriptor_);
  descriptor_ = -1;
}

void acknowledged_record::sync() {
  if (!durable_) return;
  std::unique_lock lock(mutex_);
  dirty_ = false;
  const int descriptor = descriptor_ < 0 ? -1 : dup(descriptor_);
  lock.unlock();
  if (descriptor < 0) return;
  if (fdatasync(descriptor) != 0) {
    log_.warning("spool.record_not_synced", {{"path", path_}, {"error", std::strerror(errno)}});
  }
  close(descriptor);
}

void acknowledged_record::keep_syncing() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    wake_.wait(lock, [this] { return dirty_ || ending_; });
    lock.unlock();
    const auto began = std::chrono::steady_clock::now();
    sync();
    const auto took = std::chrono::steady_clock::now() - began;
    lock.lock();
    wake_.wait_for(lock, std::clamp(took * sync_share, sync_pause_min, sync_pause_max),
                   [this] { return ending_; });
  }
}

}  // namespace signpost::storage
