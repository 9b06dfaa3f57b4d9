// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much every client has used of its allowances, over all loops together: for its address, its
// network (/24 in IPv4, /64 in IPv6), and, in IPv6, its /48.
//
//     auto arrival = ledger.arrive(address, now, free_sessions);
//     if (!arrival.admitted) …                                          // say 421: arrival.why
//     if (!arrival.admitted->charge(client_charge::recipient, now)) …   // say 450
//     // the session is over when the visit is destroyed
//
// Callers that only see a stranger's address charge it directly:
//
//     ledger.charge(address, client_charge::error, now);  // false: its budget is used up
//
// Threads: any. Limits: `entries_max` accounts in all. A new client takes the place of one whose
// budgets are full, never that of one that is connected, paused or has used up much; otherwise it
// shares an account with other new clients. Above three quarters new IPv6 clients are
// only distinguished by their /48: an attacker with a /32 has 65536 of them, not 2^96 addresses.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/client_network.hpp"
#include "base/clock.hpp"
#include "base/ip.hpp"
#include "model/client_account.hpp"

namespace signpost::actors {

struct ledger_options {
  model::client_limits limits;
  /// No limit applies to these.
  std::vector<ip_network> unlimited;
  /// The limits of volume do not apply to these (connections, messages, recipients and handshakes
  /// per minute), and their network is not counted as one client. Their misbehaviour counts.
  std::vector<ip_network> unmetered;
  std::size_t entries_max = 65'536;
};

class client_ledger {
  struct shard;
  struct entry;

 public:
  explicit client_ledger(ledger_options options);
  ~client_ledger();
  client_ledger(const client_ledger&) = delete;
  client_ledger& operator=(const client_ledger&) = delete;

  /// One session of a client, counted until it is destroyed. The ledger must outlive it.
  class visit {
   public:
    visit() = default;
    visit(visit&& other) noexcept { swap(other); }
    visit& operator=(visit&& other) noexcept {
      swap(other);
      return *this;
    }
    ~visit();

    /// False: a budget of the address or of its network is used up.
    bool charge(model::client_charge what, steady_time now, std::int64_t amount = 1);
    [[nodiscard]] bool affordable(model::client_charge what, steady_time now) const;
    [[nodiscard]] milliseconds reply_delay(steady_time now) const;
    [[nodiscard]] bool paused(steady_time now) const;
    /// It has delivered a message: for a day it gets the banner without delay.
    void delivered(steady_time now);

   private:
    friend class client_ledger;
    void swap(visit& other) noexcept;

    client_ledger* ledger_ = nullptr;  ///< null: nothing is counted
    shard* shard_ = nullptr;
    std::array<entry*, 3> entries_{};  ///< from the widest network to the address
    std::size_t entry_count_ = 0;
    bool metered_ = true;
  };

  enum class refusal { none, paused, too_many_sessions, too_many_connections };
  struct arrival {
    std::optional<visit> admitted;
    refusal why = refusal::none;
    bool known = false;  ///< it has delivered mail lately, or no limit applies to it
  };

  /// A connection from `client`. `free_sessions`: how many more the node accepts; a network gets at
  /// most a quarter of them, so that the last ones are for clients that have few.
  arrival arrive(const ip_address& client, steady_time now, std::size_t free_sessions);

  /// For callers without a visit. False: the budget is used up.
  bool charge(const ip_address& client, model::client_charge what, steady_time now,
              std::int64_t amount = 1);
  [[nodiscard]] bool affordable(const ip_address& client, model::client_charge what,
                                steady_time now);

  struct figures {
    std::size_t entries = 0;
    std::size_t paused = 0;  ///< now; finding them walks through all entries
  };
  [[nodiscard]] figures count(steady_time now) const;

  /// A pause that has begun.
  struct pause_notice {
    std::string client;  ///< an address or a network
    milliseconds length{0};
  };
  /// Those begun since the last call; if there are very many, only the first, and `more` gets the
  /// number of the others.
  [[nodiscard]] std::vector<pause_notice> take_pauses(std::uint64_t& more);

 private:
  /// An address, or the network of which the first `bits` bits are those of `address`.
  struct account_key {
    ip_address address;
    unsigned bits = 0;
    friend bool operator==(const account_key&, const account_key&) = default;
  };
  struct key_hash;
  /// The accounts of a client, the widest first.
  struct levels {
    std::array<account_key, 3> keys;
    std::array<std::int64_t, 3> factors{};
    std::size_t count = 0;
  };

  [[nodiscard]] bool is_unlimited(const ip_address& client) const;
  [[nodiscard]] bool is_unmetered(const ip_address& client) const;
  [[nodiscard]] levels levels_of(const ip_address& client, bool metered) const;
  [[nodiscard]] shard& shard_of(const ip_address& client) const;
  [[nodiscard]] bool counts(model::client_charge what, bool metered) const;
  /// Ends with the first account for which `go_on` returns false.
  template <class Predicate>
  visit locate(const ip_address& client, shard& in, bool metered, steady_time now,
               Predicate go_on);
  [[nodiscard]] refusal complaint(const entry& e, bool metered, steady_time now,
                                  std::size_t free) const;
  static void unpin(const visit& v);
  static void note_pause(shard& in, const entry& e, steady_time now);
  bool charge_all(const visit& v, model::client_charge what, std::int64_t amount, steady_time now);

  ledger_options options_;
  /// For the shared accounts: a client that misbehaves there is disconnected, but the others are
  /// not paused.
  model::client_limits limits_of_shared_;
  std::uint64_t seed_;
  std::unique_ptr<shard[]> shards_;
};

}  // namespace signpost::actors
