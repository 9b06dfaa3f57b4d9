// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/dns/ownership_record.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::api {
namespace {

constexpr std::string_view record_prefix = "_signpost-verify.";
constexpr std::string_view content_prefix = "signpost-verify=";

std::string content_of(const rest_world& world, const model::zone_object& zone) {
  if (world.link_key.empty()) return {};
  const auto text = fmt::format("zone {} {}", zone.account, zone.id);
  return std::string(content_prefix) + to_hex(crypto::hmac_sha256(world.link_key, text));
}

}  // namespace

std::string ownership_record_name(std::string_view zone_name) {
  return std::string(record_prefix) + std::string(zone_name);
}

wanted_record ownership_record(const rest_world& world, const model::zone_object& zone) {
  return {.type = "TXT",
          .name = ownership_record_name(zone.name),
          .content = content_of(world, zone),
          .priority = {}};
}

}  // namespace signpost::api
