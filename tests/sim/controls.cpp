// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/controls.hpp"

#include <algorithm>

#include "tests/sim/coordinator.hpp"

namespace signpost::sim {
namespace {

using cluster::leases::fencing_rule;
using cluster::leases::lease_options;
using cluster::replication::copy_holder;
using cluster::replication::members;
using cluster::replication::message_row;
using cluster::replication::node_number;
using cluster::replication::queue_id;
using cluster::replication::safeguards;
using cluster::replication::tombstone;

struct early_answer final : safeguards {
  bool enough_to_accept(bool durable, unsigned, unsigned) const override { return durable; }
};
struct listed_counts final : safeguards {
  bool counts(const copy_holder& h, const members& known) const override {
    return known.live(h.who.node) && !known.find(h.who.node)->draining;
  }
};
struct any_disk_counts final : safeguards {
  bool counts(const copy_holder& h, const members& known) const override {
    return h.confirmed && known.live(h.who.node) && !known.find(h.who.node)->draining;
  }
};
struct ungated_report final : safeguards {
  bool made_is_safe(unsigned, unsigned) const override { return true; }
};
struct no_means_theirs final : safeguards {
  bool no_means_mine() const override { return false; }
};
struct no_order final : safeguards {
  bool before(const queue_id&, node_number, node_number) const override { return false; }
};
struct quick_forget final : safeguards {
  bool may_forget(const tombstone&) const override { return true; }
};
struct trusting final : safeguards {
  bool trusts(const message_row&) const override { return true; }
};
struct leavers_count final : safeguards {
  bool counts(const copy_holder& h, const members& known) const override {
    return h.confirmed && known.has_disk(h.who) && known.live(h.who.node);
  }
};

/// As a fencer would that compares the database's clock with a column of the row.
class database_clock final : public fencing_rule {
 public:
  database_clock(coordinator& shared, const std::int64_t& now) : shared_(shared), now_(now) {}
  bool may_fence(const cluster::leases::observation& seen,
                 const lease_options& options) const override {
    const auto& row = shared_.of(seen.node);
    return row.renewed_at != 0
           && shared_.clock(now_) - row.renewed_at >= options.fence_after.count();
  }

 private:
  coordinator& shared_;
  const std::int64_t& now_;
};
struct impatient final : fencing_rule {
  bool may_fence(const cluster::leases::observation& seen,
                 const lease_options& options) const override {
    return seen.until - seen.since >= options.fence_after / 3;
  }
};

template <typename Rules>
control with_rules(std::string_view name, std::string_view what) {
  return {name, what, [](coordinator&, const std::int64_t&) {
            return rule_set{std::make_unique<Rules>(), std::make_unique<fencing_rule>()};
          }};
}

}  // namespace

rule_set sound_rules() {
  return {std::make_unique<safeguards>(), std::make_unique<fencing_rule>()};
}

const std::vector<control>& controls() {
  static const std::vector<control> all{
      with_rules<early_answer>("early-answer", "250 before the other disks have confirmed"),
      with_rules<listed_counts>("listed-counts", "who was sent a copy counts as having it"),
      with_rules<any_disk_counts>("any-disk-counts", "a confirmation holds for a node's next disk"),
      with_rules<ungated_report>("ungated-report",
                                 "a message is forgotten before the bounce it made is safe"),
      with_rules<no_means_theirs>("no-means-theirs",
                                  "a holder that only hears NO leaves it to others"),
      with_rules<no_order>("no-order", "holders take over in no common order"),
      with_rules<quick_forget>("quick-forget", "tombstones go before everyone has confirmed"),
      with_rules<trusting>("trusting", "copies of old disks are taken over unasked"),
      with_rules<leavers_count>("leavers-count", "copies on nodes that are drained count"),
      {"database-clock", "fencing by the database's clock",
       [](coordinator& shared, const std::int64_t& now) {
         return rule_set{std::make_unique<safeguards>(),
                         std::make_unique<database_clock>(shared, now)};
       }},
      {"impatient", "fencing before the other's lease is over",
       [](coordinator&, const std::int64_t&) {
         return rule_set{std::make_unique<safeguards>(), std::make_unique<impatient>()};
       }},
  };
  return all;
}

const control* find_control(std::string_view name) {
  const auto found = std::ranges::find(controls(), name, &control::name);
  return found == controls().end() ? nullptr : &*found;
}

}  // namespace signpost::sim
