// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/repair/damaged_spool.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "model/queue/codec.hpp"
#include "storage/format/folder_lock.hpp"
#include "storage/format/loss_register.hpp"
#include "storage/format/skipping_scan.hpp"
#include "storage/format/status.hpp"
#include "storage/losses/log_recovery.hpp"
#include "storage/spool/database.hpp"
#include "storage/spool/schema.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

/// Nobody reads RocksDB's own log here.
class silent_logger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

/// Files that RocksDB never changes once they are written.
bool is_settled(const fs::path& file) {
  return file.extension() == ".sst" || file.extension() == ".blob";
}

result<void> make_view(const std::string& folder, const std::string& view) {
  std::error_code failed;
  fs::remove_all(view, failed);
  if (!fs::create_directory(view, failed)) {
    return fail(errc::unavailable, view + ": " + failed.message());
  }
  fs::permissions(view, fs::perms::owner_all, failed);
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed)) {
    const auto name = at->path().filename().string();
    std::error_code ignored;
    if (name == "LOCK" || name.starts_with("LOG") || !at->is_regular_file(ignored)) continue;
    const auto to = fs::path(view) / name;
    std::error_code linked = std::make_error_code(std::errc::not_supported);
    if (is_settled(at->path())) fs::create_hard_link(at->path(), to, linked);
    std::error_code copied;
    if (linked) fs::copy_file(at->path(), to, copied);
    // A file that cannot be copied is what we are looking for: it will show as missing.
    if (copied == std::errc::no_space_on_device) return fail(errc::no_space, to.string());
  }
  if (failed) return fail(errc::unavailable, folder + ": " + failed.message());
  return {};
}

}  // namespace

bool stored_message::is_open() const {
  if (envelopes.empty() || recipients_lost > 0) return true;
  return std::ranges::any_of(envelopes,
                             [](const auto& e) { return !model::is_final(e.state); });
}

struct damaged_spool::impl {
  std::optional<folder_lock> lock;  ///< keeps a node from starting in the meantime
  std::string view;
  std::vector<std::string> holes;
  std::unique_ptr<rocksdb::DB> db;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families;
  std::vector<spool_gap> gaps;

  ~impl() {
    if (db) {
      for (const auto& [name, handle] : families) db->DestroyColumnFamilyHandle(handle);
      db.reset();
    }
    std::error_code ignored;
    if (view.empty()) return;
    fs::remove_all(view, ignored);
    fs::remove_all(path_beside(view, ".losses"), ignored);
  }

  result<void> open();
  template <typename Use>
  void scan(const char* family, const std::string& lower, const std::string& upper, Use use) {
    const auto at = families.find(family);
    if (at == families.end()) {
      gaps.push_back({family, "it is missing"});
      return;
    }
    skipping_scan rows(*db, at->second, lower, upper);
    for (; rows.valid(); rows.next()) use(rows.key(), rows.value());
    for (const auto& gap : rows.gaps()) note({family, gap.reason});
  }
  void note(spool_gap gap) {
    const auto same = [&](const auto& g) {
      return g.family == gap.family && g.reason == gap.reason;
    };
    if (std::ranges::none_of(gaps, same)) gaps.push_back(std::move(gap));
  }
  result<std::string> get(const char* family, const std::string& key) {
    const auto at = families.find(family);
    if (at == families.end()) return fail(errc::corrupt, std::string(family) + " is missing");
    rocksdb::ReadOptions once;
    once.fill_cache = false;
    std::string value;
    const auto status = db->Get(once, at->second, key, &value);
    if (status.IsNotFound()) {
      return fail(errc::not_found, std::string(family) + " does not have the row");
    }
    if (!status.ok()) return tl::unexpected(to_read_error(status, family));
    return value;
  }
  std::vector<model::queue_id> ids();
  stored_message read(const model::queue_id& id);
  result<std::string> octets_of(const stored_message& m);
};

result<void> damaged_spool::impl::open() {
  rocksdb::DBOptions options;
  // Damage is to be found, and must not stop the search.
  options.paranoid_checks = false;
  options.skip_checking_sst_file_sizes_on_db_open = true;
  options.skip_stats_update_on_db_open = true;
  options.info_log = std::make_shared<silent_logger>();
  options.max_open_files = 256;
  std::vector<std::string> names;
  auto status = rocksdb::DB::ListColumnFamilies(options, view, &names);
  if (!status.ok()) return tl::unexpected(to_read_error(status, "the list of files of the spool"));
  std::vector<rocksdb::ColumnFamilyDescriptor> wanted;
  for (const auto& name : names) wanted.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  status = rocksdb::DB::OpenForReadOnly(options, view, wanted, &handles, &raw);
  if (!status.ok()) return tl::unexpected(to_read_error(status, "open the spool"));
  db.reset(raw);
  for (std::size_t i = 0; i < handles.size(); ++i) families[names[i]] = handles[i];
  return {};
}

