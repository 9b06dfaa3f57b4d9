// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/losses/log_survey.hpp"

#include <rocksdb/env.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "storage/format/log_file.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

/// In front of a batch: its first number and how many it uses.
constexpr std::size_t batch_header_octets = 12;

std::uint64_t little_endian(std::string_view octets) {
  std::uint64_t v = 0;
  for (auto i = octets.size(); i > 0; --i) v = v << 8 | static_cast<unsigned char>(octets[i - 1]);
  return v;
}

std::optional<std::uint64_t> log_number_of(const std::string& name) {
  constexpr std::string_view extension = ".log";
  if (!name.ends_with(extension) || name.size() == extension.size()) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : std::string_view(name).substr(0, name.size() - extension.size())) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

result<std::vector<std::uint64_t>> list_logs(rocksdb::FileSystem& files, const std::string& folder,
                                             std::uint64_t oldest) {
  std::vector<std::string> names;
  const auto status = files.GetChildren(folder, {}, &names, nullptr);
  if (!status.ok()) return tl::unexpected(to_error(status, folder));
  std::vector<std::uint64_t> logs;
  for (const auto& name : names) {
    if (const auto number = log_number_of(name); number && *number >= oldest) {
      logs.push_back(*number);
    }
  }
  std::ranges::sort(logs);
  return logs;
}

/// Walks through the commits of all files.
class surveyor {
 public:
  surveyor(const log_needs& needs, const survey_options& options, log_survey& out)
      : needs_(needs), options_(options), out_(out) {}

  result<void> read(rocksdb::FileSystem& files, const std::string& folder, std::uint64_t log);
  void finish();

 private:
  struct tail {
    std::uint64_t log;
    std::uint64_t offset;
    std::uint64_t octets;
  };

  void begin_file(std::uint64_t log);
  void see(std::uint64_t log, const log_record& record);
  /// False if the record cannot be a commit of ours.
  [[nodiscard]] bool is_plausible(std::uint64_t first, const log_record& record) const;
  void found_hole(log_hole hole);

  const log_needs& needs_;
  const survey_options& options_;
  log_survey& out_;
  /// The number of the next commit; nothing before the first one.
  std::optional<std::uint64_t> expected_;
  bool first_in_file_ = true;
  std::uint64_t damaged_ = 0;  ///< octets since the last commit of this file
  std::uint64_t damage_offset_ = 0;
  std::vector<tail> tails_;  ///< of the files since the last commit
  std::vector<std::uint64_t> missing_;  ///< files since the last commit
};

result<void> surveyor::read(rocksdb::FileSystem& files, const std::string& folder,
                            std::uint64_t log) {
  begin_file(log);
  SP_TRY(auto reader, log_reader::open(files, folder + "/" + log_name(log)));
  if (reader.file_octets() > 0) out_.any_octets = true;
  log_record record;
  const auto note = [&] {
    if (record.damaged_octets == 0) return;
    if (damaged_ == 0) damage_offset_ = record.damage_offset;
    damaged_ += record.damaged_octets;
  };
  while (reader.next(record)) {
    note();
    see(log, record);
  }
  SP_CHECK(reader.failure());
  note();
  if (damaged_ > 0) tails_.push_back({log, damage_offset_, damaged_});
  return {};
}

void surveyor::begin_file(std::uint64_t log) {
  first_in_file_ = true;
  damaged_ = 0;
  const auto after = out_.logs.empty() ? 0 : out_.logs.back();
  for (auto at = needs_.closed.upper_bound(after); at != needs_.closed.end() && at->first < log;
       ++at) {
    missing_.push_back(at->first);
  }
  out_.logs.push_back(log);
}

// What follows damage was found through a length that may itself be damaged. A commit uses at
// least one octet for each of its numbers, so damage cannot have swallowed more of them.
bool surveyor::is_plausible(std::uint64_t first, const log_record& record) const {
  if (record.payload.size() < batch_header_octets) return false;
  if (first_in_file_ || !expected_) return true;
  if (first < *expected_) return false;
  return options_.numbers_may_skip || damaged_ == 0 || first - *expected_ <= damaged_;
}

void surveyor::see(std::uint64_t log, const log_record& record) {
  const std::string_view batch = record.payload;
  const auto first = little_endian(batch.substr(0, 8));
  if (!is_plausible(first, record)) {
    if (damaged_ == 0) damage_offset_ = record.offset;
    damaged_ += batch.size() + log_header_octets;
    out_.to_mend[log].insert(record.offset);
    return;
  }
  const bool unread = !tails_.empty() || !missing_.empty();
  const bool skipped = expected_ ? first > *expected_ : unread;
  const bool by_import = options_.numbers_may_skip && !unread && damaged_ == 0;
  if (damaged_ > 0) {
    // RocksDB would stop here.
    (void)out_.to_mend[log];
    if (skipped || !expected_) {
      found_hole({log_name(log), damage_offset_, damaged_, expected_.value_or(0), first, false});
    }
  } else if (skipped && !by_import) {
    found_hole({log_name(log), record.offset, 0, expected_.value_or(0), first, false});
  }
  if (skipped) {
    for (const auto& t : tails_) (void)out_.to_mend[t.log];
  }
  tails_.clear();
  missing_.clear();
  damaged_ = 0;
  first_in_file_ = false;
  expected_ = first + little_endian(batch.substr(8, 4));
  out_.last_sequence = std::max(out_.last_sequence, *expected_ - 1);
  if (options_.on_batch) options_.on_batch(*expected_ - 1, batch);
}

