// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Many new objects at once: sorted into RocksDB's own files beside the store, which adopts all of
// them in one atomic step. A crash before that step only leaves files to be removed.
// For the files of storage/ only.
#pragma once

#include <memory>
#include <string>

#include "storage/control/control_rocks_store.hpp"

namespace signpost::storage {

/// Both must outlive the import.
result<std::unique_ptr<model::control_import>> start_import(control_rocks_store& store,
                                                            const control_database& database);

/// Removes the files of an import that did not finish; before the store is opened.
void remove_unfinished_imports(const std::string& store_path);

}  // namespace signpost::storage
