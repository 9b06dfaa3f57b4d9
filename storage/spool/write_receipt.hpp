// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The proof that a message is on this node's disk. For what may be promised to its sender see
// cluster/copies.hpp.
#pragma once

#include "model/queue/queue_id.hpp"

namespace signpost::storage {

class write_receipt {
 public:
  [[nodiscard]] const model::queue_id& id() const { return id_; }

 private:
  friend class write_receipt_maker;
  explicit write_receipt(const model::queue_id& id) : id_(id) {}

  model::queue_id id_;
};

}  // namespace signpost::storage
