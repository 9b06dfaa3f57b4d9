// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "monitoring/health.hpp"

#include <algorithm>

namespace signpost::monitoring {

health_state::health_state(const std::vector<std::string>& expected) {
  for (const auto& component : expected) components_[component] = "has not started yet";
}

void health_state::set_ready(std::string_view component) {
  const std::lock_guard lock(mutex_);
  components_[std::string(component)].clear();
}

void health_state::set_unready(std::string_view component, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  components_[std::string(component)] = reason.empty() ? "not ready" : std::string(reason);
}

void health_state::set_remark(std::string_view component, std::string_view remark) {
  const std::lock_guard lock(mutex_);
  if (remark.empty()) {
    if (const auto old = remarks_.find(component); old != remarks_.end()) remarks_.erase(old);
  } else {
    remarks_[std::string(component)] = remark;
  }
}

void health_state::set_dead(std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (death_.empty()) death_ = reason.empty() ? "dead" : std::string(reason);
}

bool health_state::live() const {
  const std::lock_guard lock(mutex_);
  return death_.empty();
}

bool health_state::ready() const {
  const std::lock_guard lock(mutex_);
  return death_.empty()
         && std::ranges::all_of(components_, [](const auto& c) { return c.second.empty(); });
}

std::vector<std::string> health_state::reasons() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> list;
  if (!death_.empty()) list.push_back(death_);
  for (const auto& [component, reason] : components_) {
    if (!reason.empty()) list.push_back(component + ": " + reason);
  }
  return list;
}

std::vector<std::string> health_state::remarks() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> list;
  for (const auto& [component, remark] : remarks_) list.push_back(component + ": " + remark);
  return list;
}

std::string health_text(bool good, const std::vector<std::string>& reasons) {
  if (good) return "ok\n";
  std::string text;
  for (const auto& reason : reasons) text += reason + "\n";
  return text;
}

}  // namespace signpost::monitoring
