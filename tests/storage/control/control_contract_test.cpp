// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/model/control/control_contract.hpp"

#include "tests/storage/control_support.hpp"

namespace signpost::test {
namespace {

class rocks_place final : public control_place {
 public:
  std::unique_ptr<model::control_store> open(const control_place_options& options) override {
    return storage::must_open_control({.path = path_,
                                       .memory_octets = 1U << 20,
                                       .change_log_max = options.change_log_max,
                                       .import_memory_octets = 4096});
  }
  void keep_copy(model::control_store& store) override {
    const auto copied = storage::copy_control_store(store, copy_);
    EXPECT_TRUE(copied.has_value()) << to_string(copied.error());
  }
  void put_copy_back() override { path_ = copy_; }

 private:
  storage::temporary_folder folder_;
  std::string path_ = folder_.path() + "/config";
  const std::string copy_ = folder_.path() + "/copy";
};

const control_implementation rocksdb_store{"RocksDb", [] {
                                             return std::make_unique<rocks_place>();
                                           }};
INSTANTIATE_TEST_SUITE_P(RocksDb, ControlStoreContract, testing::Values(rocksdb_store), named);
INSTANTIATE_TEST_SUITE_P(RocksDb, ControlListContract, testing::Values(rocksdb_store), named);
INSTANTIATE_TEST_SUITE_P(RocksDb, ChangeFeedContract, testing::Values(rocksdb_store), named);

}  // namespace
}  // namespace signpost::test
