// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/descriptor_budgets.hpp"

#include <algorithm>
#include <string_view>

#include "base/log.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

void tell(const descriptor_plan& plan, std::int64_t wanted_sessions) {
  if (plan.sessions >= static_cast<std::size_t>(wanted_sessions)) {
    log_.info("descriptors.shared", {{"limit", plan.limit},
                                     {"wanted", plan.wanted},
                                     {"sessions_max", plan.sessions},
                                     {"deliveries_max", plan.deliveries},
                                     {"spool_files", plan.spool_files}});
  } else {
    log_.warning("descriptors.few",
                 {{"limit", plan.limit},
                  {"wanted", plan.wanted},
                  {"smtp.sessions_max", wanted_sessions},
                  {"sessions_max", plan.sessions},
                  {"hint", "raise LimitNOFILE, or lower smtp.sessions_max"}});
  }
}

}  // namespace

result<std::unique_ptr<descriptor_budgets>> share_descriptors(daemon_settings& settings) {
  SP_TRY(const auto plan,
         plan_descriptors(raise_descriptor_limit(), settings, loop_count_of(settings)));
  auto& sessions = settings.mail.smtp.sessions_max;
  tell(plan, sessions);
  sessions = std::min(sessions, static_cast<std::int64_t>(plan.sessions));
  auto& deliveries = settings.mail.delivery.connections_max;
  if (plan.deliveries > 0) {
    deliveries = std::min(deliveries, static_cast<std::int64_t>(plan.deliveries));
  }
  settings.descriptors = plan;
  return std::unique_ptr<descriptor_budgets>(
      new descriptor_budgets{.incoming = net::descriptor_budget(plan.incoming),
                             .outgoing = net::descriptor_budget(plan.deliveries),
                             .control = net::descriptor_budget(plan.control),
                             .monitoring = net::descriptor_budget(plan.monitoring)});
}

void publish(const descriptor_budgets& budgets, const monitoring::metrics& metrics) {
  const auto show = [&](std::string_view use, const net::descriptor_budget& budget) {
    metrics.node.descriptors_used.with(use).set(static_cast<double>(budget.used()));
    metrics.node.descriptors_limit.with(use).set(static_cast<double>(budget.limit()));
  };
  show("incoming", budgets.incoming);
  show("outgoing", budgets.outgoing);
  show("control", budgets.control);
  show("monitoring", budgets.monitoring);
}

}  // namespace signpost
