// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Removes activity that is older than the log's retention, or exceeds its space, while RocksDB
// rewrites its files.
#pragma once

#include <rocksdb/compaction_filter.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/clock.hpp"

namespace signpost::storage {

/// `time` must outlive the factory. `forget_before`, if any, is the time of a key. Threads: any;
/// RocksDB calls from its own.
std::shared_ptr<rocksdb::CompactionFilterFactory> make_log_expiry(
    const clock& time, milliseconds retention,
    std::shared_ptr<const std::atomic<std::uint64_t>> forget_before = nullptr);

}  // namespace signpost::storage
