// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The only maker of `commit_receipt`. Included by the code that has just seen a synced write
// return, and by nothing else: whoever includes this header can promise what is not on disk.
#pragma once

#include "base/commit_receipt.hpp"
#include "model/queue_id.hpp"

namespace signpost::storage {

class receipt_issuer {
 public:
  [[nodiscard]] static commit_receipt issue(const model::queue_id& id) {
    return commit_receipt(id.to_string());
  }
};

}  // namespace signpost::storage
