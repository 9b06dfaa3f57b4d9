// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/repair/table_mending.hpp"

#include <rocksdb/env.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table_properties.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/log.hpp"
#include "storage/format/folder_lock.hpp"
#include "storage/format/loss_register.hpp"
#include "storage/format/manifest_reader.hpp"
#include "storage/format/patient_file_system.hpp"
#include "storage/format/rocks_files.hpp"
#include "storage/format/status.hpp"
#include "storage/spool/database.hpp"
#include "storage/spool/repair/empty_block.hpp"
#include "storage/spool/rocks_setup.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.mending");

/// One line for each damaged file: number, family, blocks (0 = all of it), where it is kept, why.
constexpr std::string_view note_name = "/MENDING";

rocksdb::Env* env_of(const table_options& options) {
  return options.env != nullptr ? options.env : patient_env();
}

std::string table_name(std::uint64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "%06llu.sst", static_cast<unsigned long long>(number));
  return name;
}

/// A block with a wrong checksum. RocksDB only reports it as text.
struct bad_block {
  std::uint64_t offset = 0;
  std::uint64_t octets = 0;
  std::uint32_t sum = 0;  ///< the expected checksum
  bool masked = false;    ///< how it is stored: RocksDB never stores a CRC-32C unmasked
};

std::optional<std::uint64_t> number_behind(std::string_view text, std::string_view word) {
  const auto at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + word.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

std::optional<bad_block> bad_block_of(const rocksdb::Status& status) {
  constexpr std::uint64_t crc32c_type = 1;
  const auto text = status.ToString();
  if (!status.IsCorruption() || text.find("block checksum mismatch") == std::string::npos) {
    return std::nullopt;
  }
  const auto sum = number_behind(text, "computed = ");
  const auto type = number_behind(text, "type = ");
  const auto offset = number_behind(text, " offset ");
  const auto octets = number_behind(text, " size ");
  if (!sum || !type || !offset || !octets) return std::nullopt;
  return bad_block{.offset = *offset,
                   .octets = *octets,
                   .sum = static_cast<std::uint32_t>(*sum),
                   .masked = *type == crc32c_type};
}

std::string stored_sum(const bad_block& block) {
  auto sum = block.sum;
  if (block.masked) sum = (sum >> 15 | sum << 17) + 0xA282EAD8U;
  std::string out;
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(sum >> shift & 0xFF);
  return out;
}

/// The result of checking one file.
struct look {
  rocksdb::Status status;
  std::uint64_t rows_end = 0;  ///< where the blocks with rows end; 0 = the file cannot even be
                               ///< opened
};

// With options, and so a cache, of its own: files that were changed are read again.
look look_at(rocksdb::Env* env, const std::string& path) {
  rocksdb::SstFileReader reader(table_reading_options(env));
  look found{.status = reader.Open(path)};
  if (!found.status.ok()) return found;
  const auto properties = reader.GetTableProperties();
  if (properties->num_entries == 0 && properties->num_range_deletions == 0) {
    found.status = rocksdb::Status::Corruption("no properties in " + path);
    return found;
  }
  found.rows_end = properties->data_size;
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  found.status = reader.VerifyChecksum(once);
  return found;
}

/// The damaged block of rows that a check found; nothing if the damage is elsewhere.
std::optional<bad_block> bad_rows(const look& found) {
  auto block = bad_block_of(found.status);
  if (!block || block->offset + block->octets > found.rows_end) return std::nullopt;
  return block;
}

std::string note_of(const table_damage& damage) {
  std::string text;
  for (const auto& t : damage.damaged) {
    auto why = t.what;
    std::ranges::replace_if(why, [](char c) { return c == '\n' || c == '\t'; }, ' ');
    text += std::to_string(t.number) + '\t' + t.family + '\t'
            + std::to_string(t.as_a_whole ? 0 : t.blocks) + '\t' + damage.kept + '\t' + why + '\n';
  }
  return text;
}

/// The field before the next tab, which is removed.
std::string_view take_field(std::string_view& line) {
  const auto end = std::min(line.find('\t'), line.size());
  const auto field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

// Lines that cannot be read are checked again.
table_damage read_note(rocksdb::FileSystem& files, const std::string& folder) {
  table_damage noted;
  std::string text;
  (void)rocksdb::ReadFileToString(&files, folder + std::string(note_name), &text);
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) break;
    auto line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    damaged_table table;
    const auto number = number_behind(take_field(line), {});
    table.family = take_field(line);
    const auto blocks = number_behind(take_field(line), {});
    noted.kept = take_field(line);
    table.what = line;
    if (!number || !blocks) continue;
    table.number = *number;
    table.file = table_name(*number);
    table.blocks = *blocks;
    table.as_a_whole = *blocks == 0;
    noted.damaged.push_back(std::move(table));
  }
  return noted;
}

