// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/ingress/client_ledger.hpp"

#include <algorithm>
#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

#include "base/assert.hpp"

namespace signpost::actors {
namespace {

using model::client_charge;

// Several, so that event loops rarely wait for each other's lock.
constexpr std::size_t shard_count = 16;
// A customer with a /48 has more than one /64, but not many that send mail.
constexpr std::int64_t networks_in_site = 4;
// Accounts that are examined to find one that can be forgotten.
constexpr int eviction_tries = 16;
constexpr std::int64_t reserved_sessions = 10;  // a network may have these even when few are left
constexpr std::size_t pauses_kept = 16;  // of each shard, until somebody takes them
constexpr unsigned whole_address = 128;
// How long a delivered message keeps a client from waiting for the banner
// (docs/operating/clients.md).
constexpr auto known_for = std::chrono::hours(24);

constexpr bool is_volume(client_charge what) {
  return what == client_charge::connection || what == client_charge::message
         || what == client_charge::recipient || what == client_charge::tls_handshake;
}

// The finalizer of splitmix64: every bit of the input reaches every bit of the output.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

// Strangers choose their IPv6 addresses: without the seed they cannot make many of them collide.
std::uint64_t hash_of(const ip_address& address, unsigned bits, std::uint64_t seed) {
  auto h = seed ^ bits;
  std::uint64_t word = 0;
  std::size_t taken = 0;
  for (const auto octet : address.octets()) {
    word = word << 8U | octet;
    if (++taken % 8 == 0) h = mixed(h ^ word);
  }
  return mixed(h ^ word);
}

}  // namespace

struct client_ledger::entry {
  model::client_account account;
  std::int64_t factor = 1;
  std::list<account_key>::iterator place;  ///< in the order of arrival
};

struct client_ledger::key_hash {
  std::uint64_t seed = 0;
  std::size_t operator()(const account_key& k) const {
    return static_cast<std::size_t>(hash_of(k.address, k.bits, seed));
  }
};

/// Addresses of one /24 or /48 are in one shard, so that one lock guards all levels.
struct client_ledger::shard {
  mutable std::mutex mutex;
  std::unordered_map<account_key, entry, key_hash> entries;
  std::list<account_key> order;     ///< the oldest arrival comes first
  entry shared;                     ///< of new clients for which there is no place
  std::size_t capacity = 0;
  std::vector<pause_notice> pauses;  ///< begun and not taken yet
  std::uint64_t more_pauses = 0;

