// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Forgets activity that is older than the log's retention, while RocksDB rewrites its files.
#pragma once

#include <rocksdb/compaction_filter.h>

#include <memory>

#include "base/clock.hpp"

namespace signpost::storage {

/// `time` must outlive the factory. Threads: any; RocksDB calls from its own.
std::shared_ptr<rocksdb::CompactionFilterFactory> make_log_expiry(const clock& time,
                                                                  milliseconds retention);

}  // namespace signpost::storage
