// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What every control store and every change feed has to do: suites that are instantiated for each
// implementation. A test program of an implementation links `control_contract` and contains
//
//     const control_implementation mine{"mine", [] { return std::make_unique<my_place>(); }};
//     INSTANTIATE_TEST_SUITE_P(Mine, ControlStoreContract, testing::Values(mine), named);
//     INSTANTIATE_TEST_SUITE_P(Mine, ControlListContract, testing::Values(mine), named);
//     INSTANTIATE_TEST_SUITE_P(Mine, ChangeFeedContract, testing::Values(mine), named);
//
// where `my_place` is a `control_place`. Crashes, full disks and damage are not covered here: they
// are tested with the implementation.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "model/control/control_store.hpp"
#include "tests/support/control_samples.hpp"

namespace signpost::test {

struct control_place_options {
  /// How many changes the feed can list at least, and not many more.
  std::uint64_t change_log_max = 1'000'000;
};

/// Where the stores of one test are: a folder or a database. It is empty at first, and removed with
/// everything in it.
class control_place {
 public:
  virtual ~control_place() = default;

  /// Opens what is there; what was opened before has been closed.
  virtual std::unique_ptr<model::control_store> open(const control_place_options& options) = 0;
  /// A second store on the same place, as another node would open it. Null: the place belongs to a
  /// single node.
  virtual std::unique_ptr<model::control_store> open_beside() { return nullptr; }
  /// Copies what is committed, as a backup does or a standby of the database.
  virtual void keep_copy(model::control_store& store) = 0;
  /// The copy takes the place of what is there; nothing is open.
  virtual void put_copy_back() = 0;
};

struct control_implementation {
  std::string name;
  std::function<std::unique_ptr<control_place>()> make;
  friend void PrintTo(const control_implementation& i, std::ostream* out) { *out << i.name; }
};

inline std::string named(const testing::TestParamInfo<control_implementation>& each) {
  return each.param.name;
}

/// An open store, and short ways to change it.
class control_contract : public testing::TestWithParam<control_implementation> {
 protected:
  using work = std::function<result<void>(model::control_transaction&)>;

  control_contract();

  void reopen(const control_place_options& options = {});
  void close();
  /// Another node's store, or the same one if the place belongs to a single node.
  model::control_store& other();
  /// Commits, with an audit entry.
  void must(const work& what);
  /// Tries to; the error of what has to fail, and changed nothing.
  errc refused(const work& what);
  /// Account 1 with zone 1 of three rules and a catch-all.
  void fill();
  [[nodiscard]] std::unique_ptr<const model::control_reader> now() const { return store_->read(); }

  std::unique_ptr<control_place> place_ = GetParam().make();
  std::unique_ptr<model::control_store> store_;

 private:
  std::unique_ptr<model::control_store> other_;
};

/// Objects, changes, conflicts, usage counts, the audit log, imports.
class ControlStoreContract : public control_contract {};
/// Filters, orders and pages.
class ControlListContract : public control_contract {};
/// Following what changes.
class ChangeFeedContract : public control_contract {};

}  // namespace signpost::test
