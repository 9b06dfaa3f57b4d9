// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A node for the tests of what its operator asks over its own socket: a real spool, a routing
// table, no control store, and operations that are only remembered.
#pragma once

#include <memory>

#include "api/frame/rest_call.hpp"
#include "base/random.hpp"
#include "tests/storage/temporary_folder.hpp"
#include "tests/support/fake_node_operations.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost::storage {
class spool;
}

namespace signpost::test {

class fixed_config final : public model::routing_source {
 public:
  fixed_config();
  [[nodiscard]] std::shared_ptr<const model::routing_snapshot> current() const override {
    return snapshot_;
  }
  /// A node that has no zones yet.
  void forget() { snapshot_ = std::make_shared<const model::routing_snapshot>(); }

 private:
  std::shared_ptr<const model::routing_snapshot> snapshot_;
};

class silent_resolver final : public dns::resolver {
 public:
  void resolve(dns::question, callback) override {}
};

/// A spool of the tests, for those who need not know what is in it.
[[nodiscard]] std::shared_ptr<storage::spool> open_spool(const std::string& path,
                                                         const clock& time);

/// Zone `zone.example`: `info@` is forwarded to `alice@dest.example`, `old@` is refused.
class control_node {
 public:
  control_node();

  /// All this, for a gateway.
  [[nodiscard]] api::rest_world world();

  storage::temporary_folder folder;
  std::shared_ptr<storage::spool> spool;
  fixed_config config;
  manual_clock time{storage::start + std::chrono::minutes(3)};
  system_random random;
  silent_resolver resolver;
  fake_node_operations node;
};

}  // namespace signpost::test
