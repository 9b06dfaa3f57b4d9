// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The control plane's objects with everything filled in, and whether a store agrees with itself.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "model/control/control_store.hpp"

namespace signpost::test {


/// 32 digits that say what they name: `id_of('a', 1)`.
std::string id_of(char kind, std::uint64_t number);

model::account make_account(std::uint64_t number);
model::zone_object make_zone(std::uint64_t number, std::uint64_t account = 1);
/// For `user<number>@zone<zone>.example`, to `dest<number % 3>@example.net`.
model::rule_object make_rule(std::uint64_t zone, std::uint64_t number);
model::rule_object make_catch_all(std::uint64_t zone, std::uint64_t number = 999);
model::destination_address make_address(std::uint64_t account, std::uint64_t number);
model::api_token make_token(std::uint64_t number, std::uint64_t account = 1);
/// With an id of its own every time.
model::audit_entry make_entry(std::uint64_t account = 1, std::string action = "update");

/// Commits what `work` does, with an audit entry.
result<std::uint64_t> change(model::control_store& store,
                             const std::function<result<void>(model::control_transaction&)>& work);

/// How many things in the store do not agree: counters with what they count, indexes with objects,
/// revisions with changes and with the audit log.
int disagreements(model::control_store& store);

}  // namespace signpost::test
