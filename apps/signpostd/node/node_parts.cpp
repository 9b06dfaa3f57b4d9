// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/node_parts.hpp"

#include <algorithm>
#include <thread>

#include "actors/actor_threads.hpp"
#include "apps/signpostd/version.hpp"
#include "base/assert.hpp"
#include "cluster/single_copy.hpp"

namespace signpost {
namespace {

// What is there already stays.
template <typename Part, typename Make>
void make_missing(std::unique_ptr<Part>& part, const Make& make) {
  if (part == nullptr) part = make();
}

void make_frame(node_parts& parts) {
  make_missing(parts.time, [] { return std::make_unique<system_clock>(); });
  make_missing(parts.random, [] { return std::make_unique<system_random>(); });
  make_missing(parts.metrics, [] {
    return std::make_unique<monitoring::metrics>(monitoring::build_facts{
        .version = std::string(program_version), .compiler = __VERSION__});
  });
  make_missing(parts.health, [] {
    return std::make_unique<monitoring::health_state>(
        std::vector<std::string>{"spool", "config", "control", "smtp"});
  });
  make_missing(parts.membership, [] { return std::make_unique<cluster::single_node>(); });
  make_missing(parts.copies, [] { return std::make_unique<cluster::single_copy>(); });
}

}  // namespace

// Signatures are most of the work that a message is: all processors make them.
std::size_t actor_threads_of(const daemon_settings& settings) {
  if (settings.threads > 0) return static_cast<std::size_t>(settings.threads);
  return std::max(1U, std::thread::hardware_concurrency());
}

result<void> complete(node_parts& parts) {
  SP_ASSERT(parts.settings != nullptr);
  make_frame(parts);
  if (parts.descriptors == nullptr) {
    SP_TRY(parts.descriptors, share_descriptors(*parts.settings));
  }
  SP_CHECK(open_stores(parts));
  SP_CHECK(open_network(parts));
  if (parts.system == nullptr) {
    parts.system = actors::make_actor_system(actor_threads_of(*parts.settings));
  }
  return {};
}

}  // namespace signpost
