// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/world.hpp"

#include <algorithm>
#include <utility>

namespace signpost::sim {
namespace {

constexpr std::int64_t ms = 1'000;
constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t settling = 900 * second;

/// What a paused process does when it goes on; the others happen elsewhere.
bool of_process(event_kind kind) {
  switch (kind) {
    case event_kind::message:
    case event_kind::beat:
    case event_kind::tick:
    case event_kind::synced:
    case event_kind::attempt:
    case event_kind::attempted:
    case event_kind::stopped:
    case event_kind::renewal:
    case event_kind::raised: return true;
    default: return false;
  }
}

template <typename T>
std::uint32_t keep(std::vector<T>& pool, std::vector<std::uint32_t>& unused, T value) {
  if (unused.empty()) {
    pool.push_back(std::move(value));
    return static_cast<std::uint32_t>(pool.size() - 1);
  }
  const auto at = unused.back();
  unused.pop_back();
  pool[at] = std::move(value);
  return at;
}
template <typename T>
T take(std::vector<T>& pool, std::vector<std::uint32_t>& unused, std::uint32_t at) {
  unused.push_back(at);
  return std::exchange(pool[at], T{});
}

}  // namespace

world::world(const world_options& options)
    : options_(options),
      random_(options.seed),
      rules_(options.with != nullptr ? options.with->rules(shared_, now_ms_) : sound_rules()),
      cut_until_(std::size_t{options.nodes + 1} * (options.nodes + 1), 0),
      clients_left_(options.messages) {
  calm_ = options.seed % 10 == 0 && options.with == nullptr;
  // Some are long enough for what is old: backups, and everything that was forgotten.
  if (options.seed % 8 == 4) {
    options_.seconds = 3 * options.seconds;
    options_.messages = clients_left_ = 2 * options.messages;
  }
  std::vector<cluster::leases::member_row> rows;
  for (unsigned n = 1; n <= options.nodes; ++n) {
    rows.push_back({.node = static_cast<node_number>(n),
                    .disk = new_disk(),
                    .tenure = 1,
                    .domain = n % (options.nodes > 4 ? 3U : 7U)});
  }
  for (const auto& row : rows) {
    shared_.add(row, 0);
    nodes_.push_back(std::make_unique<sim_node>(
        *this, row.node, sim_disk{.disk = row.disk, .members = rows}));
  }
}

std::string world::name(const queue_id& id) {
  std::uint64_t sequence = 0;
  for (const char c : id.octets().substr(8)) {
    sequence = sequence << 8 | static_cast<unsigned char>(c);
  }
  return "m" + std::to_string(sequence);
}

queue_id world::new_id(node_number node) {
  return queue_id::make(wall_time(milliseconds(now_ / ms)), node, ++sequence_);
}

void world::post(std::int64_t after_us, event e) {
  e.at = now_ + after_us;
  e.order = ++order_;
  queue_.push_back(std::move(e));
  std::ranges::push_heap(queue_, std::greater<>());
}

bool world::reaches(node_number from, node_number to) const {
  return cut_until_[std::size_t{from} * (options_.nodes + 1) + to] <= now_;
}

void world::send(node_number from, node_number to, const cluster::wire::copies_message& message) {
  if (options_.trace) {
    std::visit([&](const auto& m) {
      if constexpr (requires { m.id; }) {
        trace("  %u -> %u %s kind %zu%s", from, to, name(m.id).c_str(), message.index(),
              reaches(from, to) ? "" : " (cut)");
      }
    }, message);
  }
  if (!reaches(from, to)) return;
  const auto times = random_.percent(twice_percent_) ? 2 : 1;
  for (int i = 0; i < times; ++i) {
    if (random_.percent(loss_percent_)) continue;
    post(random_.between(200, delay_max_us_),
         {.kind = event_kind::message,
          .node = to,
          .other = from,
          .process = node(to).process,
          .payload = keep(mail_, free_mail_, message)});
  }
}

void world::send_beat(node_number from, const cluster::wire::heartbeat& beat) {
  const auto shared = std::make_shared<const cluster::wire::heartbeat>(beat);
  for (node_number to = 1; to <= nodes_.size(); ++to) {
    if (to == from || node(to).gone || !node(to).running() || !reaches(from, to)) continue;
    if (random_.percent(loss_percent_)) continue;
    post(random_.between(200, 3 * ms), {.kind = event_kind::beat,
                                        .node = to,
                                        .other = from,
                                        .process = node(to).process,
                                        .payload = keep(beats_, free_beats_, shared)});
  }
}

void world::ask_coordinator(sim_node& from, node_number via, event_kind kind,
                            std::function<void()> statement) {
  if (now_ < coordinator_away_until_) return;
  if (via == 0) {
    if (now_ < from.cut_from_coordinator_until) return;
  } else {
    const auto& relay = node(via);
    if (!relay.running() || relay.paused_until > now_) return;
    if (now_ < relay.cut_from_coordinator_until) return;
    if (!reaches(from.number, via) || !reaches(via, from.number)) return;
  }
  post(random_.between(500, 10 * ms),
       {.kind = kind,
        .node = from.number,
        .process = from.process,
        .payload = keep(calls_, free_calls_, std::move(statement))});
}

run_result world::run() {
  for (auto& n : nodes_) n->start();
  post(6 * second, {.kind = event_kind::client});
  post(10 * second, {.kind = event_kind::fault});
  post(1 * second, {.kind = event_kind::watch});
  post(options_.seconds * second, {.kind = event_kind::healed});
  const auto end = now_ + options_.seconds * second + settling;
  while (!queue_.empty()) {
    std::ranges::pop_heap(queue_, std::greater<>());
    auto e = std::move(queue_.back());
    queue_.pop_back();
    now_ = e.at;
    now_ms_ = now_ / ms;
    if (now_ > end) break;
    ++result_.events;
    handle(e);
    if (over_ && e.kind == event_kind::watch && quiet()) break;
  }
  check_end();
  return result_;
}

void world::handle(event& e) {
  sim_node* n = e.node != 0 ? &node(e.node) : nullptr;
  if (n != nullptr && of_process(e.kind) && n->process == e.process && n->paused_until > now_) {
    // In the order in which they came.
    post(n->paused_until - now_, e);
    return;
  }
  const bool alive = n != nullptr && n->process == e.process && n->running();
  switch (e.kind) {
    case event_kind::message: {
      const auto message = take(mail_, free_mail_, e.payload);
      if (alive) n->receive(e.other, message);
      break;
    }
    case event_kind::beat: {
      const auto beat = take(beats_, free_beats_, e.payload);
      if (alive) n->heard(e.other, *beat);
      break;
    }
    case event_kind::tick:
      if (alive) n->tick();
      break;
    case event_kind::synced:
      if (alive) n->synced(e.number);
      break;
    case event_kind::attempt:
      if (alive) n->begin_attempt(e.id, static_cast<std::uint32_t>(e.number));
      break;
    case event_kind::attempted:
      if (alive) n->end_attempt(e.id, static_cast<std::uint32_t>(e.number));
      break;
    case event_kind::stopped:
      if (alive) n->say_stopped(e.id);
      break;
    case event_kind::start: n->start(); break;
    case event_kind::joined:
      if (n->process != e.process) break;
      if (now_ < coordinator_away_until_ || now_ < n->cut_from_coordinator_until) {
        post(1 * second, e);
        break;
      }
      n->joined();
      break;
    case event_kind::renew:
    case event_kind::fence:
    case event_kind::raise: {
      const auto statement = take(calls_, free_calls_, e.payload);
      if (now_ >= coordinator_away_until_) statement();
      break;
    }
    case event_kind::renewal:
    case event_kind::raised: {
      const auto answer = take(calls_, free_calls_, e.payload);
      if (alive) answer();
      break;
    }
    case event_kind::client: client(); break;
    case event_kind::fault: fault(); break;
    case event_kind::disk_fails:
      if (!over_ && !calm_ && !n->draining && may_lose_a_disk(e.node)) wipe(e.node);
      break;
    case event_kind::healed: heal_all(); break;
    case event_kind::watch: watch(); break;
  }
  if (n != nullptr && n->left) {
    n->crash();
    if (!n->gone) post(3 * second, {.kind = event_kind::start, .node = e.node});
  }
}

void world::client() {
  if (clients_left_ == 0 || over_) return;
  --clients_left_;
  const auto budget = (options_.seconds - 10) * second / std::max(1U, options_.messages);
  post(random_.between(1, 2 * budget), {.kind = event_kind::client});
  auto& n = node(some_node());
  if (!n.serves() || n.paused_until > now_) return;
  const auto id = new_id(n.number);
  auto& m = books_.of(id);
  m.recipients.resize(random_.percent(25) ? 3 : 1);
  trace("node %u takes %s", n.number, name(id).c_str());
  n.machine().accept({.id = id,
                      .digest = random_.next(),
                      .recipients = static_cast<std::uint32_t>(m.recipients.size()),
                      .group = ++groups_},
                     now());
}

void world::delivered(sim_node& by, const queue_id& id, std::uint32_t recipient) {
  auto& r = books_.of(id).recipients[recipient];
  ++r.delivered;
  ++(r.delivered > 1 ? result_.duplicated : result_.delivered);
  trace("node %u delivers %s/%u%s", by.number, name(id).c_str(), recipient,
        r.delivered > 1 ? " AGAIN" : "");
}

void world::adopted(sim_node& by, const queue_id& id, const cluster::wire::claim& before,
                    cluster::replication::adoption why) {
  ++result_.adopted;
  trace("node %u takes over %s from node %u (version %llu, tenure %u)", by.number,
        name(id).c_str(), before.node, static_cast<unsigned long long>(before.version),
        before.tenure);
  // Whoever has waited long enough takes over; so may the one it has waited for, a moment later.
  auto& message = books_.of(id);
  if (why == cluster::replication::adoption::unanswered) message.by_patience = true;
  if (why != cluster::replication::adoption::owner_gone || message.by_patience) return;
  const auto view = by.lease().view(now());
  for (const auto& m : view) {
    auto& other = node(m.node);
    if (m.node == by.number || !other.running() || m.tenure <= m.ended || !m.up) continue;
    const auto* row = other.machine().row(id);
    if (row == nullptr || row->phase == cluster::replication::row_phase::passive) continue;
    if (other.lease().self().tenure > m.tenure || row->owner.tenure != m.tenure) continue;
    return fail(result_.needless, "node " + std::to_string(by.number) + " took over " + name(id)
                                      + ", which node " + std::to_string(m.node) + " has");
  }
  if (calm_ && books_.of(id).acknowledged) {
    return fail(result_.needless, "a restart moved " + name(id));
  }
  if (books_.of(id).forgotten) {
    fail(result_.revived, name(id) + " was taken over after everyone had forgotten it");
  }
}

bool world::nowhere(const queue_id& id) {
  for (const auto& n : nodes_) {
    const auto at = n->disk.rows.find(id);
    if (!n->gone && at != n->disk.rows.end() && at->second.readable) return false;
  }
  return books_.of(id).report || books_.settled(id) || !books_.of(id).acknowledged;
}

void world::something_new(node_number node) {
  if (!random_.in(40)) return;
  post(random_.between(0, 6 * ms), {.kind = event_kind::disk_fails, .node = node});
}

void world::fail(std::uint64_t& count, const std::string& what) {
  ++count;
  trace("FAILURE: %s", what.c_str());
  if (result_.first_failure.empty()) result_.first_failure = what;
}

void world::watch() {
  post(1 * second, {.kind = event_kind::watch});
  const auto tenth = now_ / second;
  if (tenth % 4 == 0) shared_.remember();
  if (over_) {
    watch_drains();
    if (tenth % 10 == 0) operator_looks();
    return;
  }
  if (now_ > bad_network_until_) {
    loss_percent_ = calm_ ? 0 : 1;
    twice_percent_ = calm_ ? 0 : 1;
    delay_max_us_ = 4 * ms;
  }
  backups();
  watch_drains();
  if (disks_to_lose_ + 1 < options_.copies && believes_repaired(0)) {
    disks_to_lose_ = options_.copies - 1;
    trace("all is believed repaired");
  }
}

bool world::believes_repaired(node_number except) const {
  for (const auto& n : nodes_) {
    if (n->gone || n->number == except) continue;
    if (!n->running() || n->paused_until > now_) return false;
    const auto c = n->machine().counts();
    if (c.under_replicated + c.undecided + c.audits + c.unreadable + c.quarantined != 0) {
      return false;
    }
  }
  for (const auto& n : nodes_) {
    if (n->gone || n->number == except) continue;
    for (const auto& m : n->lease().view(now())) {
      const auto& other = node(m.node);
      if (other.gone) {
        if (!m.removed) return false;
        continue;
      }
      const auto& is = other.lease().self();
      if (m.disk != is.disk || m.tenure != is.tenure || m.tenure <= m.ended || !m.up
          || m.boot != is.boot) {
        return false;
      }
    }
  }
  return true;
}

bool world::quiet() const {
  for (const auto& n : nodes_) {
    if (n->gone) continue;
    if (!n->running()) return false;
    const auto c = n->machine().counts();
    if (c.rows + c.tombstones != 0) return false;
  }
  return true;
}

// Quarantined mail waits for somebody who decides.
void world::operator_looks() {
  for (const auto& n : nodes_) {
    if (n->gone || !n->running() || n->machine().counts().quarantined == 0) continue;
    std::vector<queue_id> waiting;
    for (const auto& [id, row] : n->disk.rows) {
      const auto* is = n->machine().row(id);
      if (is != nullptr && is->quarantined) waiting.push_back(id);
    }
    for (const auto& id : waiting) {
      if (books_.settled(id)) {
        n->machine().discard(id, now());
      } else {
        n->machine().release(id, now());
      }
    }
  }
}

void world::check_end() {
  for (const auto& [id, m] : books_.all()) {
    if (!m.acknowledged || m.report || books_.settled(id)) continue;
    bool somewhere = false;
    for (const auto& n : nodes_) {
      if (!n->gone && (n->disk.rows.contains(id) || (n->running() && n->machine().row(id)))) {
        somewhere = true;
      }
    }
    if (somewhere) {
      fail(result_.stuck, name(id) + " is stuck");
    } else {
      fail(result_.lost, name(id) + " is lost");
    }
  }
  for (const auto& n : nodes_) {
    if (n->gone) continue;
    if (!n->running()) {
      fail(result_.left_over, "node " + std::to_string(n->number) + " did not come back");
      continue;
    }
    const auto c = n->machine().counts();
    if (c.rows + c.tombstones == 0) continue;
    fail(result_.left_over, "node " + std::to_string(n->number) + " has "
                                + std::to_string(c.rows) + " copies and "
                                + std::to_string(c.tombstones) + " tombstones left");
    if (!options_.trace) continue;
    for (const auto& [id, m] : books_.all()) {
      const auto* row = n->machine().row(id);
      if (row != nullptr) {
        trace("left at node %u: %s phase %d owner %u/%u v%llu quarantined %d readable %d",
              n->number, name(id).c_str(), static_cast<int>(row->phase), row->owner.node,
              row->owner.tenure,
              static_cast<unsigned long long>(row->owner.version), row->quarantined, row->readable);
        for (const auto& c2 : row->closing) {
          for (const auto& made : c2.made) trace("   waits for %s", name(made).c_str());
        }
      }
      if (const auto* g = n->machine().grave(id)) {
        for (const auto& h : g->holders) {
          trace("grave at node %u: %s holder %u/%llx confirmed %d complete %d", n->number,
                name(id).c_str(), h.who.node, static_cast<unsigned long long>(h.who.disk % 0x10000),
                h.confirmed, g->complete);
        }
      }
    }
  }
}

}  // namespace signpost::sim
