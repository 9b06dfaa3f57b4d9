// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node has on its disk: setup, keys, spool.
#include <utility>

#include "apps/signpostd/control_plane.hpp"
#include "apps/signpostd/control_secrets.hpp"
#include "apps/signpostd/data_directory.hpp"
#include "apps/signpostd/node/file_set_up.hpp"
#include "apps/signpostd/node/node_parts.hpp"
#include "apps/signpostd/secret_files.hpp"
#include "base/log.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

result<void> open_set_up(node_parts& parts) {
  const auto& settings = *parts.settings;
  if (settings.api.from_store()) {
    SP_CHECK(prepare_data_directory(settings.data_dir));
    SP_TRY(parts.config,
           control_plane::open(settings, *parts.time, *parts.random, *parts.metrics));
  } else {
    SP_TRY(parts.config, file_set_up::open(settings, *parts.metrics, *parts.health));
  }
  return {};
}

result<void> open_keys(node_parts& parts) {
  const auto& settings = *parts.settings;
  if (parts.webhook_key.empty()) {
    SP_TRY(parts.webhook_key, prepare_webhook_key(webhook_secret_path(settings), *parts.random));
  }
  parts.health->set_ready("config");
  if (parts.srs == nullptr) {
    SP_TRY(auto srs, load_srs_options(settings, *parts.random));
    parts.srs = std::make_unique<actors::srs_keys>(std::move(srs));
  }
  if (parts.signing != nullptr) return {};
  parts.signing = std::make_unique<node_signing>(*parts.time);
  const auto& signing = settings.mail.signing;
  const auto service = actors::service_domain_of(signing, settings.host_name);
  parts.signing->name({.domain = service, .host = settings.host_name});
  if (signing.enabled) {
    if (settings.make_signing_key && signing.key_dir.empty()) {
      make_first_key(dkim_directory(settings), service, parts.time->now());
    }
    parts.signing->start(dkim_directory(settings));
    parts.signing->warn_unsigned(service);
  }
  return {};
}

result<void> open_spool(node_parts& parts) {
  const auto& settings = *parts.settings;
  auto options = spool_options_of(settings);
  const auto self = parts.membership->self();
  options.node = self.number;
  options.incarnation = self.incarnation;
  SP_TRY(parts.spool, storage::spool::open(options));
  const auto totals = parts.spool->totals();
  log_.info("spool.open", {{"path", options.path},
                           {"messages", totals.messages},
                           {"recipients", totals.envelopes}});
  if (!settings.sync) {
    log_.warning("spool.not_synced",
                 {{"hint", "storage.sync is false: accepted mail can be lost"}});
  }
  return {};
}

}  // namespace

result<void> open_stores(node_parts& parts) {
  if (parts.config == nullptr) SP_CHECK(open_set_up(parts));
  SP_CHECK(open_keys(parts));
  if (parts.spool == nullptr) SP_CHECK(open_spool(parts));
  return {};
}

}  // namespace signpost
