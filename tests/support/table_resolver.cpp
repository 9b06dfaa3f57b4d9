// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/table_resolver.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "proto/dns/message.hpp"

namespace signpost::test {

std::string table_resolver::key(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return to_lower(name);
}

table_resolver& table_resolver::add(std::string_view name, dns::record_type type,
                                    dns::record what) {
  what.name = key(what.name);
  const std::lock_guard lock(mutex_);
  names_[key(name)].records[type].push_back(std::move(what));
  return *this;
}

table_resolver& table_resolver::add_address(std::string_view name, std::string_view address) {
  const auto parsed = ip_address::parse(address);
  if (!parsed) return *this;
  const auto type = parsed->is_v4() ? dns::record_type::a : dns::record_type::aaaa;
  return add(name, type, {.address = *parsed});
}

table_resolver& table_resolver::add_mx(std::string_view name, std::uint16_t preference,
                                       std::string_view host) {
  return add(name, dns::record_type::mx, {.preference = preference, .name = std::string(host)});
}

table_resolver& table_resolver::add_txt(std::string_view name, std::string_view text) {
  return add(name, dns::record_type::txt, {.text = std::string(text)});
}

table_resolver& table_resolver::add_ptr(std::string_view address, std::string_view name) {
  const auto parsed = ip_address::parse(address);
  if (!parsed) return *this;
  return add(parsed->reverse_name(), dns::record_type::ptr, {.name = std::string(name)});
}

table_resolver& table_resolver::add_cname(std::string_view name, std::string_view target) {
  return add(name, dns::record_type::cname, {.name = std::string(target)});
}

table_resolver& table_resolver::set_status(std::string_view name, dns::status how) {
  const std::lock_guard lock(mutex_);
  names_[key(name)].all = how;
  return *this;
}

table_resolver& table_resolver::set_status(std::string_view name, dns::record_type type,
                                           dns::status how) {
  const std::lock_guard lock(mutex_);
  names_[key(name)].statuses[type] = how;
  return *this;
}

table_resolver& table_resolver::set_security(std::string_view name, dns::security how) {
  const std::lock_guard lock(mutex_);
  names_[key(name)].security = how;
  return *this;
}

table_resolver& table_resolver::set_ttl(std::chrono::seconds ttl) {
  const std::lock_guard lock(mutex_);
  ttl_ = ttl;
  return *this;
}

void table_resolver::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  names_.erase(key(name));
}

dns::answer table_resolver::look_up(const dns::question& q) const {
  dns::answer made{.status = dns::status::nxdomain, .ttl = ttl_};
  std::string name = key(q.name);
  for (std::size_t hop = 0; hop <= dns::cname_hops_max; ++hop) {
    const auto found = names_.find(name);
    if (found == names_.end()) return made;
    const entry& here = found->second;
    made.security = here.security;
    const auto forced = here.statuses.find(q.type);
    made.status = here.all                        ? *here.all
                  : forced != here.statuses.end() ? forced->second
                                                  : dns::status::nodata;
    if (here.all || forced != here.statuses.end()) return made;
    if (const auto records = here.records.find(q.type); records != here.records.end()) {
      made.status = dns::status::records;
      made.records = records->second;
      return made;
    }
    const auto alias = here.records.find(dns::record_type::cname);
    if (alias == here.records.end()) return made;
    made.canonical_name = name = alias->second.front().name;
    made.status = dns::status::nxdomain;
  }
  return {.status = dns::status::servfail, .reason = "too many aliases"};
}

void table_resolver::resolve(dns::question q, callback done) {
  dns::answer found;
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(q);
    found = look_up(q);
  }
  if (found.status == dns::status::servfail && found.reason.empty()) found.reason = "SERVFAIL";
  defer_([found = std::move(found), done = std::move(done)] { done(found); });
}

std::vector<dns::question> table_resolver::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

}  // namespace signpost::test
