// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/control_support.hpp"

#include <cstdlib>

namespace signpost::storage {

std::unique_ptr<model::control_store> must_open_control(const control_store_options& options) {
  auto opened = open_control_store(options);
  if (!opened) {
    ADD_FAILURE() << to_string(opened.error());
    std::abort();
  }
  return std::move(*opened);
}

}  // namespace signpost::storage
