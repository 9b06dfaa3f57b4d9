// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the nodes that have copies of a message say to each other about it. The machine that says
// and understands it is cluster/replication; what a message consists of travels in the same item.
//
// Threads: values.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "cluster/wire/parts.hpp"
#include "model/queue/queue_id.hpp"

namespace signpost::cluster::wire {

/// Given out once, never reused.
using node_number = std::uint16_t;
/// Drawn when a spool is created, restored or wiped; 0 = unknown.
using disk_id = std::uint64_t;
/// Raised when other nodes may take over what the node owns, not by a restart; 24 bits.
using tenure_number = std::uint32_t;

/// Who has a copy: a node's next disk does not have it.
struct holder {
  node_number node = 0;
  disk_id disk = 0;
  friend auto operator<=>(const holder&, const holder&) = default;
};

/// Who owns a message: node and tenure; each takeover has a higher version.
struct claim {
  std::uint64_t version = 0;
  node_number node = 0;
  tenure_number tenure = 0;
  friend auto operator<=>(const claim&, const claim&) = default;
};

/// What became of a recipient, in the order in which one overrules another.
enum class recipient_end : std::uint8_t { open, expired, bounced, removed, delivered };

struct recipient_progress {
  std::uint32_t attempts = 0;
  recipient_end end = recipient_end::open;
  friend bool operator==(const recipient_progress&, const recipient_progress&) = default;
};

/// From the owner: keep this copy. Not whole: what changed about one that is there.
struct put {
  model::queue_id id;
  claim owner;
  std::uint32_t revision = 0;  ///< of the progress
  bool whole = false;
  std::uint8_t required = 1;  ///< disks
  std::uint64_t digest = 0;   ///< of record and body: an id names one message
  std::vector<holder> holders;  ///< everyone who was ever sent one
  std::vector<recipient_progress> progress;
  friend bool operator==(const put&, const put&) = default;
};
/// It is on this disk. `seen`: the highest version that this disk knows.
struct put_ack {
  model::queue_id id;
  std::uint64_t version = 0;
  std::uint32_t revision = 0;
  disk_id disk = 0;
  std::uint64_t seen = 0;
  friend bool operator==(const put_ack&, const put_ack&) = default;
};
enum class put_refusal : std::uint8_t {
  busy,      ///< no memory for it now
  full,      ///< the disk is filling up, or the node is leaving
  conflict,  ///< another message has this id here
  missing,   ///< there is no copy here that could be changed
  ended,     ///< the sender's tenure is over
};
struct put_nack {
  model::queue_id id;
  std::uint64_t version = 0;
  put_refusal why{};
  friend bool operator==(const put_nack&, const put_nack&) = default;
};

/// It is done: forget the copy. Whoever gets this can tell the others, if the sender cannot.
struct del {
  model::queue_id id;
  std::uint64_t digest = 0;
  std::vector<holder> holders;   ///< everyone who was ever sent a copy
  std::vector<holder> confirmed;  ///< of them: who has none any more
  friend bool operator==(const del&, const del&) = default;
};
struct del_ack {
  model::queue_id id;
  disk_id disk = 0;
  std::vector<holder> also;  ///< who was sent a copy, and the sender did not name
  friend bool operator==(const del_ack&, const del_ack&) = default;
};
/// None of these has a copy any more.
struct forget {
  model::queue_id id;
  std::vector<holder> holders;
  friend bool operator==(const forget&, const forget&) = default;
};

/// From a holder whose message has no owner any more: do you have it?
struct ask {
  model::queue_id id;
  claim owner;  ///< the one that is gone
  disk_id disk = 0;
  std::vector<recipient_progress> progress;
  friend bool operator==(const ask&, const ask&) = default;
};
/// DONE is a `del`.
enum class answer_kind : std::uint8_t { own, no, wait };
struct answer {
  model::queue_id id;
  answer_kind kind{};
  claim owner;  ///< with `own`: the answering node, or another one that it takes for the owner
  friend bool operator==(const answer&, const answer&) = default;
};

/// From an owner: what it believes this node has of it, between two ids inclusive.
struct digest_range {
  model::queue_id first;
  model::queue_id last;
  tenure_number tenure = 0;
  std::uint64_t hash = 0;
  friend bool operator==(const digest_range&, const digest_range&) = default;
};
struct listed_copy {
  model::queue_id id;
  std::uint64_t version = 0;
  std::uint32_t revision = 0;
  friend bool operator==(const listed_copy&, const listed_copy&) = default;
};
/// What this disk really has. Without copies if the hash is the same.
struct listing {
  model::queue_id first;
  model::queue_id last;
  disk_id disk = 0;
  std::uint64_t hash = 0;
  bool same = false;
  std::vector<listed_copy> copies;
  friend bool operator==(const listing&, const listing&) = default;
};
/// From an owner: I do not know of this message; look for whoever does.
struct stray {
  model::queue_id id;
  friend bool operator==(const stray&, const stray&) = default;
};

/// From an owner that leaves: take it over.
struct offer {
  model::queue_id id;
  claim owner;
  friend bool operator==(const offer&, const offer&) = default;
};
/// From an owner to a holder that leaves: there are enough others.
struct release {
  model::queue_id id;
  friend bool operator==(const release&, const release&) = default;
};
struct released {
  model::queue_id id;
  disk_id disk = 0;
  friend bool operator==(const released&, const released&) = default;
};

/// My copy cannot be read: send yours. Answered with `found`, or with a `put_nack` (missing).
struct fetch {
  model::queue_id id;
  std::uint64_t version = 0;
  friend bool operator==(const fetch&, const fetch&) = default;
};
struct found {
  model::queue_id id;
  std::uint64_t digest = 0;
  friend bool operator==(const found&, const found&) = default;
};
/// From a holder: the copy on this disk cannot be read any more.
struct unreadable {
  model::queue_id id;
  disk_id disk = 0;
  friend bool operator==(const unreadable&, const unreadable&) = default;
};

/// New kinds go to the end: the place is the kind's number between nodes.
using copies_message =
    std::variant<put, put_ack, put_nack, del, del_ack, forget, ask, answer, digest_range, listing,
                 stray, offer, release, released, fetch, found, unreadable>;

/// What a message consists of, as it is stored: with a whole `put` and `found` all of it, with
/// other ones the envelopes that changed; with `del` the events. Octets of bodies go beside it.
struct copy_contents {
  std::string record;
  std::vector<std::string> envelopes;
  std::vector<std::string> events;
  body_reference body;
  friend bool operator==(const copy_contents&, const copy_contents&) = default;
};

struct copies_item {
  copies_message said;
  std::optional<copy_contents> contents;
  friend bool operator==(const copies_item&, const copies_item&) = default;
};

/// Of one message: every node of the largest cluster, some of them with several disks.
inline constexpr std::size_t holders_max = 1024;
/// Of one message: as many as an SMTP client can name, and what they become.
inline constexpr std::size_t copy_recipients_max = 200'000;
/// Of one listing: four times what an owner compares at once.
inline constexpr std::size_t listed_max = 1024;
/// Of one item without the body.
inline constexpr std::size_t copies_item_octets_max = 64U << 20;

[[nodiscard]] std::string encode(const copies_item& item);
/// errc::malformed for octets that are none; errc::limit_exceeded (copies_item_octets_max).
[[nodiscard]] result<copies_item> decode_copies_item(std::string_view octets);

}  // namespace signpost::cluster::wire
