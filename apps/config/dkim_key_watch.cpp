// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/dkim_key_watch.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace signpost::config {

// The time of the last change of the inode: it shows a changed mode, too.
std::optional<dkim_key_watch::file_mark> dkim_key_watch::look(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return std::nullopt;
  return file_mark{.inode = about.st_ino,
                   .size = about.st_size,
                   .changed_s = about.st_ctim.tv_sec,
                   .changed_ns = about.st_ctim.tv_nsec};
}

dkim_key_watch::news dkim_key_watch::refresh() {
  news out;
  const auto names = keys_.domains();
  if (!names) {
    if (fault_ != names.error()) out.faults.push_back(names.error());
    fault_ = names.error();
    return out;
  }
  // An empty folder is one that was not mounted, or is being filled. Keys that were put away, with
  // their zone, have left their own folder there.
  if (names->empty() && !domains_.empty() && !look(keys_.directory() + "/.away")) {
    const error emptied{errc::not_found,
                        keys_.directory() + ": the keys of all domains have disappeared"};
    if (fault_ != emptied) out.faults.push_back(emptied);
    fault_ = emptied;
    return out;
  }
  fault_.reset();
  for (const auto& name : *names) refresh_domain(name, out);
  const auto gone = std::erase_if(
      domains_, [&](const auto& one) { return !std::ranges::binary_search(*names, one.first); });
  out.changed = out.changed || gone > 0;
  return out;
}

void dkim_key_watch::refresh_domain(const std::string& name, news& out) {
  auto& domain = domains_[name];
  // Before it is read: a change while it is read is seen the next time.
  const auto mark = look(keys_.state_path(name));
  if (mark == domain.mark && !domain.fault) {
    if (domain.awaited_fault) refresh_awaited(name, domain, out);
    return;
  }
  auto active = keys_.active(name);
  if (!active) {
    if (domain.fault != active.error()) out.faults.push_back(active.error());
    domain.fault = active.error();
    return;
  }
  domain.fault.reset();
  domain.mark = mark;
  domain.keys = std::move(*active);
  refresh_awaited(name, domain, out);
  out.changed = true;
}

// A key that does not sign yet must not hinder those that do.
void dkim_key_watch::refresh_awaited(const std::string& name, domain_keys& domain, news& out) {
  auto awaited = keys_.awaited(name);
  if (!awaited && domain.awaited_fault != awaited.error()) out.faults.push_back(awaited.error());
  domain.awaited_fault = awaited ? std::nullopt : std::optional(awaited.error());
  domain.awaited = awaited ? *std::move(awaited) : std::vector<dkim_key>();
}

std::vector<dkim_key> dkim_key_watch::current() const {
  std::vector<dkim_key> all;
  for (const auto& [name, domain] : domains_) {
    all.insert(all.end(), domain.keys.begin(), domain.keys.end());
  }
  return all;
}

std::vector<dkim_key> dkim_key_watch::awaited() const {
  std::vector<dkim_key> all;
  for (const auto& [name, domain] : domains_) {
    all.insert(all.end(), domain.awaited.begin(), domain.awaited.end());
  }
  return all;
}

}  // namespace signpost::config
