// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_link_network.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace signpost::test {

using cluster::link::connection_id;
using cluster::link::engine_link;
using cluster::link::identity;
using cluster::link::link_engine;
using cluster::link::link_limits;
using cluster::link::member;
using cluster::link::node_facts;
using cluster::link::node_link;
using cluster::link::node_number;
using cluster::link::poster;
using cluster::link::wire_port;

namespace {

std::string drawn_id(unsigned kind, std::uint64_t number) {
  const auto digits = std::to_string(number);
  return std::to_string(kind) + std::string(31 - digits.size(), '0') + digits;
}

struct task_queue {
  std::mutex mutex;
  std::deque<std::function<void()>> tasks;  // guarded by mutex
  bool open = true;                         // guarded by mutex

  void post(std::function<void()> task) {
    const std::lock_guard lock(mutex);
    if (open) tasks.push_back(std::move(task));
  }
  std::function<void()> next() {
    const std::lock_guard lock(mutex);
    if (tasks.empty()) return {};
    auto task = std::move(tasks.front());
    tasks.pop_front();
    return task;
  }
  void close() {
    std::deque<std::function<void()>> dropped;
    const std::lock_guard lock(mutex);
    open = false;
    dropped.swap(tasks);
  }
};

}  // namespace

/// Two ends; each has what it has written and what has arrived for it.
struct fake_link_network::pipe {
  struct end {
    node* owner = nullptr;  ///< null: a stranger, or gone
    connection_id id = 0;
    node_number number = 0;
    std::string unsent;
    std::string arrived;
    bool closed = false;
    bool told = false;  ///< that the other end has closed
    std::shared_ptr<stranger> outside;
  };
  end ends[2];

  end* of(const node* owner, connection_id id) {
    for (auto& e : ends) {
      if (e.owner == owner && e.id == id && id != 0) return &e;
    }
    return nullptr;
  }
};

class fake_link_network::port final : public wire_port {
 public:
  port(fake_link_network& network, node& self)
      : network_(network), self_(self), tasks_(std::make_shared<task_queue>()) {}
  ~port() override { tasks_->close(); }

  void dial(connection_id id, const member& to) override { network_.dial(self_, id, to); }
  void write(connection_id id, std::string_view octets) override {
    auto* e = find(id);
    SP_ASSERT(e != nullptr && !e->closed);
    e->unsent += octets;
  }
  [[nodiscard]] std::size_t unsent(connection_id id) const override {
    const auto* e = find(id);
    return e == nullptr ? 0 : e->unsent.size();
  }
  void close(connection_id id) override {
    if (auto* e = find(id)) e->closed = true;
  }
  [[nodiscard]] poster posts() override {
    return [tasks = tasks_](std::function<void()> task) { tasks->post(std::move(task)); };
  }
  [[nodiscard]] steady_time now() const override { return network_.now_; }

  bool run_one() {
    const auto task = tasks_->next();
    if (task) task();
    return static_cast<bool>(task);
  }

 private:
  [[nodiscard]] pipe::end* find(connection_id id) const {
    for (const auto& p : network_.pipes_) {
      if (auto* e = p->of(&self_, id)) return e;
    }
    return nullptr;
  }

  fake_link_network& network_;
  node& self_;
  std::shared_ptr<task_queue> tasks_;
};

struct fake_link_network::node {
  node_facts facts;
  bool stopped = false;
  steady_time ticked{};
  std::unique_ptr<fake_link_network::port> wires;
  std::unique_ptr<link_engine> engine;
  std::unique_ptr<engine_link> link;
  [[nodiscard]] bool runs() const { return engine && !stopped; }
};

fake_link_network::fake_link_network(link_limits limits, std::uint64_t seed)
    : limits_(limits), random_(seed) {}

fake_link_network::~fake_link_network() = default;