  entry& take(const account_key& who, std::int64_t factor, const model::client_limits& limits,
              steady_time now);
  [[nodiscard]] bool make_room(const model::client_limits& limits, steady_time now);
  [[nodiscard]] bool crowded() const { return entries.size() >= capacity - capacity / 4; }
};

client_ledger::entry& client_ledger::shard::take(const account_key& who, std::int64_t factor,
                                                 const model::client_limits& limits,
                                                 steady_time now) {
  if (const auto found = entries.find(who); found != entries.end()) {
    order.splice(order.end(), order, found->second.place);
    return found->second;
  }
  if (entries.size() >= capacity && !make_room(limits, now)) return shared;
  auto& made = entries[who];
  made.factor = factor;
  made.place = order.insert(order.end(), who);
  return made;
}

// Forgets one account that is no longer needed. Those that must stay move to the end of the order,
// so that the next search begins behind them.
bool client_ledger::shard::make_room(const model::client_limits& limits, steady_time now) {
  auto fallback = entries.end();
  for (int i = 0; i < eviction_tries && !order.empty(); ++i) {
    const auto it = entries.find(order.front());
    order.splice(order.end(), order, order.begin());
    const auto& e = it->second;
    if (e.account.sessions > 0 || e.account.burdened(limits, e.factor, now)) continue;
    if (e.account.clean(limits, e.factor, now)) {
      fallback = it;
      break;
    }
    if (fallback == entries.end()) fallback = it;
  }
  if (fallback == entries.end()) return false;
  order.erase(fallback->second.place);
  entries.erase(fallback);
  return true;
}

// ---- a visit -----------------------------------------------------------------------------------

client_ledger::visit::~visit() {
  if (ledger_ == nullptr) return;
  const std::lock_guard lock(shard_->mutex);
  unpin(*this);
}

void client_ledger::visit::swap(visit& other) noexcept {
  std::swap(ledger_, other.ledger_);
  std::swap(shard_, other.shard_);
  std::swap(entries_, other.entries_);
  std::swap(entry_count_, other.entry_count_);
  std::swap(metered_, other.metered_);
}

bool client_ledger::visit::charge(client_charge what, steady_time now, std::int64_t amount) {
  if (ledger_ == nullptr) return true;
  const std::lock_guard lock(shard_->mutex);
  return ledger_->charge_all(*this, what, amount, now);
}

bool client_ledger::visit::affordable(client_charge what, steady_time now) const {
  if (ledger_ == nullptr || !ledger_->counts(what, metered_)) return true;
  const std::lock_guard lock(shard_->mutex);
  return std::all_of(entries_.begin(), entries_.begin() + entry_count_, [&](const entry* e) {
    return e->account.affordable(what, ledger_->options_.limits, e->factor, now);
  });
}

milliseconds client_ledger::visit::reply_delay(steady_time now) const {
  milliseconds longest{0};
  if (ledger_ == nullptr) return longest;
  const std::lock_guard lock(shard_->mutex);
  for (std::size_t i = 0; i < entry_count_; ++i) {
    const auto& e = *entries_[i];
    longest =
        std::max(longest, e.account.reply_delay(ledger_->options_.limits, e.factor, now));
  }
  return longest;
}

bool client_ledger::visit::paused(steady_time now) const {
  if (ledger_ == nullptr) return false;
  const std::lock_guard lock(shard_->mutex);
  return std::any_of(entries_.begin(), entries_.begin() + entry_count_,
                     [&](const entry* e) { return e->account.paused(now); });
}

void client_ledger::visit::delivered(steady_time now) {
  if (ledger_ == nullptr) return;
  const std::lock_guard lock(shard_->mutex);
  entries_[entry_count_ - 1]->account.known_until = now + known_for;
}

// ---- the ledger --------------------------------------------------------------------------------

client_ledger::client_ledger(ledger_options options)
    : options_(std::move(options)),
      limits_of_shared_(options_.limits),
      // Addresses of the loader and the heap are not known outside.
      seed_(reinterpret_cast<std::uintptr_t>(this) * 0x9e3779b97f4a7c15U),
      shards_(std::make_unique<shard[]>(shard_count)) {
  limits_of_shared_.pause_first = milliseconds{0};
  for (std::size_t i = 0; i < shard_count; ++i) {
    auto& s = shards_[i];
    s.capacity = std::max<std::size_t>(options_.entries_max / shard_count, 4);
    s.entries = decltype(s.entries)(0, key_hash{seed_});
    s.shared.factor = options_.limits.network_factor;
  }
}

client_ledger::~client_ledger() = default;

bool client_ledger::is_unlimited(const ip_address& client) const {
  return in_any(options_.unlimited, client);
}

bool client_ledger::is_unmetered(const ip_address& client) const {
  return in_any(options_.unmetered, client);
}

client_ledger::levels client_ledger::levels_of(const ip_address& client, bool metered) const {
  levels out;
  const auto add = [&](unsigned bits, std::int64_t factor) {
    out.keys[out.count] = {masked(client, bits), bits};
    out.factors[out.count++] = factor;
  };
  const auto factor = options_.limits.network_factor;
  if (metered && client.is_v6()) {
    add(neighbourhood_bits_v6, factor * networks_in_site);
    add(client_bits_v6, factor);
  } else if (metered) {
    add(neighbourhood_bits_v4, factor);
  }
  add(whole_address, 1);
  return out;
}

client_ledger::shard& client_ledger::shard_of(const ip_address& client) const {
  return shards_[hash_of(neighbourhood_of(client), 0, ~seed_) % shard_count];
}

bool client_ledger::counts(client_charge what, bool metered) const {
  return metered || !is_volume(what);
}

// The accounts of `client`, from the widest network on, each pinned by a session: while the next
// one is searched for, those found before must not be forgotten.
template <class Predicate>
client_ledger::visit client_ledger::locate(const ip_address& client, shard& in, bool metered,
                                           steady_time now, Predicate go_on) {
  visit v;
  v.shard_ = &in;
  v.metered_ = metered;
  const auto all = levels_of(client, metered);
  for (std::size_t i = 0; i < all.count; ++i) {
    const bool newcomer = in.entries.find(all.keys[i]) == in.entries.end();
    if (i > 0 && newcomer && client.is_v6() && in.crowded()) break;
    auto& e = in.take(all.keys[i], all.factors[i], options_.limits, now);
    ++e.account.sessions;
    v.entries_[v.entry_count_++] = &e;
    if (!go_on(e)) break;
  }
  return v;
}

void client_ledger::unpin(const visit& v) {
  for (std::size_t i = 0; i < v.entry_count_; ++i) {
    SP_ASSERT(v.entries_[i]->account.sessions > 0);
    --v.entries_[i]->account.sessions;
  }
}

// The new session is already counted.
client_ledger::refusal client_ledger::complaint(const entry& e, bool metered, steady_time now,
                                                std::size_t free) const {
  const auto& limits = options_.limits;
  if (e.account.paused(now)) return refusal::paused;
  auto most = limits.sessions_max * e.factor;
  const auto share = std::max(reserved_sessions, static_cast<std::int64_t>(free / 4));
  if (most <= 0 || most > share) most = share;
  if (e.account.sessions > most) return refusal::too_many_sessions;
  if (metered && !e.account.affordable(client_charge::connection, limits, e.factor, now)) {
    return refusal::too_many_connections;
  }
  return refusal::none;
}

client_ledger::arrival client_ledger::arrive(const ip_address& client, steady_time now,
                                             std::size_t free_sessions) {
  if (is_unlimited(client)) return {visit{}, refusal::none, true};
  const bool metered = !is_unmetered(client);
  auto& in = shard_of(client);
  const std::lock_guard lock(in.mutex);
  auto why = refusal::none;
  auto v = locate(client, in, metered, now, [&](const entry& e) {
    why = complaint(e, metered, now, free_sessions);
    return why == refusal::none;
  });
  if (why != refusal::none) {
    unpin(v);
    return {std::nullopt, why, false};
  }
  charge_all(v, client_charge::connection, 1, now);
  const bool known = v.entries_[v.entry_count_ - 1]->account.known_until > now;
  v.ledger_ = this;
  return {std::move(v), refusal::none, known};
}

void client_ledger::note_pause(shard& in, const entry& e, steady_time now) {
  if (in.pauses.size() >= pauses_kept) {
    ++in.more_pauses;
    return;
  }
  const auto& [address, bits] = *e.place;
  auto client = address.to_string();
  if (bits != whole_address) client += "/" + std::to_string(bits);
  in.pauses.push_back({std::move(client), std::chrono::duration_cast<milliseconds>(
                                              e.account.paused_until() - now)});
}

std::vector<client_ledger::pause_notice> client_ledger::take_pauses(std::uint64_t& more) {
  std::vector<pause_notice> out;
  more = 0;
  for (std::size_t i = 0; i < shard_count; ++i) {
    auto& s = shards_[i];
    const std::lock_guard lock(s.mutex);
    std::ranges::move(s.pauses, std::back_inserter(out));
    s.pauses.clear();
    more += std::exchange(s.more_pauses, 0U);
  }
  return out;
}

// Every level is charged, even after one that has nothing left.
bool client_ledger::charge_all(const visit& v, client_charge what, std::int64_t amount,
                               steady_time now) {
  if (!counts(what, v.metered_)) return true;
  bool enough = true;
  for (std::size_t i = 0; i < v.entry_count_; ++i) {
    auto& e = *v.entries_[i];
    const bool was_paused = e.account.paused(now);
    const auto& limits = &e == &v.shard_->shared ? limits_of_shared_ : options_.limits;
    if (!e.account.charge(what, amount, limits, e.factor, now)) enough = false;
    if (!was_paused && e.account.paused(now)) note_pause(*v.shard_, e, now);
  }
  return enough;
}

bool client_ledger::charge(const ip_address& client, client_charge what, steady_time now,
                           std::int64_t amount) {
  if (is_unlimited(client)) return true;
  auto& in = shard_of(client);
  const std::lock_guard lock(in.mutex);
  const auto v = locate(client, in, !is_unmetered(client), now, [](const entry&) { return true; });
  unpin(v);
  return charge_all(v, what, amount, now);
}

bool client_ledger::affordable(const ip_address& client, client_charge what, steady_time now) {
  if (is_unlimited(client)) return true;
  const bool metered = !is_unmetered(client);
  if (!counts(what, metered)) return true;
  auto& in = shard_of(client);
  const std::lock_guard lock(in.mutex);
  const auto all = levels_of(client, metered);
  for (std::size_t i = 0; i < all.count; ++i) {
    const auto found = in.entries.find(all.keys[i]);
    if (found == in.entries.end()) continue;
    const auto& e = found->second;
    if (!e.account.affordable(what, options_.limits, e.factor, now)) return false;
  }
  return true;
}

client_ledger::figures client_ledger::count(steady_time now) const {
  figures out;
  for (std::size_t i = 0; i < shard_count; ++i) {
    const auto& s = shards_[i];
    const std::lock_guard lock(s.mutex);
    out.entries += s.entries.size();
    out.paused += static_cast<std::size_t>(std::ranges::count_if(
        s.entries, [&](const auto& pair) { return pair.second.account.paused(now); }));
  }
  return out;
}

}  // namespace signpost::actors
