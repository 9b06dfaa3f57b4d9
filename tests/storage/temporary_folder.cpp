// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace signpost::storage {

temporary_folder::temporary_folder() : path_(testing::TempDir() + "signpost-spool-XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) std::abort();
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace signpost::storage
