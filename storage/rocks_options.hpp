// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How RocksDB is set up for a spool: the one place for its knobs, with the reason beside each.
#pragma once

#include <rocksdb/options.h>

#include <vector>

#include "storage/schema.hpp"
#include "storage/spool.hpp"

namespace signpost::storage {

struct rocks_setup {
  rocksdb::DBOptions db;
  /// In the order of `schema::family_names`.
  std::vector<rocksdb::ColumnFamilyOptions> families;
};

rocks_setup make_rocks_setup(const spool_options& options);

}  // namespace signpost::storage
