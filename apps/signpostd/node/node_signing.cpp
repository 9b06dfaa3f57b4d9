// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/node_signing.hpp"

#include <utility>

#include "base/log.hpp"
#include "proto/address/domain.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

}  // namespace

void node_signing::start(std::optional<std::string> directory) {
  if (!directory) return;
  watch_.emplace(std::move(*directory));
  refresh();
}

void node_signing::refresh() {
  const std::lock_guard lock(mutex_);
  if (!watch_) return;
  const auto news = watch_->refresh();
  for (const auto& fault : news.faults) {
    log_.error("signing.key_unusable",
               {{"error", fault.context}, {"hint", "the previous keys, if any, stay in use"}});
  }
  if (!news.changed) return;
  cluster::domain_key_map keys;
  std::size_t count = 0;
  for (auto& key : watch_->current()) {
    auto& of_domain = keys[key.domain];
    of_domain.push_back(
        {.domain = key.domain, .selector = std::move(key.selector), .key = std::move(key.key)});
    ++count;
  }
  log_.info("signing.keys", {{"domains", keys.size()}, {"keys", count}});
  keys_.replace(std::move(keys));
}

void node_signing::warn_unsigned(const std::string& service_domain) const {
  const auto domain = address::domain::parse(service_domain);
  if (domain && keys_.current()->contains(domain->ascii())) return;
  const auto name = domain ? domain->ascii() : std::string("DOMAIN");
  log_.warning(
      "signing.no_key",
      {{"domain", name},
       {"hint",
        "mail is sent without this node's signature and ARC; create a key: signpost dkim keygen "
            + name}});
}

}  // namespace signpost
