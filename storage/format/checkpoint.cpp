// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/checkpoint.hpp"

#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>

#include <filesystem>
#include <memory>

#include "storage/format/status.hpp"

namespace signpost::storage {

result<void> make_checkpoint(rocksdb::DB& db, const std::string& folder) {
  std::error_code ignored;
  if (std::filesystem::exists(folder, ignored)) return fail(errc::conflict, folder + " exists");
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(&db, &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  // Flushed first, so that no log is copied, whose last commit could be cut off.
  if (status.ok()) status = checkpoint->CreateCheckpoint(folder, 0);
  if (!status.ok()) return tl::unexpected(to_error(status, "checkpoint " + folder));
  return {};
}

}  // namespace signpost::storage
