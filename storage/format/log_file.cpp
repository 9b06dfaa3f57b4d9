// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/log_file.hpp"

#include <algorithm>
#include <utility>

#include "storage/format/crc32c.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

std::uint32_t read_little_endian(std::string_view octets) {
  std::uint32_t v = 0;
  for (auto i = octets.size(); i > 0; --i) v = v << 8 | static_cast<unsigned char>(octets[i - 1]);
  return v;
}

void append_little_endian(std::string& out, std::uint32_t v, int octets) {
  for (int i = 0; i < octets; ++i) out += static_cast<char>(v >> 8 * i & 0xFF);
}

/// The sum covers the kind, which is the header's last octet, and the contents after it.
std::uint32_t sum_of(std::string_view kind_and_octets) {
  return masked_crc(crc32c(kind_and_octets));
}

}  // namespace

result<log_reader> log_reader::open(rocksdb::FileSystem& files, const std::string& path) {
  // RocksDB's text for a missing file is the same as for any error.
  if (files.FileExists(path, {}, nullptr).IsNotFound()) return fail(errc::not_found, path);
  std::uint64_t size = 0;
  auto status = files.GetFileSize(path, {}, &size, nullptr);
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  if (status.ok()) status = files.NewRandomAccessFile(path, {}, &file, nullptr);
  if (!status.ok()) return tl::unexpected(to_error(status, path));
  return log_reader(std::move(file), path, size);
}

void log_reader::note_damage(log_record& record, std::uint64_t offset, std::uint64_t octets) {
  if (octets == 0) return;
  if (record.damaged_octets == 0) record.damage_offset = offset;
  record.damaged_octets += octets;
}

result<void> log_reader::failure() const {
  if (failure_.ok()) return {};
  return tl::unexpected(to_error(failure_, path_ + " at " + std::to_string(block_at_)));
}

// Octets that the file lacks although its size includes them count as garbage.
bool log_reader::read_block() {
  if (next_block_ >= size_) return false;
  block_at_ = next_block_;
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(log_block_octets, size_ - block_at_));
  next_block_ += log_block_octets;
  place_ = 0;
  buffer_.resize(log_block_octets);
  rocksdb::Slice got;
  failure_ = file_->Read(block_at_, wanted, {}, &got, buffer_.data(), nullptr);
  if (!failure_.ok()) {
    block_ = {};
    next_block_ = size_;
    return false;
  }
  if (got.size() != wanted) {
    std::fill(buffer_.begin(), buffer_.end(), '\xFF');
    got = rocksdb::Slice(buffer_.data(), wanted);
  }
  block_ = got.ToStringView();
  return true;
}

bool log_reader::take_fragment(fragment& out, log_record& record) {
  const auto at = block_at_ + place_;
  const auto rest = block_.substr(place_);
  const auto give_up = [&] {
    note_damage(record, at, rest.size());
    place_ = block_.size();
    return false;
  };
  // Zeros fill what is too short for a header; more of them are space that was never written, or
  // was erased.
  if (rest.size() < log_header_octets && rest.find_first_not_of('\0') == std::string_view::npos) {
    place_ = block_.size();
    return false;
  }
  if (rest.size() < log_header_octets) return give_up();
  const auto sum = read_little_endian(rest.substr(0, 4));
  const std::size_t length = read_little_endian(rest.substr(4, 2));
  const auto what = static_cast<unsigned char>(rest[6]);
  if (what < 1 || what > 4 || log_header_octets + length > rest.size()) return give_up();
  place_ += log_header_octets + length;
  if (sum_of(rest.substr(6, length + 1)) != sum) {
    note_damage(record, at, log_header_octets + length);
    return false;
  }
  out = {.what = static_cast<kind>(what),
         .offset = at,
         .octets = rest.substr(log_header_octets, length)};
  return true;
}

bool log_reader::next_fragment(fragment& out, log_record& record) {
  for (;;) {
    while (place_ < block_.size()) {
      if (take_fragment(out, record)) return true;
    }
    if (!read_block()) return false;
  }
}

bool log_reader::next(log_record& record) {
  record.damaged_octets = 0;
  record.damage_offset = 0;
  bool open = false;
  const auto drop = [&] {
    if (open) note_damage(record, record.offset, record.payload.size() + log_header_octets);
    open = false;
  };
  fragment part;
  for (auto damage = record.damaged_octets; next_fragment(part, record);
       damage = record.damaged_octets) {
    // A record that began before the damage has lost a part.
    if (record.damaged_octets != damage) drop();
    const bool begins = part.what == kind::whole || part.what == kind::first;
    if (begins) {
      drop();
      record.offset = part.offset;
      record.payload.assign(part.octets);
    } else if (open) {
      record.payload.append(part.octets);
    } else {
      note_damage(record, part.offset, part.octets.size() + log_header_octets);
      continue;
    }
    open = part.what == kind::first || part.what == kind::middle;
    if (!open) return true;
  }
  drop();
  return false;
}

result<log_writer> log_writer::create(rocksdb::FileSystem& files, const std::string& path) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  const auto status = files.NewWritableFile(path, {}, &file, nullptr);
  if (!status.ok()) return tl::unexpected(to_error(status, path));
  return log_writer(std::move(file));
}

result<void> log_writer::add(std::string_view payload) {
  std::string out;
  bool begun = false;
  do {
    auto room = log_block_octets - place_;
    if (room < log_header_octets) {
      out.append(room, '\0');
      place_ = 0;
      room = log_block_octets;
    }
    const auto part = payload.substr(0, room - log_header_octets);
    payload.remove_prefix(part.size());
    const bool ends = payload.empty();
    const char kind = static_cast<char>(begun ? (ends ? 4 : 3) : (ends ? 1 : 2));
    begun = true;
    const auto sum = masked_crc(crc32c(part, crc32c({&kind, 1})));
    append_little_endian(out, sum, 4);
    append_little_endian(out, static_cast<std::uint32_t>(part.size()), 2);
    out += kind;
    out += part;
    place_ += log_header_octets + part.size();
  } while (!payload.empty());
  const auto status = file_->Append(out, {}, nullptr);
  if (!status.ok()) return tl::unexpected(to_error(status, "write a log"));
  return {};
}

result<void> log_writer::finish() {
  auto status = file_->Fsync({}, nullptr);
  if (status.ok()) status = file_->Close({}, nullptr);
  if (!status.ok()) return tl::unexpected(to_error(status, "sync a log"));
  return {};
}

}  // namespace signpost::storage