void fake_link_network::add(node_facts facts) {
  const auto number = facts.number;
  if (facts.cluster.empty()) facts.cluster = drawn_id(1, 1);
  if (facts.name.empty()) facts.name = "node-" + std::to_string(number);
  if (facts.node_id.empty()) facts.node_id = drawn_id(2, number);
  if (facts.disk_id.empty()) facts.disk_id = drawn_id(3, number);
  if (facts.roles.none()) facts.roles = cluster::role_set::all();
  if (facts.address.empty()) facts.address = "192.0.2." + std::to_string(number) + ":2529";
  nodes_[number] = std::make_unique<node>();
  nodes_[number]->facts = facts;
  restart(number);
}

void fake_link_network::restart(node_number number) {
  auto& n = *nodes_.at(number);
  SP_ASSERT(!n.engine);
  n.facts.boot = drawn_id(4, ++boots_);
  n.stopped = false;
  n.wires = std::make_unique<port>(*this, n);
  n.engine = std::make_unique<link_engine>(n.facts, limits_, *n.wires, random_);
  n.link = std::make_unique<engine_link>(*n.engine, n.wires->posts());
}

void fake_link_network::introduce() {
  std::vector<member> all;
  for (const auto& [number, n] : nodes_) {
    all.push_back({.number = number,
                   .name = n->facts.name,
                   .address = n->facts.address,
                   .node_id = n->facts.node_id});
  }
  for (const auto& [number, n] : nodes_) {
    if (n->link) n->link->set_members(all);
  }
}

void fake_link_network::stop(node_number n) {
  nodes_.at(n)->stopped = true;
}

void fake_link_network::resume(node_number n) {
  nodes_.at(n)->stopped = false;
}

void fake_link_network::kill(node_number number) {
  auto& n = *nodes_.at(number);
  for (const auto& p : pipes_) {
    for (auto& e : p->ends) {
      if (e.owner != &n) continue;
      e.closed = true;
      e.unsent.clear();
      e.owner = nullptr;
    }
  }
  n.link.reset();
  n.engine.reset();
  n.wires.reset();
}

void fake_link_network::cut(node_number a, node_number b) {
  cuts_.emplace(std::min(a, b), std::max(a, b));
}

void fake_link_network::heal(node_number a, node_number b) {
  cuts_.erase({std::min(a, b), std::max(a, b)});
}

bool fake_link_network::is_cut(node_number a, node_number b) const {
  return cuts_.contains({std::min(a, b), std::max(a, b)});
}

node_link& fake_link_network::link(node_number n) {
  return *nodes_.at(n)->link;
}

link_engine& fake_link_network::engine(node_number n) {
  return *nodes_.at(n)->engine;
}

identity fake_link_network::identity_of(node_number n) const {
  const auto& facts = nodes_.at(n)->facts;
  return {.cluster = facts.cluster, .name = facts.name, .roles = facts.roles};
}

void fake_link_network::later(milliseconds delay, std::function<void()> task) {
  timers_.emplace(now_ + delay, std::move(task));
}

fake_link_network::node* fake_link_network::at_address(const std::string& address) {
  for (const auto& [number, n] : nodes_) {
    if (n->facts.address == address) return n.get();
  }
  return nullptr;
}

void fake_link_network::dial(node& from, connection_id id, const member& to) {
  ++dials_;
  auto* there = at_address(to.address);
  const auto boot = from.facts.boot;
  const auto number = from.facts.number;
  const auto if_alive = [this, number, boot](auto task) {
    return [this, number, boot, task] {
      auto& n = *nodes_.at(number);
      if (n.engine && n.facts.boot == boot) task(n);
    };
  };
  const bool silent =
      there != nullptr && (there->stopped || is_cut(number, there->facts.number));
  if (there == nullptr || (!there->engine && !silent)) {
    return later(step, if_alive([id](node& n) { n.engine->lost(id, "connection refused"); }));
  }
  if (silent) {
    return later(connect_within,
                 if_alive([id](node& n) { n.engine->lost(id, "connection timed out"); }));
  }
  later(step, if_alive([this, id, name = to.name, target = there->facts.number](node& n) {
          connected(n, id, name, target);
        }));
}

