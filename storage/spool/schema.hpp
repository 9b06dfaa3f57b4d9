// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The on-disk format of the spool: names of the column families and layouts of the keys. Later
// versions must be able to read it; README.md has it as a table. The values
// are in codec.hpp.
//
// All numbers in keys are big-endian, so that octet order is number order. Times are milliseconds
// since 1970; times before that count as 1970.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/queue/queue_id.hpp"
#include "storage/format/key_numbers.hpp"

namespace signpost::storage::schema {

/// Raised whenever a program of the previous version would misread what this one writes. Each step
/// upwards has its function in upgrade.cpp.
///
///   2: envelopes have fallbacks, and next hops can be `https://host`. A program of version 1 would
///      drop the former when it writes a row again and bounce the latter.
///   3: large messages are stored in parts. A program of version 2 would send the first part only.
///   4: the log has its own database. A program of version 3 would write another one.
inline constexpr std::uint64_t version = 4;

/// The numbers of ids: the upper 24 bits are the node's incarnation, below them it counts.
inline constexpr unsigned incarnation_shift = 40;

/// The column families, in the order in which they are opened. RocksDB requires `default`; nothing
/// is stored in it.
enum class family : std::size_t { unused, meta, body, env, rcpt, sched, dest };
inline constexpr std::array<std::string_view, 7> family_names = {"default", "meta",  "body", "env",
                                                                 "rcpt",    "sched", "dest"};
/// Where spools up to version 3 had their log. It is removed when its rows are in the log's own
/// database.
inline constexpr std::string_view old_log_family_name = "log";

namespace meta {
inline constexpr std::string_view schema_version = "schema_version";  ///< be64
/// be64: every sequence number below it may have been used.
inline constexpr std::string_view sequence_reserved = "sequence_reserved";
/// 16 octets, created with the spool, by which it recognizes the record beside it.
inline constexpr std::string_view identity = "identity";
/// Written again and again to find out whether the store can write.
inline constexpr std::string_view probe = "probe";
}  // namespace meta

/// Octets of a next hop: a domain, an address literal, or the origin of a webhook and a zone.
/// Bounds the keys of `dest`.
inline constexpr std::size_t next_hop_octets_max = 640;

// body, env: the 16 octets of the queue id. A message of more than `whole_octets_max` octets is
// stored in `body` in parts of `part_octets`: the first under the id, the others under the id and
// the be32 number of the part. In a spool of version 2 it may be undivided nevertheless.
inline constexpr std::uint64_t whole_octets_max = 1U << 20;
inline constexpr std::uint64_t part_octets = 256U << 10;

/// How many parts a message of that size has.
inline constexpr std::uint64_t parts_of(std::uint64_t octets) {
  return octets <= whole_octets_max ? 1 : (octets + part_octets - 1) / part_octets;
}
inline std::string part_key(const model::queue_id& id, std::uint64_t part) {
  std::string key(id.octets());
  if (part > 0) append_be32(key, static_cast<std::uint32_t>(part));
  return key;
}

/// rcpt: id, be32 index.
inline std::string rcpt_key(const model::queue_id& id, std::uint32_t index) {
  std::string key(id.octets());
  append_be32(key, index);
  return key;
}

/// sched: be64 due, id, be32 index → next hop; in a spool of an earlier program, nothing.
inline std::string sched_key(wall_time due, const model::queue_id& id, std::uint32_t index) {
  std::string key;
  key.reserve(28);
  append_be64(key, to_key_time(due));
  key += id.octets();
  append_be32(key, index);
  return key;
}
/// The first key of `sched` that is due after `until`.
inline std::string sched_bound(wall_time until) {
  return be64(to_key_time(until) + 1);
}

/// dest: next hop, NUL, then as in sched → nothing.
inline std::string dest_prefix(std::string_view next_hop) {
  std::string key(next_hop);
  key += '\0';
  return key;
}
/// Behind the rows of all next hops of a webhook's origin: it is alone or followed by `#zone`, and
/// no next hop continues with anything that sorts between NUL and `#`.
inline std::string dest_end_of_origin(std::string_view origin) {
  std::string key(origin);
  key += '#' + 1;
  return key;
}
inline std::string dest_key(std::string_view next_hop, std::string_view sched_key) {
  std::string key;
  key.reserve(next_hop.size() + 1 + sched_key.size());
  key += next_hop;
  key += '\0';
  key += sched_key;
  return key;
}

/// The contents of the last 28 octets of a key of `sched` or `dest`, or of the 20 of one of `rcpt`.
struct row_name {
  std::uint64_t due = 0;
  model::queue_id id;
  std::uint32_t index = 0;
};
/// Nothing if `key` is too short.
inline std::optional<row_name> parse_rcpt_key(std::string_view key) {
  if (key.size() != 20) return std::nullopt;
  return row_name{.due = 0,
                  .id = *model::queue_id::from_octets(key.substr(0, 16)),
                  .index = static_cast<std::uint32_t>(read_big_endian(key.substr(16)))};
}
inline std::optional<row_name> parse_sched_key(std::string_view key) {
  if (key.size() < 28) return std::nullopt;
  key.remove_prefix(key.size() - 28);
  auto name = parse_rcpt_key(key.substr(8));
  if (name) name->due = read_big_endian(key.substr(0, 8));
  return name;
}

// The log's own database has one family, and three kinds of keys in it, distinguished by their
// first octet. The event itself is stored once, under the key by time; to the others the event's
// key follows from their last 16 octets.
//
//   'a'            be64(~time) be64(~sequence) → event      newest first
//   'z' zone NUL   be64(~time) be64(~sequence) → zone id    newest first within a name
//   'm' id         be64(time)  be64(sequence)  → nothing    oldest first within a message
inline constexpr char log_event = 'a';
inline constexpr char log_by_zone = 'z';
inline constexpr char log_by_message = 'm';

inline std::string event_key(wall_time at, std::uint64_t sequence) {
  std::string key(1, log_event);
  append_be64(key, ~to_key_time(at));
  append_be64(key, ~sequence);
  return key;
}
inline std::string zone_prefix(std::string_view zone) {
  std::string key(1, log_by_zone);
  key += zone;
  key += '\0';
  return key;
}
inline std::string zone_key(std::string_view zone, wall_time at, std::uint64_t sequence) {
  auto key = zone_prefix(zone);
  append_be64(key, ~to_key_time(at));
  append_be64(key, ~sequence);
  return key;
}
inline std::string message_prefix(const model::queue_id& id) {
  std::string key(1, log_by_message);
  key += id.octets();
  return key;
}
inline std::string message_key(const model::queue_id& id, wall_time at, std::uint64_t sequence) {
  auto key = message_prefix(id);
  append_be64(key, to_key_time(at));
  append_be64(key, sequence);
  return key;
}
/// When the event of any of the three keys happened and which one it was; nothing for other keys.
struct log_position {
  std::uint64_t time = 0;
  std::uint64_t sequence = 0;
};
inline std::optional<log_position> parse_log_key(std::string_view key) {
  if (key.size() < 17) return std::nullopt;
  const auto tail = key.substr(key.size() - 16);
  const auto time = read_big_endian(tail.substr(0, 8));
  const auto sequence = read_big_endian(tail.substr(8));
  switch (key.front()) {
    case log_event:
    case log_by_zone:
      return log_position{.time = ~time, .sequence = ~sequence};
    case log_by_message:
      return log_position{.time = time, .sequence = sequence};
    default:
      return std::nullopt;
  }
}

}  // namespace signpost::storage::schema
