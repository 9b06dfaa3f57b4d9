// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/manifest_reader.hpp"

#include <rocksdb/env.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "storage/format/log_file.hpp"
#include "storage/format/rocks_files.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

/// The fields of a version edit, by the number in front of each.
enum field : std::uint32_t {
  comparator = 1,
  log_number = 2,
  next_file_number = 3,
  last_sequence = 4,
  compact_cursor = 5,
  deleted_file = 6,
  previous_log_number = 9,
  oldest_log_to_keep = 10,
  new_file = 103,
  family = 200,
  family_added = 201,
  family_dropped = 202,
  families_max = 203,
  in_atomic_group = 300,
  blob_file_added = 400,
  blob_file_garbage = 401,
  /// From here on, a length precedes each value, so that it can be skipped.
  skippable = 1U << 13,
  log_closed_old = skippable + 4,
  log_closed = skippable + 7,
  logs_deleted = skippable + 8,
};

/// Reads varints and strings; once something is missing, so is everything after it.
class edit_reader {
 public:
  explicit edit_reader(std::string_view octets) : rest_(octets) {}

  [[nodiscard]] bool more() const { return well_ && !rest_.empty(); }
  [[nodiscard]] bool well() const { return well_; }
  std::uint64_t number() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto octet = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      v |= static_cast<std::uint64_t>(octet & 0x7F) << shift;
      if (octet < 0x80) return v;
    }
    well_ = false;
    return 0;
  }
  std::string_view text() {
    const auto size = number();
    if (size > rest_.size()) well_ = false;
    if (!well_) return {};
    const auto out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  void numbers(int count) {
    for (int i = 0; i < count; ++i) (void)number();
  }
  /// Fields of a file: a tag and a text each, up to `end`.
  void custom_fields(std::uint64_t end) {
    while (more() && number() != end) (void)text();
  }

 private:
  std::string_view rest_;
  bool well_ = true;
};

struct edit_scope {
  std::uint32_t family = 0;
  std::optional<std::uint64_t> log;
  bool dropped = false;
  std::string name;  ///< for a family that is added
  std::vector<std::pair<std::uint64_t, live_table>> new_tables;
  std::vector<std::uint64_t> gone_tables;
};

void read_new_file(edit_reader& in, edit_scope& scope) {
  live_table table;
  table.level = static_cast<std::uint32_t>(in.number());
  const auto number = in.number();
  table.octets = in.number();
  scope.new_tables.emplace_back(number, table);
  (void)in.text();
  (void)in.text();  // smallest and largest key
  in.numbers(2);
  in.custom_fields(1);
}

void skip_blob_file(edit_reader& in) {
  in.numbers(3);
  (void)in.text();
  (void)in.text();
  in.custom_fields(0);
}

void read_closed_log(edit_reader in, log_needs& needs) {
  const auto number = in.number();
  auto& octets = needs.closed[number];
  for (auto tag = in.number(); in.well() && tag == 2; tag = in.number()) octets = in.number();
}

/// False if the field is unknown.
bool read_field(std::uint64_t tag, edit_reader& in, log_needs& needs, edit_scope& scope) {
  switch (tag) {
    case comparator:
      (void)in.text();
      return true;
    case family_added:
      scope.name = in.text();
      return true;
    case log_number:
      scope.log = in.number();
      return true;
    case next_file_number:
      needs.next_file_number = std::max(needs.next_file_number, in.number());
      return true;
    case previous_log_number:
    case families_max:
    case in_atomic_group:
      (void)in.number();
      return true;
    case last_sequence:
      needs.last_sequence = std::max(needs.last_sequence, in.number());
      return true;
    case compact_cursor:
      (void)in.number();
      (void)in.text();
      return true;
    case deleted_file:
      (void)in.number();  // its level
      scope.gone_tables.push_back(in.number());
      return true;
    case oldest_log_to_keep:
      needs.oldest = std::max(needs.oldest, in.number());
      return true;
    case new_file:
      read_new_file(in, scope);
      return true;
    case family:
      scope.family = static_cast<std::uint32_t>(in.number());
      return true;
    case family_dropped:
      scope.dropped = true;
      return true;
    case blob_file_added:
      skip_blob_file(in);
      return true;
    case blob_file_garbage:
      in.numbers(3);
      in.custom_fields(0);
      return true;
    default:
      return false;
  }
}

// The family comes after its fields. A file that moves to another level is removed and added.
void apply_scope(const edit_scope& scope, log_needs& needs) {
  if (!scope.name.empty()) needs.family_names[scope.family] = scope.name;
  for (const auto number : scope.gone_tables) needs.tables.erase(number);
  for (auto [number, table] : scope.new_tables) {
    table.family = scope.family;
    needs.tables[number] = table;
  }
  if (scope.dropped) {
    needs.families.erase(scope.family);
    std::erase_if(needs.tables, [&](const auto& t) { return t.second.family == scope.family; });
  }
  if (scope.log) {
    auto& from = needs.families[scope.family];
    from = std::max(from, *scope.log);
  }
}

