// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How RocksDB is set up for a spool: the one place for its knobs, with the reason beside each.
#pragma once

#include <rocksdb/listener.h>
#include <rocksdb/options.h>

#include <memory>
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

/// Keeps RocksDB from recovering from errors behind our back.
std::shared_ptr<rocksdb::EventListener> make_manual_recovery();

}  // namespace signpost::storage
