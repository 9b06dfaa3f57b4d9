// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/losses/log_recovery.hpp"

#include <rocksdb/env.h>

#include <algorithm>

#include "base/log.hpp"
#include "storage/format/folder_lock.hpp"
#include "storage/format/patient_file_system.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.recovery");

void tell(const std::string& folder, const log_hole& hole) {
  log_.error("storage.log_hole", {{"folder", folder},
                                  {"file", hole.file},
                                  {"offset", hole.offset},
                                  {"octets", hole.octets},
                                  {"missing_from", hole.from},
                                  {"goes_on_at", hole.behind},
                                  {"what", hole.to_string()}});
}

std::string name_of(const log_hole& hole) {
  return hole.file + "-" + std::to_string(hole.from) + "-" + std::to_string(hole.behind);
}

std::uint64_t number_in(const std::string& log) {
  return std::stoull("0" + log.substr(0, log.find('.')));
}

/// True if some family no longer needs the log that has the hole.
bool files_are_ahead(const log_needs& needs, const log_hole& hole) {
  return std::ranges::any_of(needs.families, [&](const auto& family) {
    return family.second > number_in(hole.file);
  });
}

/// Removes the files after the first hole; the rest of its own file is not read anyway.
result<void> cut_at_hole(rocksdb::FileSystem& files, const std::string& folder,
                         const log_survey& survey, const std::string& aside) {
  const auto& hole = survey.holes.front();
  const auto last = number_in(hole.file);
  for (const auto log : survey.logs) {
    if (log < last || (log == last && hole.octets > 0)) continue;
    // A different name from any link to the same file: renaming one to the other does nothing.
    const auto status = files.RenameFile(folder + "/" + log_name(log),
                                         aside + "/behind-" + log_name(log), {}, nullptr);
    if (!status.ok()) return tl::unexpected(to_error(status, log_name(log)));
  }
  return {};
}

result<void> mend(rocksdb::FileSystem& files, const recovery_options& options,
                  const log_needs& needs, log_recovery& out) {
  out.sizes_hold = false;
  if (out.damaged()) {
    const auto& first = out.survey.holes.front();
    SP_TRY(out.kept, loss_register(options.folder).make_kept_folder(name_of(first)));
    SP_CHECK(keep_logs(files, options.folder, out.survey, out.kept));
    if (options.only_before_hole && !files_are_ahead(needs, first)) {
      return cut_at_hole(files, options.folder, out.survey, out.kept);
    }
  }
  return mend_logs(files, options.folder, out.survey);
}

}  // namespace

result<log_recovery> recover_log(const recovery_options& options) {
  auto* const env = options.env != nullptr ? options.env : patient_env();
  auto& files = *env->GetFileSystem();
  log_recovery out;
  if (!has_remains(files, options.folder)) return out;
  const auto is_there = [&] {
    return files.FileExists(options.folder + "/CURRENT", {}, nullptr).ok();
  };
  out.exists = is_there();
  const folder_lock lock(files, options.folder);
  if (!lock.held()) return out;
  SP_CHECK(restore_from_spares(files, options.folder, options.spares));
  out.exists = is_there();
  if (!out.exists) return out;
  const auto needs = read_log_needs(files, options.folder);
  // RocksDB reads it again, might succeed, and would then open an unchecked log.
  const bool is_there_but_unread = !needs && needs.error().code == errc::unavailable;
  if (is_there_but_unread) return tl::unexpected(needs.error());
  if (!needs) {
    log_.error("storage.manifest_unread",
               {{"folder", options.folder}, {"error", to_string(needs.error())}});
    return out;
  }
  SP_TRY(out.survey,
         survey_logs(files, options.folder, *needs,
                     {.acknowledged = options.acknowledged,
                      .numbers_may_skip = options.numbers_may_skip,
                      .on_batch = options.on_batch}));
  for (const auto& hole : out.survey.holes) tell(options.folder, hole);
  if (out.damaged() || !out.survey.to_mend.empty()) {
    SP_CHECK(mend(files, options, *needs, out));
  }
  return out;
}

}  // namespace signpost::storage