void append_number(std::string& out, std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) out += static_cast<char>(v | 0x80);
  out += static_cast<char>(v);
}

/// The edit by which the database forgets a file.
std::string forgetting(std::uint64_t number, const live_table& table, std::uint64_t next_number) {
  std::string edit;
  append_number(edit, next_file_number);
  append_number(edit, next_number);
  append_number(edit, deleted_file);
  append_number(edit, table.level);
  append_number(edit, number);
  append_number(edit, family);
  append_number(edit, table.family);
  return edit;
}

/// CURRENT is replaced the way RocksDB does it: another file is renamed to it.
result<void> make_current(rocksdb::FileSystem& files, const std::string& folder,
                          const std::string& manifest) {
  const auto current = folder + "/CURRENT";
  auto status = put_file(files, current, manifest + "\n");
  if (status.ok()) status = sync_folder(files, folder);
  if (!status.ok()) return tl::unexpected(to_error(status, current));
  return {};
}

}  // namespace

// CURRENT contains only the name of the MANIFEST.
result<std::string> manifest_path(rocksdb::FileSystem& files, const std::string& folder) {
  const auto current = folder + "/CURRENT";
  if (const auto there = files.FileExists(current, {}, nullptr); !there.ok()) {
    return fail(there.IsNotFound() ? errc::not_found : errc::unavailable, current);
  }
  std::string name;
  const auto status = rocksdb::ReadFileToString(&files, current, &name);
  if (!status.ok()) return tl::unexpected(to_error(status, current));
  if (!name.starts_with("MANIFEST-") || !name.ends_with('\n')) return fail(errc::corrupt, current);
  name.pop_back();
  return folder + "/" + name;
}

result<void> apply_edit(std::string_view edit, log_needs& needs) {
  edit_reader in(edit);
  edit_scope scope;
  while (in.more()) {
    const auto tag = in.number();
    if (read_field(tag, in, needs, scope)) continue;
    if (tag < skippable) return fail(errc::corrupt, "MANIFEST: field " + std::to_string(tag));
    const auto content = in.text();
    if (tag == log_closed || tag == log_closed_old) read_closed_log(edit_reader(content), needs);
    if (tag == logs_deleted) {
      const auto before = edit_reader(content).number();
      needs.closed.erase(needs.closed.begin(), needs.closed.lower_bound(before));
    }
  }
  if (!in.well()) return fail(errc::corrupt, "MANIFEST: a torn edit");
  apply_scope(scope, needs);
  return {};
}

result<log_needs> read_log_needs(rocksdb::FileSystem& files, const std::string& folder) {
  SP_TRY(const auto path, manifest_path(files, folder));
  SP_TRY(auto reader, log_reader::open(files, path));
  log_needs needs;
  log_record record;
  while (reader.next(record)) {
    if (record.damaged_octets > 0) return fail(errc::corrupt, path);
    SP_CHECK(apply_edit(record.payload, needs));
  }
  SP_CHECK(reader.failure());
  auto oldest = needs.families.empty() ? 0 : UINT64_MAX;
  for (const auto& [unused, from] : needs.families) oldest = std::min(oldest, from);
  needs.oldest = std::max(needs.oldest, oldest);
  std::erase_if(needs.closed, [&](const auto& log) { return log.first < needs.oldest; });
  return needs;
}

namespace {

/// The highest known file number.
std::uint64_t highest(const log_needs& needs) {
  std::uint64_t number = needs.oldest;
  if (!needs.tables.empty()) number = std::max(number, needs.tables.rbegin()->first);
  if (!needs.closed.empty()) number = std::max(number, needs.closed.rbegin()->first);
  return number;
}

}  // namespace

result<void> forget_tables(rocksdb::FileSystem& files, const std::string& folder,
                           const std::vector<std::uint64_t>& numbers) {
  SP_TRY(const auto path, manifest_path(files, folder));
  SP_TRY(const auto needs, read_log_needs(files, folder));
  SP_TRY(auto reader, log_reader::open(files, path));
  // An unused number; otherwise RocksDB would write its next MANIFEST over ours.
  const auto own_number = std::max(needs.next_file_number, highest(needs)) + 1;
  char name[32];
  std::snprintf(name, sizeof name, "MANIFEST-%06llu", static_cast<unsigned long long>(own_number));
  SP_TRY(auto writer, log_writer::create(files, folder + "/" + name));
  log_record record;
  while (reader.next(record)) SP_CHECK(writer.add(record.payload));
  for (const auto number : numbers) {
    const auto table = needs.tables.find(number);
    if (table == needs.tables.end()) continue;
    SP_CHECK(writer.add(forgetting(number, table->second, own_number + 1)));
  }
  SP_CHECK(writer.finish());
  return make_current(files, folder, name);
}

}  // namespace signpost::storage
