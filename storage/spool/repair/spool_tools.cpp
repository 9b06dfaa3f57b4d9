// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/repair/spool_tools.hpp"

#include <rocksdb/db.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "base/whole_file.hpp"
#include "storage/format/loss_register.hpp"
#include "storage/format/status.hpp"
#include "storage/losses/acknowledged_record.hpp"
#include "storage/spool/database.hpp"
#include "storage/spool/repair/schedule_check.hpp"
#include "storage/spool/rocks_setup.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

/// How many octets are written in one commit.
constexpr std::size_t batch_octets = 8U << 20;

std::string line_of(const stored_message& m) {
  auto line = m.id.to_string();
  line += m.record ? " sender=<" + printable(m.record->sender) + ">"
                   : std::string(" sender=unknown");
  line += " recipients=";
  for (std::size_t i = 0; i < std::min<std::size_t>(m.envelopes.size(), 20); ++i) {
    line += (i > 0 ? "," : "") + ("<" + printable(m.envelopes[i].original) + ">");
  }
  if (m.recipients_lost > 0) {
    line += m.envelopes.empty() ? "" : " and ";
    line += std::to_string(m.recipients_lost) + " unreadable";
  } else if (m.envelopes.empty()) {
    line += "unknown";
  }
  if (!m.record) line += "; record: " + printable(m.record.error().context);
  if (!m.octets) line += "; octets: " + printable(m.octets.error().context);
  return line;
}

std::uint64_t waiting(const stored_message& m) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      m.envelopes, [](const auto& e) { return !model::is_final(e.state); }));
}

void add(spool_report& report, const stored_message& m, std::uint64_t octets) {
  ++report.messages;
  report.recipients += waiting(m);
  report.octets += octets;
}

/// Missing acknowledged messages, according to the record beside the spool.
void compare_with_record(const std::string& folder, const std::set<model::queue_id>& there,
                         spool_report& report) {
  using entry = acknowledged_record::entry;
  const auto record = acknowledged_record::open(acknowledged_path(folder), 0, false);
  const auto contents = record ? (*record)->take_contents() : std::nullopt;
  if (!contents) {
    report.damage.push_back(
        acknowledged_path(folder)
        + " cannot be read: the spool cannot be compared with what was acknowledged");
    return;
  }
  std::set<model::queue_id> ended;
  for (const auto& e : contents->entries) {
    if (e.what == entry::kind::ended) ended.insert(e.id);
  }
  std::uint64_t named = 0;
  for (const auto& e : contents->entries) {
    if (e.what != entry::kind::accepted || ended.contains(e.id) || there.contains(e.id)) continue;
    report.lost.push_back(e.id.to_string() + " was acknowledged and is missing");
    ++named;
  }
  const auto should = contents->numbers.messages;
  if (should > there.size() + named) {
    report.lost.push_back(std::to_string(should - there.size() - named)
                          + " more were acknowledged and are missing; the log may show which");
  }
}

void add_damage(damaged_spool& spool, spool_report& report) {
  if (const auto files = spool.files(); files) {
    report.files = files->files;
    for (const auto& table : files->damaged) report.damage.push_back(table.to_string());
  } else {
    report.damage.push_back("files: " + to_string(files.error()));
  }
  for (const auto& hole : spool.log_holes()) report.damage.push_back("write-ahead log: " + hole);
  for (const auto& gap : spool.gaps()) {
    report.damage.push_back("rows of " + gap.family + " cannot be read: " + gap.reason);
  }
}

result<void> keep_octets(const stored_message& m, const std::string& aside) {
  if (!m.octets || m.octets->empty()) return {};
  SP_CHECK(make_owners_folder(aside));
  return write_whole_file(aside + "/" + m.id.to_string() + ".eml", *m.octets);
}

class salvager {
 public:
  salvager(spool& to, std::string aside) : to_(to), aside_(std::move(aside)) {}

  void take(const stored_message& m) {
    there_.insert(m.id);
    if (failure_) return;
    if (!m.is_whole()) {
      if (!m.is_open()) return;
      report_.lost.push_back(line_of(m));
    }
    if (!m.record || !m.octets || waiting(m) == 0) {
      if (const auto kept = keep_octets(m, aside_); !kept) failure_ = kept.error();
      return;
    }
    new_message copy{.message = *m.record, .body = nullptr, .envelopes = m.envelopes, .events = {}};
    copy.message.recipients = static_cast<std::uint32_t>(m.envelopes.size());
    copy.body = std::make_shared<const message_body>(*m.octets);
    // This is not mail from outside, which might be refused.
    add(report_, m, m.octets->size());
    octets_ += m.octets->size();
    changes_.accept(std::move(copy));
    if (octets_ >= batch_octets) write();
  }
  result<void> finish() {
    write();
    if (failure_) return tl::unexpected(*failure_);
    return {};
  }
  spool_report& report() { return report_; }
  [[nodiscard]] const std::set<model::queue_id>& there() const { return there_; }

