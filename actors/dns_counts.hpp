// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How actors count their DNS queries.
#pragma once

#include "base/clock.hpp"
#include "base/text.hpp"
#include "monitoring/families.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::actors {

/// `took`: from the query to its answer.
inline void count_answer(const monitoring::dns_metrics& metrics, const dns::question& q,
                         const dns::answer& a, steady_time::duration took) {
  metrics.questions.add(to_lower(dns::to_string(q.type)), dns::to_string(a.status));
  metrics.answer_seconds.observe(std::chrono::duration<double>(took).count());
}

}  // namespace signpost::actors
