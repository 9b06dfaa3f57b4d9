// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/losses/loss_gate.hpp"

#include <utility>

#include "base/log.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.loss");

}  // namespace

result<void> loss_gate::announce(const loss& found, bool ask) {
  SP_CHECK(register_.announce(found));
  const auto cause = found.causes.empty() ? std::string("unknown") : found.causes.front();
  log_.error(store_ + ".loss", {{"loss", found.id},
                                {found.unit, found.count},
                                {"at_least", found.at_least},
                                {"cause", cause},
                                {"report", register_.file_of(found.id)},
                                {"hint", "signpost spool accept-loss " + found.id}});
  if (ask || register_.is_accepted(found.id)) return {};
  log_.warning(store_ + ".loss_not_asked", {{"hint", "storage.sync is false"}});
  return register_.accept(found.id);
}

// A missing database may be back: its disk had not been mounted.
void loss_gate::begin(const std::string& identity) {
  for (const auto& l : register_.pending()) {
    if (!l.gone.empty() && l.gone == identity) {
      log_.info(store_ + ".loss_resolved",
                {{"loss", l.id}, {"hint", "the database is present again"}});
      (void)register_.resolve(l.id);
    } else if (l.id == accepted_ && register_.accept(l.id)) {
      log_.warning(store_ + ".loss_accepted", {{"loss", l.id}, {l.unit, l.count}});
    }
  }
  look_at_pending();
}

void loss_gate::look_at_pending() {
  const auto waiting = register_.pending();
  std::uint64_t unaccounted = 0;
  std::string text;
  for (const auto& l : waiting) {
    unaccounted += l.count;
    text += (text.empty() ? "" : "; ") + l.amount() + " acknowledged " + l.unit + " missing, see "
            + register_.file_of(l.id);
  }
  if (!waiting.empty()) {
    text = "incomplete: " + text + "; nothing new is accepted until `signpost spool accept-loss "
           + waiting.front().id + "` or storage.accept_loss";
  }
  {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(text);
  }
  unaccounted_ = unaccounted;
  waits_ = !waiting.empty();
}

std::string loss_gate::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

bool loss_gate::look() {
  if (!waits_) return false;
  look_at_pending();
  if (waits_) return false;
  log_.warning(store_ + ".loss_accepted", {{"folder", register_.folder()}});
  return true;
}

}  // namespace signpost::storage
