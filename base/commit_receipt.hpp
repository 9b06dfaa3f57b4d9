// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The proof that something is durable. `250` after DATA is a promise (RFC 5321 §6.1): the reply
// type for acceptance takes a receipt, and only cluster/copies.hpp can make one, after the synced
// write has returned and the required number of other disks have confirmed their copies.
#pragma once

#include <string>
#include <utility>

namespace signpost::cluster {
class receipt_issuer;  // defined inside cluster/, nowhere else
}

namespace signpost {

/// Proves that the message `queue_id()` is on every disk where it has to be. Copies of a receipt
/// mean the same; a commit is the only way to get one.
class commit_receipt {
 public:
  /// The text form of the queue id, as written in the reply and in every log line.
  [[nodiscard]] const std::string& queue_id() const { return queue_id_; }

 private:
  friend class cluster::receipt_issuer;
  explicit commit_receipt(std::string queue_id) : queue_id_(std::move(queue_id)) {}

  std::string queue_id_;
};

}  // namespace signpost
