// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/losses/acknowledged_mark.hpp"

#include <rocksdb/write_batch.h>

#include "storage/format/key_numbers.hpp"


namespace signpost::storage {
namespace {

constexpr std::string_view magic = "SPm1";
constexpr std::size_t id_octets = 16;

void append_ids(std::string& out, const std::vector<model::queue_id>& ids) {
  schema::append_be32(out, static_cast<std::uint32_t>(ids.size()));
  for (const auto& id : ids) out += id.octets();
}

bool take_number(std::string_view& in, std::size_t octets, std::uint64_t& out) {
  if (in.size() < octets) return false;
  out = schema::read_big_endian(in.substr(0, octets));
  in.remove_prefix(octets);
  return true;
}

bool take_ids(std::string_view& in, std::vector<model::queue_id>& out) {
  std::uint64_t count = 0;
  if (!take_number(in, 4, count) || in.size() / id_octets < count) return false;
  out.reserve(count);
  for (; count > 0; --count) {
    out.push_back(*model::queue_id::from_octets(in.substr(0, id_octets)));
    in.remove_prefix(id_octets);
  }
  return true;
}

/// Skips everything except what was written to the log alone.
class mark_finder final : public rocksdb::WriteBatch::Handler {
 public:
  rocksdb::Status PutCF(std::uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override {
    return {};
  }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status SingleDeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice&,
                                const rocksdb::Slice&) override {
    return {};
  }
  void LogData(const rocksdb::Slice& blob) override {
    if (auto mark = acknowledged_mark::decode(blob.ToStringView())) found = std::move(mark);
  }

  std::optional<acknowledged_mark> found;
};

}  // namespace

std::string acknowledged_mark::encode() const {
  std::string out(magic);
  out.reserve(magic.size() + 28 + (accepted.size() + ended.size()) * id_octets);
  schema::append_be32(out, store);
  schema::append_be64(out, messages);
  schema::append_be64(out, accepted_total);
  append_ids(out, accepted);
  append_ids(out, ended);
  return out;
}

std::optional<acknowledged_mark> acknowledged_mark::decode(std::string_view octets) {
  if (!octets.starts_with(magic)) return std::nullopt;
  octets.remove_prefix(magic.size());
  acknowledged_mark mark;
  std::uint64_t store = 0;
  const bool whole = take_number(octets, 4, store) && take_number(octets, 8, mark.messages)
                     && take_number(octets, 8, mark.accepted_total)
                     && take_ids(octets, mark.accepted) && take_ids(octets, mark.ended);
  if (!whole || !octets.empty()) return std::nullopt;
  mark.store = static_cast<std::uint32_t>(store);
  return mark;
}

std::optional<acknowledged_mark> mark_of(std::string_view batch) {
  const rocksdb::WriteBatch read{std::string(batch)};
  mark_finder finder;
  if (!read.Iterate(&finder).ok()) return std::nullopt;
  return std::move(finder.found);
}

}  // namespace signpost::storage
