// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The first frame of each side of a connection: who speaks, which versions it speaks, and what the
// connection is for.
//
//     SP_TRY(const auto theirs, decode_hello(payload));
//     SP_TRY(const auto version, judge_hello(theirs, us, expectation));
//
// Threads: values and functions of their arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cluster/link/identity.hpp"
#include "cluster/roles.hpp"

namespace signpost::cluster::link {

using node_number = std::uint16_t;  ///< given out once, never reused; 0 = none

/// What a connection is for. The node with the lower number opens the control connection of a pair,
/// each node the others that it sends on.
enum class lane : std::uint8_t {
  control,  ///< small and urgent: notes, requests, answers, heartbeats
  bulk,     ///< requests with more octets, one after the other
  body,     ///< one request with a body of any size; the connection ends with it
};

/// Versions of this protocol (not of what it carries) that this program speaks.
inline constexpr std::uint16_t protocol_version_min = 1;
inline constexpr std::uint16_t protocol_version_max = 1;

inline constexpr std::size_t hello_octets_max = 1024;

/// Which process this is, of which node, on which disk.
struct node_facts {
  std::string cluster;  ///< its id, as the other ids here is_drawn_id
  std::string name;     ///< of its certificate
  std::string node_id;  ///< in the data directory
  std::string disk_id;  ///< of the spool; empty: this node has none
  std::string boot;     ///< of this process
  node_number number = 0;
  std::uint32_t tenure = 0;
  role_set roles;       ///< what it does
  std::string address;  ///< where others reach it: ADDRESS:PORT
  std::uint16_t version_min = protocol_version_min;
  std::uint16_t version_max = protocol_version_max;
  friend bool operator==(const node_facts&, const node_facts&) = default;
};

struct hello {
  node_facts node;
  node_number to = 0;  ///< who should be at the other end; 0 = unknown
  lane use = lane::control;
  std::uint32_t requests_max = 0;  ///< that the speaker works on at once for one peer
  std::uint32_t body_window = 0;   ///< octets of a body that may come before the first credit
  friend bool operator==(const hello&, const hello&) = default;
};

[[nodiscard]] std::string encode(const hello& h);
/// errc::malformed; nothing in it is longer than `hello_octets_max`.
[[nodiscard]] result<hello> decode_hello(std::string_view octets);

/// What is known of the other side before its hello.
struct hello_expectation {
  identity certified;           ///< by its certificate
  node_number number = 0;       ///< that was dialled; 0 = it came to us
  std::string known_name = {};  ///< of the member with this number; empty = there is none
  std::string known_id = {};    ///< its node_id; empty = unknown
  bool removed = false;         ///< its name or node_id was removed from the cluster
};

/// The version to speak. errc::denied: it claims what its certificate does not say, was removed, is
/// not a member, or is another node than expected; errc::conflict: its number belongs to another
/// node_id, or it claims to be this node; errc::unavailable: no version in common.
[[nodiscard]] result<std::uint16_t> judge_hello(const hello& theirs, const node_facts& us,
                                                const hello_expectation& expected);

}  // namespace signpost::cluster::link
