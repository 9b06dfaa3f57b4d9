// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// For a single node: its own disk has the only copy.
//
// Threads: any.
#pragma once

#include "cluster/copies.hpp"

namespace signpost::cluster {

class single_copy final : public copies {
 public:
  copy_group send(std::span<const storage::new_message* const>, on_failure) override { return 0; }
  /// Always answers immediately.
  std::optional<outcome> confirm(copy_group group, std::vector<storage::write_receipt> written,
                                 std::function<void(outcome)> done) override;
  void withdraw(copy_group) override {}
};

}  // namespace signpost::cluster
