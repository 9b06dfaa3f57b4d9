// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The only maker of `commit_receipt`. Included by implementations of `copies` and by nothing else:
// code that includes this header could promise messages that are on no disk.
#pragma once

#include "base/commit_receipt.hpp"
#include "storage/spool/write_receipt.hpp"

namespace signpost::cluster {

class receipt_issuer {
 public:
  /// For a message that is on this node's disk and on the required number of others.
  [[nodiscard]] static commit_receipt issue(const storage::write_receipt& written) {
    return commit_receipt(written.id().to_string());
  }
};

}  // namespace signpost::cluster
