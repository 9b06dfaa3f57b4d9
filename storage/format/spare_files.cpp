// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/spare_files.hpp"

#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "storage/format/log_file.hpp"
#include "storage/format/loss_register.hpp"
#include "storage/format/patient_file_system.hpp"
#include "storage/format/rocks_files.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

const logger log_("storage.spares");

constexpr std::string_view ending = ".spare";
constexpr std::string_view manifest_prefix = "MANIFEST-";
/// Between two syncs of a spare: commits should not wait for the disk because of them.
constexpr auto sync_pause = std::chrono::seconds(1);

std::string_view name_in(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

std::string spare_of(const std::string& path) {
  return path + std::string(ending);
}

bool is_manifest(std::string_view name) {
  return name.starts_with(manifest_prefix) && name.size() > manifest_prefix.size()
         && name.find_first_not_of("0123456789", manifest_prefix.size()) == std::string_view::npos;
}

bool has_spare(std::string_view path, spared what) {
  const auto name = name_in(path);
  return is_manifest(name) || (what == spared::all_files && name.ends_with(".sst"));
}

/// Writes to both, to the spare as long as that works.
class spared_file final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  spared_file(std::unique_ptr<rocksdb::FSWritableFile> file,
              std::unique_ptr<rocksdb::FSWritableFile> spare, std::string spare_path,
              rocksdb::FileSystem& files)
      : FSWritableFileOwnerWrapper(std::move(file)),
        spare_(std::move(spare)),
        spare_path_(std::move(spare_path)),
        files_(files) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return also(FSWritableFileOwnerWrapper::Append(data, options, debug),
                [&] { return spare_->Append(data, options, debug); });
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& check, IODebugContext* debug) override {
    return also(FSWritableFileOwnerWrapper::Append(data, options, check, debug),
                [&] { return spare_->Append(data, options, debug); });
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return also(FSWritableFileOwnerWrapper::Truncate(size, options, debug),
                [&] { return spare_->Truncate(size, options, debug); });
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return also(FSWritableFileOwnerWrapper::Flush(options, debug),
                [&] { return spare_->Flush(options, debug); });
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return also(FSWritableFileOwnerWrapper::Sync(options, debug),
                [&] { return sync_spare(options, debug); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return also(FSWritableFileOwnerWrapper::Fsync(options, debug),
                [&] { return sync_spare(options, debug); });
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    auto closed = also(FSWritableFileOwnerWrapper::Close(options, debug),
                       [&] { return spare_->Close(options, debug); });
    spare_.reset();
    return closed;
  }

 private:
  template <typename Call>
  IOStatus also(IOStatus status, Call call) {
    if (spare_ == nullptr) return status;
    if (status.ok()) {
      const auto second = call();
      if (second.ok()) return status;
      log_.warning("storage.spare_given_up", {{"path", spare_path_}, {"error", second.ToString()}});
    }
    // A spare that may differ from the file must not replace it.
    spare_.reset();
    files_.DeleteFile(spare_path_, {}, nullptr).PermitUncheckedError();
    return status;
  }

  IOStatus sync_spare(const IOOptions& options, IODebugContext* debug) {
    const auto now = std::chrono::steady_clock::now();
    if (synced_ && now - *synced_ < sync_pause) return IOStatus::OK();
    synced_ = now;
    return spare_->Sync(options, debug);
  }

  std::unique_ptr<rocksdb::FSWritableFile> spare_;
  const std::string spare_path_;
  rocksdb::FileSystem& files_;
  std::optional<std::chrono::steady_clock::time_point> synced_;
};

bool is_gone(const rocksdb::Status& status) {
  return status.IsNotFound() || status.IsPathNotFound();
}

bool has_file(rocksdb::FileSystem& files, const std::string& path) {
  return files.FileExists(path, {}, nullptr).ok();
}

/// Empty if the folder does not exist.
result<std::vector<std::string>> names_in(rocksdb::FileSystem& files, const std::string& folder) {
  std::vector<std::string> names;
  const auto status = files.GetChildren(folder, {}, &names, nullptr);
  if (!status.ok() && !is_gone(status)) {
    return tl::unexpected(to_error(status, folder));
  }
  std::ranges::sort(names);
  return names;
}

/// One check of a database that nobody has open. A file for which the disk reports an error is
/// neither whole nor damaged: it may be readable later, and newer than its spare.
class restorer {
 public:
  restorer(rocksdb::FileSystem& files, std::string folder, std::vector<std::string> names)
      : files_(files), folder_(std::move(folder)), names_(std::move(names)) {}

  result<void> restore_names() {
    SP_TRY(const auto manifest, manifest_in_force());
    if (manifest.empty()) return {};
    SP_TRY(const auto named, name_in_current("CURRENT"));
    if (named != manifest) SP_CHECK(put_current(manifest));
    const auto path = folder_ + "/" + manifest;
    SP_TRY(const auto in_spare, records_in(spare_of(path)));
    SP_TRY(const auto in_file, records_in(path));
    if (in_spare > in_file) SP_CHECK(put_back(path));
    return {};
  }

  result<void> restore_sorted() {
    for (const auto& name : names_) {
      // From a start that did not finish.
      if (name.ends_with(".sst.new") || name.ends_with(".sst.spare.new")) {
        files_.DeleteFile(folder_ + "/" + name, {}, nullptr).PermitUncheckedError();
        continue;
      }
      const bool spare = name.ends_with(ending);
      const auto bare = spare ? name.substr(0, name.size() - ending.size()) : name;
      const auto path = folder_ + "/" + bare;
      if (!path.ends_with(".sst")) continue;
      if (spare && has_file(files_, path)) continue;
      SP_TRY(const bool whole, is_whole(path));
      if (whole) {
        make_spare(path);
        continue;
      }
      SP_TRY(const bool spare_whole, is_whole(spare_of(path)));
      if (spare_whole) SP_CHECK(put_back(path));
    }
    return {};
  }

 private:
  /// The MANIFEST that CURRENT names, or else its spare; empty if neither exists.
  result<std::string> manifest_in_force() {
    std::vector<std::string> found;
    for (const auto& name : names_) {
      const auto bare = name.substr(0, name.find(ending));
      if (is_manifest(bare)) found.push_back(bare);
    }
    if (found.empty()) return std::string();
    for (const auto* const file : {"CURRENT", "CURRENT.spare"}) {
      SP_TRY(auto named, name_in_current(file));
      if (std::ranges::find(found, named) != found.end()) return named;
    }
    return *std::ranges::max_element(found, {}, [](const auto& name) {
      return std::pair(name.size(), name);
    });
  }

  /// Empty: it is damaged or missing.
  result<std::string> name_in_current(const std::string& file) {
    std::string text;
    const auto path = folder_ + "/" + file;
    const auto read = rocksdb::ReadFileToString(&files_, path, &text);
    if (!read.ok() && !is_gone(read)) return tl::unexpected(to_error(read, path));
    if (!read.ok() || !text.ends_with('\n')) return std::string();
    text.pop_back();
    return is_manifest(text) ? text : std::string();
  }

  result<void> put_current(const std::string& manifest) {
    const auto path = folder_ + "/CURRENT";
    if (const auto put = put_file(files_, path, manifest + "\n"); !put.ok()) {
      return tl::unexpected(to_error(put, path));
    }
    sync_folder(files_, folder_).PermitUncheckedError();
    tell(path, manifest);
    return {};
  }

  /// Up to the first damage; 0 if the file is missing.
  result<std::uint64_t> records_in(const std::string& path) {
    if (is_gone(files_.FileExists(path, {}, nullptr))) return 0;
    SP_TRY(auto reader, log_reader::open(files_, path));
    std::uint64_t count = 0;
    log_record record;
    while (reader.next(record) && record.damaged_octets == 0) ++count;
    SP_CHECK(reader.failure());
    return count;
  }

  result<bool> is_whole(const std::string& path) {
    if (is_gone(files_.FileExists(path, {}, nullptr))) return false;
    const auto env = rocksdb::NewCompositeEnv(
        std::shared_ptr<rocksdb::FileSystem>(std::shared_ptr<void>(), &files_));
    rocksdb::Options options;
    options.env = env.get();
    rocksdb::SstFileReader reader(options);
    auto status = reader.Open(path);
    if (status.ok()) status = reader.VerifyChecksum();
    if (status.IsIOError()) return tl::unexpected(to_error(status, path));
    return status.ok();
  }

  void make_spare(const std::string& path) {
    std::uint64_t size = 0;
    std::uint64_t spare_size = 0;
    const bool known = files_.GetFileSize(path, {}, &size, nullptr).ok()
                       && files_.GetFileSize(spare_of(path), {}, &spare_size, nullptr).ok();
    if (known && size == spare_size) return;
    const auto copied = copy_file(files_, path, spare_of(path));
    if (copied.ok()) return;
    log_.warning("storage.spare_given_up", {{"path", path}, {"error", copied.ToString()}});
  }

  /// The spare takes the place of the file, which is kept.
  result<void> put_back(const std::string& path) {
    const auto name = std::string(name_in(path));
    if (has_file(files_, path)) {
      SP_TRY(const auto kept, loss_register(folder_).make_kept_folder(name));
      files_.RenameFile(path, kept + "/" + name, {}, nullptr).PermitUncheckedError();
    }
    if (const auto copied = copy_file(files_, spare_of(path), path); !copied.ok()) {
      return tl::unexpected(to_error(copied, path));
    }
    sync_folder(files_, folder_).PermitUncheckedError();
    tell(path, spare_of(path));
    return {};
  }

  static void tell(const std::string& path, const std::string& from) {
    log_.error(
        "storage.restored",
        {{"path", path}, {"from", from}, {"hint", "it was damaged or missing; check the disk"}});
  }

  rocksdb::FileSystem& files_;
  const std::string folder_;
  const std::vector<std::string> names_;
};

}  // namespace

