// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// For a node that is alone: what is on its own disk is all that there will be.
//
// Threads: any.
#pragma once

#include "cluster/copies.hpp"

namespace signpost::cluster {

class single_copy final : public copies {
 public:
  copy_group send(std::span<const storage::new_message* const>, on_failure) override { return 0; }
  /// Always answers at once.
  std::optional<outcome> confirm(copy_group group, std::vector<storage::write_receipt> written,
                                 std::function<void(outcome)> done) override;
  void withdraw(copy_group) override {}
};

}  // namespace signpost::cluster
