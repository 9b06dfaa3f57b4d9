// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much of the queue's memory the messages of one site may take, so that no destination, however
// slow, keeps the others from loading theirs.
//
//     auto share = std::make_shared<site_share>(memory, 16 << 20);
//     if (auto claim = site_claim::of(share, body->size())) job->claim = claim;   // else: later
//
// A body in the queue's memory is counted once there (message_body's lease), however many jobs
// share it; its whole size counts against the share of each site.
//
// Threads: any. The memory must outlive the shares.
// Limits: a site holds `octets_max` at most and never more than it leaves to all the others,
// except for the last quarter, which is for sites that hold nothing: such a site may hold one
// message of any size that leaves the same amount free.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/body.hpp"

namespace signpost::actors {

class site_share {
 public:
  site_share(const memory_budget& memory, std::size_t octets_max)
      : memory_(memory), octets_max_(octets_max) {}

  /// True: the octets belong to this site until they are given back.
  [[nodiscard]] bool take(std::size_t octets) {
    auto before = used_.load(std::memory_order_relaxed);
    do {
      const auto after = before + octets;
      if (before > 0 && after > octets_max_) return false;
      const auto for_others = before > 0 ? memory_.limit() / 4 : 0;
      if (after + octets + for_others > memory_.limit() - memory_.used()) return false;
    } while (!used_.compare_exchange_weak(before, before + octets, std::memory_order_relaxed));
    return true;
  }
  void give_back(std::size_t octets) { used_.fetch_sub(octets, std::memory_order_relaxed); }

  [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const memory_budget& memory_;
  std::size_t octets_max_;
  std::atomic<std::size_t> used_{0};
};

/// A part of a site's share, given back when its last owner is destroyed.
class site_claim {
 public:
  /// Null if the site may not have that much now.
  [[nodiscard]] static std::shared_ptr<const site_claim> of(std::shared_ptr<site_share> share,
                                                            std::size_t octets) {
    if (!share->take(octets)) return nullptr;
    return std::make_shared<const site_claim>(std::move(share), octets);
  }
  /// For octets that were taken.
  site_claim(std::shared_ptr<site_share> share, std::size_t octets)
      : share_(std::move(share)), octets_(octets) {}
  ~site_claim() { share_->give_back(octets_); }
  site_claim(const site_claim&) = delete;
  site_claim& operator=(const site_claim&) = delete;

 private:
  std::shared_ptr<site_share> share_;
  std::size_t octets_;
};
using site_claim_ptr = std::shared_ptr<const site_claim>;

}  // namespace signpost::actors
