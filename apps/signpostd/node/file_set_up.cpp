// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/file_set_up.hpp"

#include <utility>

#include "apps/signpostd/data_directory.hpp"
#include "apps/signpostd/node/own_addresses.hpp"
#include "base/log.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

}  // namespace

result<std::unique_ptr<file_set_up>> file_set_up::open(const daemon_settings& settings,
                                                       monitoring::metrics& metrics,
                                                       monitoring::health_state& health) {
  std::unique_ptr<file_set_up> made(new file_set_up(settings, metrics, health));
  SP_TRY(auto identity, identity_of(settings));
  identity.addresses = own_addresses(settings.mail.smtp.listen);
  SP_TRY(made->zones_,
         config::file_routing_source::open(settings.zones_file, std::move(identity)));
  SP_CHECK(prepare_data_directory(settings.data_dir));
  if (const auto doubt = made->zones_->remember_in(settings.data_dir + "/zones-in-force")) {
    log_.error("config.doubtful",
               {{"error", doubt->context},
                {"hint", "mail for domains that are not in it is deferred (451)"}});
  }
  made->publish();
  return made;
}

result<void> file_set_up::serve(api::rest_world world) {
  gateway_ = std::make_unique<api::gateway>(std::move(world),
                                            static_cast<std::size_t>(settings_.api.threads));
  return {};
}

void file_set_up::handle(net::http_request request, const net::http_responder& out) {
  gateway_->handle(std::move(request), out);
}

void file_set_up::refresh(bool forced) {
  const auto changed = forced ? zones_->refresh_now() : zones_->refresh();
  publish_doubt();
  if (!changed) {
    metrics_.config.reloads.add("failed");
    log_.error("config.reload_failed",
               {{"error", changed.error().context}, {"hint", "the previous rules stay in force"}});
    return;
  }
  if (!*changed && !forced) return;
  metrics_.config.reloads.add(*changed ? "changed" : "unchanged");
  publish();
  const auto snapshot = zones_->current();
  log_.info("config.reloaded", {{"revision", snapshot->revision},
                                {"zones", snapshot->table->zone_count()},
                                {"rules", snapshot->table->rule_count()}});
}

void file_set_up::publish() {
  const auto snapshot = zones_->current();
  metrics_.config.revision.set(static_cast<double>(snapshot->revision));
  metrics_.config.zones.set(static_cast<double>(snapshot->table->zone_count()));
  metrics_.config.rules.set(static_cast<double>(snapshot->table->rule_count()));
  publish_doubt();
}

void file_set_up::publish_doubt() {
  const auto& doubt = zones_->last_error();
  metrics_.config.doubtful.set(doubt ? 1 : 0);
  health_.set_remark(
      "config",
      doubt
          ? doubt->context
                + "; the previous zones stay in force, and mail for other domains is deferred (451)"
          : "");
}

}  // namespace signpost
