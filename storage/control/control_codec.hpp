// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The control plane's objects as bytes, and back; the rules of codec.hpp apply. What the key
// contains (ids) is not repeated in the value.
//
// Decoders fail with errc::corrupt, whatever bytes they are given. Threads: any.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/control/control_objects.hpp"
#include "model/control/control_store.hpp"

namespace signpost::storage {

std::string encode(const model::account& a);
std::string encode(const model::zone_object& z);
std::string encode(const model::rule_object& r);
std::string encode(const model::destination_address& a);
std::string encode(const model::api_token& t);
/// Texts longer than `control_limits::audit_octets_max` are cut.
std::string encode(const model::audit_entry& e);
std::string encode(const model::change_record& c);

result<model::account> decode_account(std::string_view id, std::string_view value);
result<model::zone_object> decode_zone(std::string_view id, std::string_view value);
result<model::rule_object> decode_rule(std::string_view zone, std::string_view id,
                                       std::string_view value);
result<model::destination_address> decode_address(std::string_view account, std::string_view id,
                                                  std::string_view value);
result<model::api_token> decode_token(std::string_view id, std::string_view value);
result<model::audit_entry> decode_audit_entry(std::string_view value);
result<model::change_record> decode_change(std::uint64_t revision, std::string_view value);

}  // namespace signpost::storage
