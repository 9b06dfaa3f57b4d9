// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/dkim_key_service.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "proto/dkim/signer.hpp"

namespace signpost {
namespace {

const logger log_("signpostd.dkim");

using api::dkim_key_view;
using api::wanted_record;
using config::dkim_key;
using config::dkim_key_state;

wanted_record record_of(const dkim_key& key) {
  return {.type = "TXT",
          .name = key.record_name(),
          .content = dkim::key_record_text(key.key->public_half()),
          .priority = {}};
}

dkim_key_view to_view(const dkim_key& key) {
  dkim_key_view view{.domain = key.domain,
                     .selector = key.selector,
                     .type = std::string(crypto::to_string(key.type)),
                     .state = std::string(config::to_string(key.state)),
                     .waits_for_record = key.when_seen,
                     .created = key.created,
                     .retired = {},
                     .record = record_of(key)};
  if (key.state == dkim_key_state::retired) view.retired = key.retired;
  return view;
}

result<crypto::key_type> type_of(std::string_view word) {
  for (const auto type : {crypto::key_type::rsa, crypto::key_type::ed25519}) {
    if (crypto::to_string(type) == word) return type;
  }
  return fail(errc::malformed, "type: must be rsa or ed25519");
}

}  // namespace

result<std::vector<dkim_key_view>> dkim_key_service::list(std::string_view domain) {
  SP_TRY(const auto keys, keys_.list(domain));
  std::vector<dkim_key_view> views;
  for (const auto& key : keys) views.push_back(to_view(key));
  return views;
}

result<dkim_key_view> dkim_key_service::generate(std::string_view domain,
                                                 const api::dkim_key_request& wanted) {
  SP_TRY(const auto type, type_of(wanted.type));
  SP_TRY(const auto key, keys_.generate(domain,
                                        {.type = type,
                                         .selector = wanted.selector,
                                         .when_seen = wanted.active},
                                        time_.now()));
  changed_();
  return to_view(key);
}

result<dkim_key_view> dkim_key_service::view_of(std::string_view domain,
                                                std::string_view selector) const {
  SP_TRY(const auto keys, keys_.list(domain));
  const auto at = std::ranges::find(keys, selector, &dkim_key::selector);
  if (at == keys.end()) return fail(errc::not_found, "key");
  return to_view(*at);
}

result<dkim_key_view> dkim_key_service::activate(std::string_view domain,
                                                 std::string_view selector) {
  SP_CHECK(keys_.activate(domain, selector, time_.now()));
  auto view = view_of(domain, selector);
  changed_();
  return view;
}

result<dkim_key_view> dkim_key_service::retire(std::string_view domain, std::string_view selector) {
  SP_CHECK(keys_.retire(domain, selector, time_.now()));
  auto view = view_of(domain, selector);
  changed_();
  return view;
}

result<void> dkim_key_service::remove(std::string_view domain, std::string_view selector) {
  SP_CHECK(keys_.remove(domain, selector));
  changed_();
  return {};
}

void dkim_key_service::hand_over(std::string_view domain, std::string_view zone_id,
                                 const std::function<result<void>()>& move) {
  const auto done = move();
  if (!done) {
    log_.error("dkim.not_handed_over",
               {{"domain", domain},
                {"zone_id", zone_id},
                {"error", to_string(done.error())},
                {"hint", "remove the domain's keys with `signpost dkim` and create new ones"}});
  }
  changed_();
}

void dkim_key_service::put_away(std::string_view domain, std::string_view zone_id) {
  hand_over(domain, zone_id, [&] { return keys_.put_away(domain, zone_id); });
}

void dkim_key_service::bring_back(std::string_view domain, std::string_view zone_id) {
  hand_over(domain, zone_id, [&] { return keys_.bring_back(domain, zone_id); });
}

void dkim_key_service::discard(std::string_view domain, std::string_view zone_id, bool in_use) {
  hand_over(domain, zone_id, [&]() -> result<void> {
    if (in_use) SP_CHECK(keys_.put_away(domain, zone_id));
    return keys_.discard(zone_id);
  });
}

std::vector<wanted_record> dkim_key_service::records(std::string_view domain) {
  const auto keys = keys_.list(domain);
  std::vector<wanted_record> records;
  if (!keys) return records;
  const auto signs = [&](crypto::key_type type) {
    return std::ranges::any_of(*keys, [&](const dkim_key& k) {
      return k.type == type && k.state == dkim_key_state::active;
    });
  };
  for (const auto& key : *keys) {
    if (key.state == dkim_key_state::active || key.when_seen
        || (key.state == dkim_key_state::pending && !signs(key.type))) {
      records.push_back(record_of(key));
    }
  }
  return records;
}

}  // namespace signpost