void fake_link_network::connected(node& from, connection_id id, std::string name,
                                  node_number to) {
  auto& there = *nodes_.at(to);
  if (!there.engine) return from.engine->lost(id, "connection refused");
  if (there.facts.name != name) {
    return from.engine->lost(id, "the certificate is that of '" + there.facts.name + "'");
  }
  auto p = std::make_shared<pipe>();
  p->ends[0] = {.owner = &from, .id = id, .number = from.facts.number};
  p->ends[1] = {.number = to};
  if (const auto theirs = there.engine->accepted(identity_of(from.facts.number))) {
    p->ends[1].owner = &there;
    p->ends[1].id = theirs;
  } else {
    p->ends[1].closed = true;
  }
  pipes_.push_back(p);
  from.engine->dialed(id, identity_of(to));
}

std::shared_ptr<fake_link_network::stranger> fake_link_network::connect(node_number n,
                                                                        const identity& who) {
  auto made = std::make_shared<stranger>();
  auto p = std::make_shared<pipe>();
  auto& there = *nodes_.at(n);
  const auto id = there.engine->accepted(who);
  p->ends[0] = {.outside = made};
  p->ends[1] = {.owner = id == 0 ? nullptr : &there, .id = id, .number = n, .closed = id == 0};
  made->send = [weak = std::weak_ptr(p)](std::string_view octets) {
    if (const auto alive = weak.lock()) alive->ends[0].unsent += octets;
  };
  pipes_.push_back(p);
  return made;
}

// From each end to the other, as far as there is room; then to those who read.
bool fake_link_network::move_octets(pipe& p) {
  bool moved = false;
  for (int i = 0; i < 2; ++i) {
    auto& from = p.ends[i];
    auto& to = p.ends[1 - i];
    if (is_cut(from.number, to.number)) continue;
    const auto room = socket_octets - std::min(socket_octets, to.arrived.size());
    const auto octets = std::min(room, from.unsent.size());
    if (octets > 0 && !(from.owner != nullptr && from.owner->stopped)) {
      to.arrived += from.unsent.substr(0, octets);
      from.unsent.erase(0, octets);
      moved = true;
    }
    if (to.outside && !to.outside->reads) {
      to.outside->closed |= from.closed;
    } else if (to.outside) {
      to.outside->received += std::exchange(to.arrived, {});
      to.outside->closed |= from.closed && from.unsent.empty();
    } else if (to.owner != nullptr && to.owner->runs() && !to.closed) {
      if (!to.arrived.empty()) {
        moved = true;
        const auto octets_now = std::exchange(to.arrived, {});
        to.owner->engine->received(to.id, octets_now);
      }
      if (from.closed && from.unsent.empty() && to.arrived.empty() && !to.closed && !to.told) {
        to.told = to.closed = moved = true;
        to.owner->engine->lost(to.id, "the peer closed the connection");
      }
    } else if (to.closed) {
      to.arrived.clear();
    }
  }
  return moved;
}

bool fake_link_network::pump_once() {
  bool moved = false;
  for (const auto& [number, n] : nodes_) {
    // Handlers post more: not for ever.
    for (int i = 0; i < 10'000 && n->runs() && n->wires->run_one(); ++i) moved = true;
  }
  for (const auto& p : std::vector(pipes_)) moved |= move_octets(*p);
  std::erase_if(pipes_, [](const auto& p) {
    return std::ranges::all_of(p->ends, [](const auto& e) { return e.closed; });
  });
  return moved;
}

void fake_link_network::pump() {
  while (pump_once()) {
  }
}

void fake_link_network::advance(milliseconds by) {
  pump();
  for (const auto end = now_ + by; now_ < end;) {
    now_ += step;
    while (!timers_.empty() && timers_.begin()->first <= now_) {
      auto task = std::move(timers_.extract(timers_.begin()).mapped());
      task();
    }
    for (const auto& [number, n] : nodes_) {
      if (!n->runs() || now_ - n->ticked < limits_.tick_every()) continue;
      n->ticked = now_;
      n->engine->tick();
    }
    pump();
  }
}

bool fake_link_network::wait(const std::function<bool()>& done, milliseconds at_most) {
  pump();
  for (milliseconds waited{0}; waited < at_most; waited += step) {
    if (done()) return true;
    advance(step);
  }
  return done();
}

}  // namespace signpost::test