// Named after what is missing rather than after what follows.
void surveyor::found_hole(log_hole hole) {
  if (!missing_.empty()) {
    hole.file = log_name(missing_.front());
    hole.offset = hole.octets = 0;
    hole.missing_file = true;
  } else if (!tails_.empty()) {
    hole.file = log_name(tails_.front().log);
    hole.offset = tails_.front().offset;
    hole.octets = tails_.front().octets;
  }
  out_.holes.push_back(std::move(hole));
}

void surveyor::finish() {
  const auto after = out_.logs.empty() ? 0 : out_.logs.back();
  for (auto at = needs_.closed.upper_bound(after); at != needs_.closed.end(); ++at) {
    missing_.push_back(at->first);
  }
  const auto reached = expected_ ? out_.last_sequence : needs_.last_sequence;
  if (options_.acknowledged <= reached && missing_.empty()) return;
  log_hole hole{.file = out_.logs.empty() ? std::string() : log_name(out_.logs.back()),
                .from = reached + 1};
  found_hole(std::move(hole));
}

/// Another name for the file, or a copy where the file system does not support links.
result<void> keep_aside(rocksdb::FileSystem& files, const std::string& file,
                        const std::string& aside) {
  if (files.FileExists(aside, {}, nullptr).ok()) return {};
  if (files.LinkFile(file, aside, {}, nullptr).ok()) return {};
  std::string octets;
  auto status = rocksdb::ReadFileToString(&files, file, &octets);
  if (status.ok()) status = rocksdb::WriteStringToFile(&files, octets, aside, true);
  if (!status.ok()) return tl::unexpected(to_error(status, aside));
  return {};
}

result<void> write_anew(rocksdb::FileSystem& files, const std::string& from, const std::string& to,
                        const std::set<std::uint64_t>& left_out) {
  SP_TRY(auto reader, log_reader::open(files, from));
  SP_TRY(auto writer, log_writer::create(files, to));
  log_record record;
  while (reader.next(record)) {
    const bool is_batch = record.payload.size() >= batch_header_octets;
    if (is_batch && !left_out.contains(record.offset)) SP_CHECK(writer.add(record.payload));
  }
  SP_CHECK(reader.failure());
  return writer.finish();
}

result<void> sync_folder(rocksdb::FileSystem& files, const std::string& path) {
  std::unique_ptr<rocksdb::FSDirectory> folder;
  auto status = files.NewDirectory(path, {}, &folder, nullptr);
  if (status.ok()) status = folder->FsyncWithDirOptions({}, nullptr, {});
  if (!status.ok()) return tl::unexpected(to_error(status, path));
  return {};
}

}  // namespace

std::string log_name(std::uint64_t number) {
  char name[32];
  (void)std::snprintf(name, sizeof name, "%06llu.log", static_cast<unsigned long long>(number));
  return name;
}

std::string log_hole::to_string() const {
  if (missing_file) return file + ": the file is missing";
  if (octets == 0 && behind == 0) {
    return (file.empty() ? std::string("the log") : file + ":")
           + " ends before what was acknowledged";
  }
  return file + ": " + (octets == 0 ? "commits missing" : std::to_string(octets) + " octets")
         + " at " + std::to_string(offset);
}

result<log_survey> survey_logs(rocksdb::FileSystem& files, const std::string& folder,
                               const log_needs& needs, const survey_options& options) {
  SP_TRY(const auto logs, list_logs(files, folder, needs.oldest));
  log_survey survey;
  surveyor walk(needs, options, survey);
  for (const auto log : logs) SP_CHECK(walk.read(files, folder, log));
  walk.finish();
  return survey;
}

result<void> keep_logs(rocksdb::FileSystem& files, const std::string& folder,
                       const log_survey& survey, const std::string& aside) {
  std::set<std::string> names;
  for (const auto& [log, unused] : survey.to_mend) names.insert(log_name(log));
  for (const auto& hole : survey.holes) {
    if (!hole.missing_file && !hole.file.empty()) names.insert(hole.file);
  }
  for (const auto& name : names) {
    SP_CHECK(keep_aside(files, folder + "/" + name, aside + "/" + name));
  }
  return sync_folder(files, aside);
}

result<void> mend_logs(rocksdb::FileSystem& files, const std::string& folder,
                       const log_survey& survey) {
  for (const auto& [log, left_out] : survey.to_mend) {
    const auto path = folder + "/" + log_name(log);
    const auto fresh = path + ".mended";
    if (auto written = write_anew(files, path, fresh, left_out); !written) {
      (void)files.DeleteFile(fresh, {}, nullptr);
      return written;
    }
    const auto status = files.RenameFile(fresh, path, {}, nullptr);
    if (!status.ok()) return tl::unexpected(to_error(status, path));
  }
  if (survey.to_mend.empty()) return {};
  return sync_folder(files, folder);
}

}  // namespace signpost::storage