IOStatus sparing_file_system::NewWritableFile(const std::string& path,
                                              const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                                              IODebugContext* debug) {
  auto made = FileSystemWrapper::NewWritableFile(path, options, file, debug);
  if (!made.ok() || !has_spare(path, what_)) return made;
  std::unique_ptr<rocksdb::FSWritableFile> spare;
  if (target()->NewWritableFile(spare_of(path), options, &spare, debug).ok()) {
    *file = std::make_unique<spared_file>(std::move(*file), std::move(spare), spare_of(path),
                                          *target());
  } else {
    target()->DeleteFile(spare_of(path), {}, debug).PermitUncheckedError();
  }
  return made;
}

// CURRENT is created under another name.
IOStatus sparing_file_system::RenameFile(const std::string& from, const std::string& to,
                                         const IOOptions& options, IODebugContext* debug) {
  auto renamed = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (!renamed.ok() || name_in(to) != "CURRENT") return renamed;
  std::string text;
  auto copied = rocksdb::ReadFileToString(target(), to, &text);
  if (copied.ok()) copied = put_file(*target(), spare_of(to), text);
  if (!copied.ok()) target()->DeleteFile(spare_of(to), {}, debug).PermitUncheckedError();
  return renamed;
}

// This is how an import's files enter the database.
IOStatus sparing_file_system::LinkFile(const std::string& from, const std::string& to,
                                       const IOOptions& options, IODebugContext* debug) {
  auto linked = FileSystemWrapper::LinkFile(from, to, options, debug);
  if (linked.ok() && has_spare(to, what_)) {
    target()->LinkFile(spare_of(from), spare_of(to), options, debug).PermitUncheckedError();
  }
  return linked;
}

