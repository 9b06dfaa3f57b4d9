// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Machines of several nodes side by side, whose messages go to each other when the test says so and
// whose writes are durable when it says so.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/replication/machine.hpp"

namespace signpost::cluster::replication {

/// Notes what a machine wants done.
struct recorder final : outlet {
  struct sent {
    node_number to = 0;
    wire::copies_message what;
    std::uint64_t after = 0;
  };
  void send(node_number to, wire::copies_message message, std::uint64_t after) override {
    mail.push_back({to, std::move(message), after});
  }
  void store(const queue_id& id, const message_row& row) override {
    rows.insert_or_assign(id, row);
  }
  void erase(const queue_id& id) override { rows.erase(id); }
  void bury(const queue_id& id, const tombstone& g) override { graves.insert_or_assign(id, g); }
  void exhume(const queue_id& id) override { graves.erase(id); }
  void accepted(const queue_id& id) override { said.push_back("accepted " + name(id)); }
  void refused(const queue_id& id, refusal why) override {
    said.push_back((why == refusal::conflict ? "conflict " : "refused ") + name(id));
  }
  void deliver(const queue_id& id, bool try_first, std::uint64_t) override {
    said.push_back((try_first ? "deliver first " : "deliver ") + name(id));
  }
  void stop(const queue_id& id) override { said.push_back("stop " + name(id)); }
  void adopted(const queue_id& id, const claim& before, adoption) override {
    said.push_back("adopted " + name(id) + " from " + std::to_string(before.node));
  }
  void quarantined(const queue_id& id) override { said.push_back("quarantined " + name(id)); }
  void nowhere_readable(const queue_id& id) override { said.push_back("nowhere " + name(id)); }
  void restored(const queue_id& id) override { said.push_back("restored " + name(id)); }
  void removal_done(std::uint64_t ticket) override {
    said.push_back("removed " + std::to_string(ticket));
  }

  static std::string name(const queue_id& id) {
    return std::to_string(static_cast<int>(id.octets().back()));
  }
  [[nodiscard]] bool has_said(const std::string& what) const {
    return std::ranges::find(said, what) != said.end();
  }

  std::deque<sent> mail;
  std::map<queue_id, message_row> rows;
  std::map<queue_id, tombstone> graves;
  std::vector<std::string> said;
};

/// As many nodes as wanted; node n has disk 100 + n.
class side_by_side {
 public:
  explicit side_by_side(unsigned nodes, machine_options options = {}) : options_(options) {
    for (unsigned n = 1; n <= nodes; ++n) {
      known.push_back({.node = static_cast<node_number>(n),
                       .disk = 100 + n,
                       .tenure = 1,
                       .boot = 1000 + n,
                       .domain = n,
                       .up = true});
      outs.push_back(std::make_unique<recorder>());
      machines.push_back(make(static_cast<node_number>(n)));
    }
    tell();
    deliver();
  }

  std::unique_ptr<machine> make(node_number n) {
    auto m = std::make_unique<machine>(n, options_, rules, *outs[n - 1U]);
    return m;
  }
  machine& at(node_number n) { return *machines[n - 1U]; }
  recorder& out(node_number n) { return *outs[n - 1U]; }
  member& of(node_number n) { return known[n - 1U]; }
  /// What is in `known` now, to all machines.
  void tell() {
    for (auto& m : machines) {
      if (!m) continue;
      m->set_members(known, now);
      m->set_serving(true, now);
    }
  }
  /// Everything that is written becomes durable.
  void sync(node_number n) { at(n).durable(at(n).written(), now); }
  /// Messages until there are none; `keep` says which arrive. Writes are durable at once.
  void deliver(const std::function<bool(node_number from, node_number to)>& keep = {}) {
    for (int rounds = 0; rounds < 1000; ++rounds) {
      bool any = false;
      for (node_number n = 1; n <= machines.size(); ++n) {
        if (machines[n - 1U] && synced) sync(n);
        while (!out(n).mail.empty()) {
          auto m = std::move(out(n).mail.front());
          out(n).mail.pop_front();
          any = true;
          if (keep && !keep(n, m.to)) continue;
          if (machines[m.to - 1U]) at(m.to).received(n, m.what, now);
        }
      }
      if (!any) return;
    }
  }
  void pass(milliseconds time, const std::function<bool(node_number, node_number)>& keep = {}) {
    const auto end = now + time;
    while (now < end) {
      now += milliseconds(500);
      for (auto& m : machines) {
        if (m) m->tick(now);
      }
      deliver(keep);
    }
  }
  /// The process and what it had not written; `wiped`: its disk, too.
  void end(node_number n) {
    machines[n - 1U].reset();
    out(n).mail.clear();
    of(n).up = false;
  }
  void begin(node_number n, bool old_disk = false) {
    of(n).up = true;
    ++of(n).boot;
    machines[n - 1U] = make(n);
    for (const auto& [id, row] : out(n).rows) at(n).restore(id, row, old_disk);
    for (const auto& [id, g] : out(n).graves) at(n).restore(id, g);
    tell();
  }
  void fence(node_number n) {
    of(n).ended = of(n).tenure;
    tell();
  }
  static queue_id id(std::uint8_t number) {
    return queue_id::make(wall_time(milliseconds(1)), 1, number);
  }
  void accept(node_number n, std::uint8_t number, bool own = false) {
    at(n).accept({.id = id(number), .digest = number, .own_message = own}, now);
  }
  [[nodiscard]] std::vector<node_number> holders_of(std::uint8_t number) {
    std::vector<node_number> all;
    for (node_number n = 1; n <= machines.size(); ++n) {
      if (machines[n - 1U] && at(n).row(id(number)) != nullptr) all.push_back(n);
    }
    return all;
  }
  [[nodiscard]] node_number owner_of(std::uint8_t number) {
    for (node_number n = 1; n <= machines.size(); ++n) {
      if (machines[n - 1U] && at(n).owns(id(number))) return n;
    }
    return 0;
  }
  [[nodiscard]] node_number holder_but(std::uint8_t number, node_number owner) {
    for (const auto n : holders_of(number)) {
      if (n != owner) return n;
    }
    return 0;
  }

  safeguards rules;
  std::vector<member> known;
  std::vector<std::unique_ptr<recorder>> outs;
  std::vector<std::unique_ptr<machine>> machines;
  steady_time now{std::chrono::hours(1)};
  bool synced = true;

 private:
  machine_options options_;
};

}  // namespace signpost::cluster::replication
