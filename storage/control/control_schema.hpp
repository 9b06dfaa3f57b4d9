// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The on-disk format of the control plane's store: names of the column families and layouts of the
// keys; README.md has them as a table. The values are in control_codec.hpp.
//
// Numbers in keys are big-endian, times milliseconds since 1970, ids 16 octets. Texts that are not
// at the end of a key are terminated by NUL and do not contain it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "model/control/control_objects.hpp"
#include "storage/format/key_numbers.hpp"

namespace signpost::storage::control_schema {

/// Raised whenever a program of the previous version would misread what this one writes. Each step
/// upwards has its function in control_database.cpp.
///   2: zones record their ownership and its proof; several accounts may have a zone with the same
/// name.
inline constexpr std::uint64_t version = 2;

/// The column families, in the order in which they are opened.
enum class family : std::size_t { unused, meta, object, rule, index, counter, change, audit };
inline constexpr std::array<std::string_view, 8> family_names = {
    "default", "meta", "object", "rule", "index", "counter", "change", "audit"};

namespace meta {
inline constexpr std::string_view schema_version = "schema_version";  ///< be64
inline constexpr std::string_view revision = "revision";              ///< be64: the last change
inline constexpr std::string_view identity = "identity";  ///< 16 octets, made with the store
}  // namespace meta

inline constexpr std::size_t id_octets = 16;

/// 16 octets for 32 lower-case hexadecimal digits; nothing for any other text.
inline std::optional<std::string> pack_id(std::string_view id) {
  if (id.size() != 2 * id_octets) return std::nullopt;
  std::string packed;
  packed.reserve(id_octets);
  const auto digit = [](char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; };
  for (std::size_t i = 0; i < id.size(); i += 2) {
    for (const char c : {id[i], id[i + 1]}) {
      if (!is_digit(c) && (c < 'a' || c > 'f')) return std::nullopt;
    }
    packed += static_cast<char>(digit(id[i]) << 4 | digit(id[i + 1]));
  }
  return packed;
}
inline std::string unpack_id(std::string_view octets) {
  return to_hex(as_bytes(octets));
}
/// The value of "no account" in keys: the administrator's tokens, entries without an account.
inline std::string no_account() {
  return std::string(id_octets, '\0');
}

/// A letter followed by parts.
template <typename... Parts>
std::string key(char letter, const Parts&... parts) {
  std::string out;
  out.reserve(1 + (std::string_view(parts).size() + ... + 0));
  out += letter;
  ((out += parts), ...);
  return out;
}

// object: letter, id → the object; tokens, accounts and zones by their id alone.
namespace object {
inline constexpr char account = 'a';
inline constexpr char address = 'd';  ///< account id, id
inline constexpr char setting = 's';  ///< name
inline constexpr char token = 't';
inline constexpr char zone = 'z';
}  // namespace object

// rule: zone id, place, id → rule. The rules of a zone are adjacent, in the order of lists.
inline constexpr char place_rule = 0;
inline constexpr char place_catch_all = 1;

/// The position of a rule in its zone: catch-alls last, then by priority, then by creation.
inline std::string place_of(const model::rule_object& rule) {
  std::string place(1, rule.catch_all ? place_catch_all : place_rule);
  // Octet order of doubles: negative ones inverted, then positive ones. -0 is 0.
  const auto bits = std::bit_cast<std::uint64_t>(rule.priority + 0.0);
  schema::append_be64(place, bits >> 63 != 0 ? ~bits : bits | 1ULL << 63);
  schema::append_be64(place, schema::to_key_time(rule.created));
  return place;
}

// index: letter, … → what is named behind the arrow.
namespace index {
inline constexpr char account_by_creation = 'a';  ///< created, id → nothing
inline constexpr char address_by_creation = 'c';  ///< account, created, id → verified: 1 or 0
inline constexpr char address_by_email = 'e';     ///< account, email in lower case → id
inline constexpr char forward = 'f';              ///< account, email NUL, zone, rule id → nothing
inline constexpr char token_by_hash = 'h';        ///< 32 octets → id
inline constexpr char audit_by_id = 'i';          ///< id → account, time, order
inline constexpr char matcher = 'k';              ///< zone, type NUL, value → rule id
inline constexpr char zone_by_account = 'm';      ///< account, name → id
inline constexpr char zone_by_name = 'n';         ///< name → id; not active: name NUL id → id
inline constexpr char zone_by_suffix = 's';       ///< labels from the right → account, id; active
inline constexpr char zone_to_check = 'u';        ///< id → nothing
inline constexpr char token_by_issue = 'o';       ///< account, issued, id → nothing
inline constexpr char rule_place = 'r';           ///< zone, id → place
inline constexpr char verified = 'v';             ///< account, email in lower case → nothing
inline constexpr char owner = 'w';                ///< account, tag NUL, zone, rule id → nothing
}  // namespace index

inline std::string matcher_key(std::string_view zone, std::string_view type,
                               std::string_view value) {
  // Only literal addresses are compared ignoring case, which is significant in a regular
  // expression.
  const auto folded = type == "literal" ? to_lower(value) : std::string(value);
  return key(index::matcher, zone, type, std::string_view("\0", 1), folded);
}
/// For a rule with several matchers; `hash` is over all of them (control_rows.cpp). No type is
/// empty, so none of the keys above is equal.
inline std::string matchers_key(std::string_view zone, std::string_view hash) {
  return key(index::matcher, zone, std::string_view("\0", 1), hash);
}
/// `example.org` as `org.example.`: names below a name begin with it.
inline std::string from_the_right(std::string_view name) {
  std::string out;
  out.reserve(name.size() + 1);
  while (!name.empty()) {
    const auto dot = name.rfind('.');
    out += dot == std::string_view::npos ? name : name.substr(dot + 1);
    out += '.';
    name = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
  }
  return out;
}
inline std::string inactive_prefix(std::string_view name) {
  return key(index::zone_by_name, name, std::string_view("\0", 1));
}
inline std::string owner_prefix(std::string_view account, std::string_view tag) {
  return key(index::owner, account, tag, std::string_view("\0", 1));
}
inline std::string forward_prefix(std::string_view account, std::string_view email) {
  return key(index::forward, account, to_lower(email), std::string_view("\0", 1));
}
inline std::string time_octets(wall_time t) {
  return schema::be64(schema::to_key_time(t));
}

// counter: letter, id of what is counted in → be64.
namespace counter {
inline constexpr char accounts = 'A';
inline constexpr char zones = 'Z';
inline constexpr char rules = 'R';
inline constexpr char addresses_of_account = 'd';
inline constexpr char rules_of_account = 'p';
inline constexpr char rules_of_zone = 'q';
inline constexpr char tokens_of_account = 't';
inline constexpr char verified_of_account = 'v';
inline constexpr char inactive_of_account = 'w';  ///< zones
inline constexpr char zones_of_account = 'z';
}  // namespace counter

// counter, too: 'u' name NUL, end of the span → be64
//               'x' end of the span, name → nothing
namespace usage {
inline constexpr char by_name = 'u';
inline constexpr char by_end = 'x';
}  // namespace usage

inline std::string usage_prefix(std::string_view name) {
  return key(usage::by_name, name, std::string_view("\0", 1));
}

// change: be64 revision → change_record.

// audit: 'e' account, time, order → entry
//        'g' time, order → account: all accounts together
namespace audit {
inline constexpr char entry = 'e';
inline constexpr char everywhere = 'g';
inline constexpr std::size_t position_octets = 16;  ///< time, order
}  // namespace audit

/// What distinguishes entries of one millisecond: revision and number within the change; refused
/// attempts follow, with the first octets of their id.
inline std::string audit_order(std::uint64_t revision, std::size_t number) {
  return schema::be64(revision << 16 | number);
}
inline std::string audit_order_of_refusal(std::string_view packed_id) {
  auto order = std::string(packed_id.substr(0, 8));
  order[0] = static_cast<char>(order[0] | '\x80');
  return order;
}

/// `position`: time and order.
inline bool is_order_of_refusal(std::string_view position) {
  constexpr std::size_t time_length = 8;
  return position.size() == audit::position_octets
         && (static_cast<unsigned char>(position[time_length]) & 0x80U) != 0;
}

}  // namespace signpost::storage::control_schema
