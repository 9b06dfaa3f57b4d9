// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The file descriptors of a running node, by use: the plan (descriptor_plan.hpp), kept to.
//
// Threads: any, after it was made.
#pragma once

#include <memory>

#include "apps/signpostd/daemon_settings.hpp"
#include "base/result.hpp"
#include "monitoring/families.hpp"
#include "net/socket/descriptor_budget.hpp"

namespace signpost {

struct descriptor_budgets {
  net::descriptor_budget incoming;
  net::descriptor_budget outgoing;
  net::descriptor_budget control;
  net::descriptor_budget monitoring;
};

/// Shares the limit of the process out. `settings` get the plan, and are lowered to it.
/// errc::limit_exceeded if that is not enough to work with.
result<std::unique_ptr<descriptor_budgets>> share_descriptors(daemon_settings& settings);

void publish(const descriptor_budgets& budgets, const monitoring::metrics& metrics);

}  // namespace signpost
