// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The only maker of `write_receipt`. Included by the code that has just seen a synced write return,
// and by nothing else.
#pragma once

#include "storage/spool/write_receipt.hpp"

namespace signpost::storage {

class write_receipt_maker {
 public:
  [[nodiscard]] static write_receipt make(const model::queue_id& id) { return write_receipt(id); }
};

}  // namespace signpost::storage
