// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/node_signing.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.hpp"
#include "proto/address/domain.hpp"
#include "proto/dkim/signer.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

}  // namespace

void make_first_key(const std::string& directory, const std::string& service_domain,
                    wall_time now) {
  const auto domain = address::domain::parse(service_domain);
  if (!domain || domain->ascii().find('.') == std::string::npos) return;
  config::dkim_keys keys(directory);
  const auto there = keys.list(domain->ascii());
  if (there && !there->empty()) return;
  const auto made =
      there ? keys.generate(domain->ascii(), {.when_seen = true, .first = true}, now)
            : result<config::dkim_key>(tl::unexpected(there.error()));
  if (!made && made.error().code == errc::conflict) return;  // somebody was faster
  if (!made) {
    log_.error("signing.key_not_made",
               {{"domain", domain->ascii()}, {"error", made.error().context}});
    return;
  }
  log_.warning("signing.key_made",
               {{"domain", made->domain},
                {"record", made->record_name()},
                {"value", dkim::key_record_text(made->key->public_half())},
                {"hint", "publish this TXT record: mail is signed as soon as it is in the DNS; "
                         "`signpost dkim show` prints it for a zone file"}});
}

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

bool node_signing::activate(const std::vector<config::dkim_key>& seen) {
  bool some = false;
  for (const auto& key : seen) {
    const auto done = watch_->directory().activate_seen(key.domain, key.selector,
                                                        key.key->public_half(), time_.now());
    some = some || done;
    if (done) {
      log_.info("signing.key_seen", {{"domain", key.domain}, {"record", key.record_name()}});
    } else if (done.error().code != errc::not_found && done.error().code != errc::unavailable) {
      log_.error("signing.key_unusable",
                 {{"error", done.error().context},
                  {"hint", "the record is in the DNS, but the key cannot be activated"}});
    }
  }
  return some;
}

void node_signing::look_for_records(dns::resolver& resolver) {
  {
    const std::lock_guard lock(mutex_);
    if (!watch_) return;
    if (!own_records_) own_records_.emplace(resolver, time_);
    if (!other_records_) other_records_.emplace(resolver, time_);
    auto others = watch_->awaited();
    std::vector<config::dkim_key> own;
    std::ranges::copy_if(others, std::back_inserter(own),
                         [&](const auto& key) { return key.domain == own_domain_; });
    std::erase_if(others, [&](const auto& key) { return key.domain == own_domain_; });
    const bool some = activate(own_records_->step(own));
    if (!activate(other_records_->step(others)) && !some) return;
  }
  refresh();
}

void node_signing::warn_unsigned(const std::string& service_domain) const {
  const auto domain = address::domain::parse(service_domain);
  if (domain && keys_.current()->contains(domain->ascii())) return;
  const auto name = domain ? domain->ascii() : std::string("DOMAIN");
  const std::lock_guard lock(mutex_);
  for (const auto& key : watch_ ? watch_->awaited() : std::vector<config::dkim_key>()) {
    if (key.domain != name) continue;
    log_.warning("signing.key_awaited",
                 {{"domain", name},
                  {"record", key.record_name()},
                  {"hint",
                   "mail is sent without this node's signature and ARC until this record is in the "
                   "DNS; `signpost dkim show` prints it"}});
    return;
  }
  log_.warning(
      "signing.no_key",
      {{"domain", name},
       {"hint",
        "mail is sent without this node's signature and ARC; create a key: signpost dkim keygen "
            + name}});
}

}  // namespace signpost