class mender {
 public:
  mender(const table_options& options, bool change)
      : options_(options),
        env_(env_of(options)),
        files_(*env_->GetFileSystem()),
        change_(change) {}

  result<table_damage> run() {
    SP_TRY(needs_, read_log_needs(files_, options_.folder));
    const folder_lock lock(files_, options_.folder);
    if (!lock.held()) return fail(errc::conflict, options_.folder + " is open in another process");
    if (change_) out_ = read_note(files_, options_.folder);
    for (const auto& [number, table] : needs_.tables) SP_CHECK(look_at_table(number, table));
    if (!change_ || !out_.any()) return std::move(out_);
    std::vector<std::uint64_t> lost;
    for (const auto& t : out_.damaged) {
      if (t.as_a_whole) lost.push_back(t.number);
      log_.error("storage.table_damaged", {{"folder", options_.folder},
                                           {"file", t.file},
                                           {"family", t.family},
                                           {"lost", t.as_a_whole ? "all rows" : "some rows"},
                                           {"blocks", t.blocks},
                                           {"error", t.what},
                                           {"kept", out_.kept}});
    }
    if (!lost.empty()) SP_CHECK(forget_tables(files_, options_.folder, lost));
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string path_of(std::uint64_t number) const {
    return options_.folder + "/" + table_name(number);
  }

  result<void> look_at_table(std::uint64_t number, const live_table& table) {
    ++out_.files;
    out_.octets += table.octets;
    damaged_table found{.number = number, .file = table_name(number)};
    const auto name = needs_.family_names.find(table.family);
    found.family = name == needs_.family_names.end() ? "default" : name->second;
    std::uint64_t octets = 0;
    const auto there = files_.GetFileSize(path_of(number), {}, &octets, nullptr);
    if (there.IsPathNotFound() || there.IsNotFound()) {
      found.what = "the file is missing";
      found.as_a_whole = true;
      const bool of_bodies = found.family == "body";
      SP_CHECK(add(std::move(found)));
      if (change_ && of_bodies) SP_CHECK(note_lost_blobs());
      return {};
    }
    if (!there.ok()) return tl::unexpected(to_error(there, found.file));
    auto first = octets == table.octets
                     ? look_surely(path_of(number))
                     : look{.status = rocksdb::Status::Corruption(
                                std::to_string(octets) + " octets instead of "
                                + std::to_string(table.octets))};
    if (first.status.ok()) return {};
    // A disk that returns nothing may return it later: nothing is taken out.
    if (first.status.IsIOError()) return tl::unexpected(to_error(first.status, found.file));
    found.what = first.status.ToString();
    found.as_a_whole = !bad_rows(first);
    found.blocks = found.as_a_whole ? 0 : 1;
    if (change_) SP_CHECK(keep(number));
    SP_CHECK(add(std::move(found)));
    if (!change_) return {};
    return take_out(number, std::move(first), octets, out_.damaged.back());
  }

  /// Faulty memory looks like a faulty disk.
  [[nodiscard]] look look_surely(const std::string& path) const {
    auto found = look_at(env_, path);
    if (found.status.ok() || found.status.IsIOError()) return found;
    forget_cached_file(path);
    return look_at(env_, path);
  }

  /// Records it before anything is changed.
  result<void> add(damaged_table found) {
    std::erase_if(out_.damaged, [&](const auto& t) { return t.number == found.number; });
    out_.damaged.push_back(std::move(found));
    if (!change_) return {};
    const auto path = options_.folder + std::string(note_name);
    if (auto status = put_file(files_, path, note_of(out_)); !status.ok()) {
      return tl::unexpected(to_error(status, path));
    }
    return sync();
  }

  result<void> sync() {
    const auto status = sync_folder(files_, options_.folder);
    if (!status.ok()) return tl::unexpected(to_error(status, options_.folder));
    return {};
  }

  result<void> take_out(std::uint64_t number, look first, std::uint64_t octets,
                        damaged_table& found) {
    if (found.family == "body") SP_CHECK(note_lost_blobs());
    if (found.as_a_whole) return {};
    const auto changed = options_.folder + "/mending.tmp";
    SP_CHECK(copy(path_of(number), changed));
    SP_TRY(const bool mended, empty_bad_blocks(changed, std::move(first), octets, found));
    if (!mended) {
      found.as_a_whole = true;
      found.blocks = 0;
      (void)files_.DeleteFile(changed, {}, nullptr);
      return {};
    }
    const auto status = files_.RenameFile(changed, path_of(number), {}, nullptr);
    if (!status.ok()) return tl::unexpected(to_error(status, changed));
    return sync();
  }

  /// False if the file is too damaged for that.
  result<bool> empty_bad_blocks(const std::string& copy, look at, std::uint64_t octets,
                                damaged_table& found) {
    std::uint64_t read = 0;
    for (found.blocks = 0; found.blocks < mended_blocks_max; ++found.blocks) {
      const auto block = bad_rows(at);
      if (!block) return at.status.ok();
      if (read > verified_octets_max) return false;
      auto replacement = empty_block(block->octets);
      if (replacement.empty()) return false;
      // For the checksum, RocksDB reports the expected value itself.
      SP_CHECK(write_at(copy, block->offset, replacement + std::string(block_sum_octets, '\0')));
      at = look_at(env_, copy);
      read += 2 * octets;
      const auto again = bad_rows(at);
      if (!again || again->offset != block->offset) return false;
      SP_CHECK(write_at(copy, block->offset + block->octets + 1, stored_sum(*again)));
      at = look_at(env_, copy);
    }
    return false;
  }

  result<void> write_at(const std::string& path, std::uint64_t offset, std::string_view octets) {
    std::unique_ptr<rocksdb::FSRandomRWFile> file;
    auto status = files_.NewRandomRWFile(path, {}, &file, nullptr);
    if (status.ok()) status = file->Write(offset, rocksdb::Slice(octets), {}, nullptr);
    if (status.ok()) status = file->Fsync({}, nullptr);
    if (status.ok()) status = file->Close({}, nullptr);
    if (!status.ok()) return tl::unexpected(to_error(status, path));
    return {};
  }

  result<void> copy(const std::string& from, const std::string& to) {
    const auto status = copy_file(files_, from, to);
    if (!status.ok()) return tl::unexpected(to_error(status, to));
    return {};
  }

  result<void> note_lost_blobs() {
    const auto path = options_.folder + "/" + std::string(blobs_unaccounted);
    const auto status = rocksdb::WriteStringToFile(&files_, "", path, true);
    if (!status.ok()) return tl::unexpected(to_error(status, path));
    return {};
  }

  /// The unchanged file, under another name.
  result<void> keep(std::uint64_t number) {
    const auto name = table_name(number);
    if (out_.kept.empty()) {
      SP_TRY(out_.kept, loss_register(options_.folder).make_kept_folder("table-" + name));
    }
    const auto beside = out_.kept + "/" + name;
    if (files_.FileExists(beside, {}, nullptr).ok()) return {};
    if (files_.LinkFile(path_of(number), beside, {}, nullptr).ok()) return {};
    return copy(path_of(number), beside);
  }

  const table_options& options_;
  rocksdb::Env* const env_;
  rocksdb::FileSystem& files_;
  const bool change_;
  log_needs needs_;
  table_damage out_;
};

}  // namespace

