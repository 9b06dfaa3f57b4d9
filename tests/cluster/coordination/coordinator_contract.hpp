// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What every coordinator has to do. A test program of one links `coordinator_contract` and contains
//
//     const coordinator_implementation mine{"mine", [] { return std::make_unique<my_place>(); }};
//     INSTANTIATE_TEST_SUITE_P(Mine, CoordinatorContract, testing::Values(mine),
//                              coordinator_named);
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "cluster/coordinator.hpp"

namespace signpost::test {

/// Where the state is; empty at first.
class coordinator_place {
 public:
  virtual ~coordinator_place() = default;
  /// As a node reaches it: each time the same state, over a way of its own if there are several.
  virtual std::shared_ptr<cluster::coordinator> reach() = 0;
};

struct coordinator_implementation {
  std::string name;
  std::function<std::unique_ptr<coordinator_place>()> make;
  friend void PrintTo(const coordinator_implementation& i, std::ostream* out) { *out << i.name; }
};

inline std::string coordinator_named(
    const testing::TestParamInfo<coordinator_implementation>& each) {
  return each.param.name;
}

class CoordinatorContract : public testing::TestWithParam<coordinator_implementation> {
 protected:
  /// 32 digits.
  static std::string name(char kind, unsigned number);
  /// Enrolls a node and begins.
  cluster::member begun(unsigned node);
  result<std::uint64_t> renewed(const cluster::member& m);

  std::unique_ptr<coordinator_place> place_ = GetParam().make();
  std::shared_ptr<cluster::coordinator> here_ = place_->reach();
  std::shared_ptr<cluster::coordinator> there_ = place_->reach();
};

}  // namespace signpost::test
