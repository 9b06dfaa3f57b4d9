// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes RocksDB's messages to the node's log. Its own log file is not kept: if that file could not
// be written once (a full disk), RocksDB 7.8, as Debian builds it, ends the process with its next
// message.
//
// Threads: any.
#pragma once

#include <rocksdb/env.h>

#include <memory>

namespace signpost::storage {

/// Its warnings are `rocksdb.warning` at the level debug, its errors `rocksdb.error` at the level
/// warning: the store reports what they mean for the node.
std::shared_ptr<rocksdb::Logger> make_rocks_logger();

}  // namespace signpost::storage