void note_mending(const table_options& options) {
  auto& files = *env_of(options)->GetFileSystem();
  const auto path = options.folder + std::string(note_name);
  if (!files.FileExists(path, {}, nullptr).ok()) {
    (void)rocksdb::WriteStringToFile(&files, "", path, true);
  }
}

bool is_mending_noted(const table_options& options) {
  auto& files = *env_of(options)->GetFileSystem();
  return files.FileExists(options.folder + std::string(note_name), {}, nullptr).ok();
}

void forget_mending(const table_options& options) {
  auto& files = *env_of(options)->GetFileSystem();
  (void)files.DeleteFile(options.folder + std::string(note_name), {}, nullptr);
}

std::string damaged_table::to_string() const {
  const auto lost = as_a_whole ? "all" : std::to_string(blocks) + " blocks of";
  return file + " (" + family + "): " + lost + " rows: " + what;
}

bool table_damage::concerns(schema::family family) const {
  const auto name = schema::family_names[static_cast<std::size_t>(family)];
  return std::ranges::any_of(damaged, [&](const auto& t) { return t.family == name; });
}

result<table_damage> survey_tables(const table_options& options) {
  return mender(options, false).run();
}

result<table_damage> mend_tables(const table_options& options) {
  return mender(options, true).run();
}

}  // namespace signpost::storage