// All messages that have anything: recipients, a record, octets.
std::vector<model::queue_id> damaged_spool::impl::ids() {
  std::vector<model::queue_id> found;
  const auto add = [&](std::string_view key, std::string_view) {
    if (key.size() < 16) return;
    const auto id = model::queue_id::from_octets(key.substr(0, 16));
    if (id && (found.empty() || found.back() != *id)) found.push_back(*id);
  };
  scan("env", {}, end_of_keys(), add);
  scan("rcpt", {}, end_of_keys(), add);
  // Octets without either remain where rows were lost; finding them means reading all octets.
  if (!gaps.empty()) scan("body", {}, end_of_keys(), add);
  std::ranges::sort(found);
  const auto [first, last] = std::ranges::unique(found);
  found.erase(first, last);
  return found;
}

stored_message damaged_spool::impl::read(const model::queue_id& id) {
  stored_message m;
  m.id = id;
  const std::string prefix(id.octets());
  auto record = get("env", prefix);
  m.record = record ? decode_message(id, *record) : tl::unexpected(record.error());
  std::uint32_t broken = 0;
  scan("rcpt", prefix, schema::after_prefix(prefix), [&](std::string_view key, std::string_view v) {
    const auto name = schema::parse_rcpt_key(key);
    if (!name) return;
    auto row = decode_envelope(id, name->index, v);
    if (row) {
      m.envelopes.push_back(std::move(*row));
    } else {
      ++broken;
    }
  });
  const auto there = static_cast<std::uint32_t>(m.envelopes.size());
  m.recipients_lost = broken;
  if (m.record && m.record->recipients > there) m.recipients_lost = m.record->recipients - there;
  m.octets = octets_of(m);
  return m;
}

result<std::string> damaged_spool::impl::octets_of(const stored_message& m) {
  SP_TRY(auto octets, get("body", std::string(m.id.octets())));
  const auto size = m.record ? m.record->size : UINT64_MAX;
  for (std::uint64_t part = 1; octets.size() < size; ++part) {
    auto next = get("body", schema::part_key(m.id, part));
    if (!next && next.error().code == errc::not_found) break;
    if (!next) return next;
    octets += *next;
  }
  if (m.record && octets.size() != size) return fail(errc::corrupt, "octets are missing");
  return octets;
}

damaged_spool::damaged_spool(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
damaged_spool::~damaged_spool() = default;

result<std::unique_ptr<damaged_spool>> damaged_spool::open(const std::string& folder) {
  auto made = std::make_unique<impl>();
  auto& files = *rocksdb::FileSystem::Default();
  // A spool that no node ever opened has no lock, and stays unchanged.
  if (files.FileExists(folder + "/LOCK", {}, nullptr).ok()) {
    made->lock.emplace(files, folder);
    if (!made->lock->held()) {
      return fail(errc::conflict, "another signpostd has the spool " + folder + " open");
    }
  }
  const auto view = path_beside(folder, ".view");
  made->view = view;
  SP_CHECK(make_view(folder, view));
  // Repairs a damaged CURRENT, and uses whole commits after a hole as well.
  recovery_options recovery;
  recovery.folder = view;
  const auto recovered = recover_log(recovery);
  if (recovered) {
    for (const auto& hole : recovered->survey.holes) made->holes.push_back(hole.to_string());
  }
  SP_CHECK(made->open());
  return std::unique_ptr<damaged_spool>(new damaged_spool(std::move(made)));
}

void damaged_spool::each_message(const std::function<void(const stored_message&)>& visit,
                                 bool with_octets) {
  for (const auto& id : impl_->ids()) {
    auto m = impl_->read(id);
    if (!with_octets && m.octets) m.octets->clear();
    visit(m);
  }
}

const std::vector<spool_gap>& damaged_spool::gaps() const { return impl_->gaps; }
const std::vector<std::string>& damaged_spool::log_holes() const { return impl_->holes; }

result<table_damage> damaged_spool::files() const {
  return survey_tables({.folder = impl_->view});
}

std::uint64_t damaged_spool::schedule_differences() {
  std::map<std::string, int> places;
  impl_->scan("rcpt", {}, end_of_keys(), [&](std::string_view key, std::string_view value) {
    const auto name = schema::parse_rcpt_key(key);
    if (!name) return;
    const auto row = decode_envelope(name->id, name->index, value);
    if (!row || model::is_final(row->state)) return;
    const auto due = schema::sched_key(row->next_attempt, row->id, row->index);
    ++places[due];
    ++places[schema::dest_key(row->next_hop.text(), due)];
  });
  const auto take = [&](std::string_view key, std::string_view) { --places[std::string(key)]; };
  impl_->scan("sched", {}, end_of_keys(), take);
  impl_->scan("dest", {}, std::string(1, '\xFF'), take);
  return static_cast<std::uint64_t>(
      std::ranges::count_if(places, [](const auto& p) { return p.second != 0; }));
}

std::uint64_t damaged_spool::ids_reserved() const {
  const auto value = impl_->get("meta", std::string(schema::meta::sequence_reserved));
  return value && value->size() == 8 ? schema::read_big_endian(*value) : 0;
}

}  // namespace signpost::storage
