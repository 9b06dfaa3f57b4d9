// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What RocksDB has to say goes into the node's log. Its own log file is not kept: a file beside the
// data that could not be written once (a full disk) ends the process when RocksDB 7.8, as Debian
// builds it, next has a word to say.
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