// The spare first: left alone it would look like the remains of a lost file.
IOStatus sparing_file_system::DeleteFile(const std::string& path, const IOOptions& options,
                                         IODebugContext* debug) {
  if (has_spare(path, what_)) {
    target()->DeleteFile(spare_of(path), options, debug).PermitUncheckedError();
  }
  return FileSystemWrapper::DeleteFile(path, options, debug);
}

result<void> restore_from_spares(rocksdb::FileSystem& files, const std::string& folder,
                                 spared what) {
  SP_TRY(auto names, names_in(files, folder));
  restorer database(files, folder, std::move(names));
  SP_CHECK(database.restore_names());
  return what == spared::all_files ? database.restore_sorted() : result<void>();
}

bool has_remains(rocksdb::FileSystem& files, const std::string& folder) {
  if (!is_gone(files.FileExists(folder + "/CURRENT", {}, nullptr))) return true;
  const auto names = names_in(files, folder);
  // An unreadable folder is not an empty one.
  return !names || std::ranges::any_of(*names, [](std::string_view name) {
    return name.starts_with(manifest_prefix) || name.ends_with(".sst");
  });
}

rocksdb::Env* sparing_env() {
  static rocksdb::Env* const env =
      rocksdb::NewCompositeEnv(std::make_shared<sparing_file_system>(
                                   std::make_shared<patient_file_system>(
                                       rocksdb::FileSystem::Default()),
                                   spared::all_files))
          .release();
  return env;
}

}  // namespace signpost::storage