 private:
  void write() {
    octets_ = 0;
    if (const auto done = to_.commit(std::exchange(changes_, {})); !done) failure_ = done.error();
  }

  spool& to_;
  const std::string aside_;
  change_set changes_;
  std::size_t octets_ = 0;
  std::optional<error> failure_;
  spool_report report_;
  std::set<model::queue_id> there_;
};

}  // namespace

result<spool_report> check_spool(const std::string& folder) {
  SP_TRY(const auto spool, damaged_spool::open(folder));
  spool_report report;
  std::set<model::queue_id> there;
  spool->each_message([&](const stored_message& m) {
    there.insert(m.id);
    if (m.is_whole()) {
      add(report, m, m.record->size);
    } else if (m.is_open()) {
      report.lost.push_back(line_of(m));
    }
  }, false);
  const auto differences = spool->schedule_differences();
  add_damage(*spool, report);
  if (differences > 0) {
    report.damage.push_back(
        std::to_string(differences)
        + " entries of the schedule differ from the recipients; rebuild the schedule");
  }
  compare_with_record(folder, there, report);
  return report;
}

result<spool_report> salvage_spool(const std::string& folder, const std::string& to,
                                   const std::string& aside) {
  std::error_code ignored;
  if (fs::exists(to, ignored)) return fail(errc::conflict, to + " already exists");
  SP_TRY(const auto from, damaged_spool::open(folder));
  spool_report report;
  {
    spool_options options;
    options.path = to;
    options.free_octets_min = 0;
    SP_TRY(const auto fresh, spool::open(options));
    salvager work(*fresh, aside);
    from->each_message([&](const stored_message& m) { work.take(m); });
    SP_CHECK(work.finish());
    add_damage(*from, work.report());
    compare_with_record(folder, work.there(), work.report());
    report = std::move(work.report());
  }
  SP_CHECK(forget_acknowledged(to));
  spool_options options;
  options.path = to;
  // Nothing was logged; the node's own log continues.
  fs::remove_all(activity_path_of(options), ignored);
  if (from->ids_reserved() == 0) return report;
  SP_TRY(const auto opened, database::open(options));
  SP_CHECK(opened->put_meta_number(schema::meta::sequence_reserved, from->ids_reserved()));
  return report;
}

result<std::uint64_t> rebuild_schedule(const std::string& folder) {
  spool_options options;
  options.path = folder;
  {
    auto setup = make_rocks_setup(options);
    std::vector<std::string> names;
    auto status = rocksdb::DB::ListColumnFamilies(setup.db, folder, &names);
    if (!status.ok()) return tl::unexpected(to_read_error(status, folder));
    std::vector<rocksdb::ColumnFamilyDescriptor> wanted;
    // Damage does not matter in what is thrown away.
    setup.db.paranoid_checks = false;
    for (const auto& name : names) wanted.emplace_back(name, setup.families.back());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    status = rocksdb::DB::Open(setup.db, folder, wanted, &handles, &raw);
    if (!status.ok()) return tl::unexpected(to_error(status, folder));
    const std::unique_ptr<rocksdb::DB> db(raw);
    for (auto* const handle : handles) {
      const bool derived = handle->GetName() == "sched" || handle->GetName() == "dest";
      if (derived && status.ok()) status = db->DropColumnFamily(handle);
      db->DestroyColumnFamilyHandle(handle);
    }
    if (!status.ok()) return tl::unexpected(to_error(status, folder));
  }
  SP_TRY(const auto opened, database::open(options));
  return check_schedule(*opened, UINT64_MAX, true);
}

result<void> exchange_spool(const std::string& folder, const std::string& fresh,
                            const std::string& old, const spool_report& report, wall_time now) {
  if (!report.lost.empty()) {
    auto when = to_rfc3339(now);
    std::erase_if(when, [](char c) { return !is_alnum(c); });
    std::string text = "salvaged " + to_rfc3339(now) + "\nunaccounted "
                       + std::to_string(report.lost.size()) + " messages\n";
    for (const auto& line : report.damage) text += "cause " + line + "\n";
    for (const auto& line : report.lost) text += "message " + line + "\n";
    const auto losses = path_beside(folder, ".losses");
    SP_CHECK(make_owners_folder(losses));
    SP_CHECK(write_whole_file(losses + "/salvage-" + when + ".accepted", text));
  }
  if (std::rename(folder.c_str(), old.c_str()) != 0) return tl::unexpected(file_error(old, errno));
  if (std::rename(fresh.c_str(), folder.c_str()) != 0) {
    auto why = file_error(folder, errno);
    (void)std::rename(old.c_str(), folder.c_str());
    return tl::unexpected(std::move(why));
  }
  SP_CHECK(sync_folder(folder_of(folder)));
  return forget_acknowledged(folder);
}

}  // namespace signpost::storage
