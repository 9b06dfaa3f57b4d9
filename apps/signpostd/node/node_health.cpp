// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/node_health.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

std::string why_unready(const set_up& config) {
  const auto waited = config.waited();
  if (waited < set_up::silent_max) return {};
  return "has not answered for " + std::to_string(waited.count() / 1000)
         + " s; no changes are possible";
}

}  // namespace

node_health::node_health(const node_parts& parts, actors::node& node)
    : parts_(parts),
      node_(node),
      health_(*parts.health),
      dns_(*parts.resolver, *parts.time, *parts.random, parts.settings->host_name) {}

void node_health::tell(std::string_view component, std::string_view trouble) {
  if (trouble.empty()) {
    health_.set_ready(component);
  } else {
    health_.set_unready(component, trouble);
  }
}

void node_health::look_at_disks() {
  if (parts_.config->store() != nullptr) tell("control disk", why_unready(*parts_.config));
  tell("spool", why_unready(*parts_.spool));
}

void node_health::tell_of_waits() {
  const auto waits = parts_.spool->waits();
  const bool hangs = std::max(waits.write, waits.read) >= disk_silent_max;
  if (hangs == std::exchange(disk_hangs_, hangs)) return;
  if (hangs) {
    log_.error("spool.hangs", {{"write_ms", waits.write.count()}, {"read_ms", waits.read.count()}});
  } else {
    log_.info("spool.answers_again", {});
  }
}

void node_health::look_at_stores() {
  tell("control store", parts_.config->trouble());
  const bool failed =
      parts_.spool->health() == storage::spool_health::failed || parts_.config->failed();
  if (!failed) {
    failed_since_.reset();
  } else if (!failed_since_) {
    failed_since_ = parts_.time->steady_now();
  }
}

void node_health::look_at_dns() {
  dns_.step();
  tell("dns", dns_.trouble());
}

void node_health::look_at_refusals() {
  const auto refusing = node_.refusing_all();
  const bool lasts = refusing_.is(!refusing.empty(), parts_.time->steady_now());
  tell("mail", lasts ? refusing : std::string());
}

void node_health::look() {
  look_at_disks();
  tell_of_waits();
  look_at_stores();
  look_at_dns();
  look_at_refusals();
}

void node_health::publish() const {
  parts_.metrics->node.ready.set(health_.ready() ? 1 : 0);
  node_.publish_gauges();
  signpost::publish(*parts_.descriptors, *parts_.metrics);
}

bool node_health::beyond_repair() const {
  const auto patience = parts_.settings->failed_exit_after;
  return failed_since_ && patience > milliseconds{0}
         && parts_.time->steady_now() - *failed_since_ >= patience;
}

}  // namespace signpost
