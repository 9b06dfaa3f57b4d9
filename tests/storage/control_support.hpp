// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the control plane's RocksDB store share.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "storage/control/control_store.hpp"
#include "tests/storage/temporary_folder.hpp"
#include "tests/support/control_samples.hpp"

namespace signpost::storage {

using test::change;
using test::disagreements;
using test::id_of;
using test::make_account;
using test::make_address;
using test::make_catch_all;
using test::make_entry;
using test::make_rule;
using test::make_token;
using test::make_zone;

std::unique_ptr<model::control_store> must_open_control(const control_store_options& options);

}  // namespace signpost::storage
