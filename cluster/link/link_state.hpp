// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an engine knows of each peer and each connection. For the sources of link_engine only.
//
// Threads: the link's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cluster/link/link_engine.hpp"

namespace signpost::cluster::link {

/// Octets that one part of a body has at most.
inline constexpr std::size_t part_octets_max = 64 * 1024;
/// Of pings, and of the reasons that failures and farewells give.
inline constexpr std::size_t ping_octets_max = 64;
inline constexpr std::size_t reason_octets_max = 1000;
/// What a request costs besides its octets.
inline constexpr std::size_t request_overhead_octets = 512;
/// Answers are not dropped as notes are; a peer that lets so many queues of them wait is left.
inline constexpr std::size_t answer_queues_max = 4;

/// The size of a body, in front of the octets of its request.
[[nodiscard]] inline std::string octets_of(std::uint64_t number) {
  std::string out;
  for (unsigned shift = 64; shift > 0; shift -= 8) out += static_cast<char>(number >> (shift - 8));
  return out;
}
[[nodiscard]] inline std::uint64_t number_of(std::string_view octets) {
  std::uint64_t number = 0;
  for (const char c : octets.substr(0, sizeof number)) {
    number = number << 8 | static_cast<unsigned char>(c);
  }
  return number;
}

[[nodiscard]] inline frame_header request_header(const outgoing_request& what,
                                                 std::uint64_t number) {
  const auto within = std::clamp<std::int64_t>(what.within.count(), 0, UINT32_MAX);
  return {.type = frame_type::request,
          .kind = what.kind,
          .number = number,
          .within_ms = static_cast<std::uint32_t>(within)};
}

struct link_engine::peer {
  peer(node_number number, const std::shared_ptr<memory_budget>& budget)
      : about{.number = number},
        share(new memory_share(*budget), [budget](memory_share* s) { delete s; }) {}

  member about;
  bool is_member = false;  ///< of the last set_members; else it is only known by its hello
  bool up = false;
  connection_id control = 0;
  connection_id bulk = 0;
  node_facts facts;
  std::uint16_t version = 0;
  std::uint32_t requests_max = 0;
  std::uint32_t body_window = 0;
  request_table pending;
  std::uint32_t worked_on = 0;  ///< its requests
  std::shared_ptr<memory_share> share;
  steady_time redial_at{};
  unsigned redials = 0;
  steady_time bulk_redial_at{};
  std::chrono::microseconds rtt{};
  std::uint64_t sent_octets = 0;
  std::uint64_t received_octets = 0;
  std::uint64_t turned_away = 0;
  std::uint64_t dropped_notes = 0;
  std::uint64_t downs = 0;
  std::string last_reason;
};

struct link_engine::outgoing_body {
  std::shared_ptr<body_source> source;
  std::uint64_t number = 0;  ///< of the request
  std::uint64_t size = 0;
  std::uint64_t sent = 0;
  std::uint64_t credit = 0;
  std::size_t asked = 0;  ///< of the source; 0: nothing
};

struct link_engine::receiving_body final : incoming_body,
                                           std::enable_shared_from_this<receiving_body> {
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  void read(std::function<void(std::string part)> part,
            std::function<void(result<void>)> end) override;
  void taken(std::size_t octets) override;

  void begin(std::function<void(std::string)> part, std::function<void(result<void>)> end);
  void take(std::string_view octets);
  void finish(result<void> how);
  void forget() { part_ = nullptr; end_ = nullptr; }

  std::uint64_t size_ = 0;
  connection_id on = 0;
  poster post;
  std::weak_ptr<link_engine*> engine;
  std::uint64_t arrived = 0;
  std::uint64_t granted = 0;
  std::string early;  ///< arrived before `read`
  std::function<void(std::string)> part_;
  std::function<void(result<void>)> end_;
  std::optional<result<void>> ended;
};

struct link_engine::wire final : frame_sink {
  enum class phase : std::uint8_t { dialing, greeting, up };

  wire(link_engine& e, connection_id i, lane l, node_number n)
      : engine(e), id(i), use(l), number(n) {}

  result<payload_use> begin(const frame_header& header) override {
    auto kept = engine.begin_frame(*this, header);
    if (gone) return fail(errc::unavailable, "the connection has ended");
    return kept;
  }
  result<void> complete(const frame_header& header, std::string_view payload) override {
    SP_CHECK(engine.complete_frame(*this, header, payload));
    if (gone) return fail(errc::unavailable, "the connection has ended");
    return {};
  }

  link_engine& engine;
  const connection_id id;
  lane use;
  node_number number;  ///< of the peer; 0: not known before its hello
  bool dialed = false;
  bool gone = false;  ///< what follows in the octets that have arrived is not for anybody
  phase at = phase::greeting;
  identity who;
  std::string boot;  ///< of the peer's process
  role_set roles;    ///< of the peer
  frame_reader reader;
  steady_time since{};
  steady_time heard{};
  steady_time pinged{};
  std::uint64_t pings = 0;
  steady_time progress{};
  steady_time deadline = steady_time::max();  ///< of the request of an incoming body
  std::uint64_t written = 0;
  std::uint64_t taken = 0;  ///< of `written` by the kernel, when it was last looked at
  std::string waiting;      ///< while dialing
  memory_lease lease;       ///< of the request whose octets arrive
  std::unique_ptr<outgoing_body> out;
  std::shared_ptr<receiving_body> in;
};

}  // namespace signpost::cluster::link
