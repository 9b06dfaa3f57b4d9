// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The directory of DKIM keys, which `signpost dkim` changes and a node reads:
//
//     <directory>/example.org/keys.json           which keys there are and what state they are in
//     <directory>/example.org/sp202611r.pem       one private key (PKCS #8), named by its selector
//
// Directories have mode 0700, files 0600; files that others can read are refused. Every change
// replaces keys.json once: a crash leaves the old state or the new one, at worst with an unused key
// file.
//
// Threads: any; changes exclude each other, also those of other processes. Reading never waits.
// Limits: `keys_per_domain_max`, `key_file_octets_max`.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "proto/crypto/keys.hpp"

namespace signpost::config {

inline constexpr std::size_t keys_per_domain_max = 32;
/// A PEM file or a keys.json.
inline constexpr std::size_t key_file_octets_max = 64 * 1024;

enum class dkim_key_state {
  pending,  ///< its record has yet to be published, or to be seen; does not sign yet
  active,   ///< signs
  retired,  ///< no longer signs; its record stays until what it signed is old
};
[[nodiscard]] std::string_view to_string(dkim_key_state state);

struct dkim_key {
  std::string domain;    ///< in A-labels and lower case
  std::string selector;  ///< likewise
  crypto::key_type type = crypto::key_type::rsa;
  dkim_key_state state = dkim_key_state::pending;
  /// Of a pending one: a node activates it as soon as it sees the record in the DNS.
  bool when_seen = false;
  wall_time created;
  wall_time retired;  ///< 1970 if it is not retired
  std::shared_ptr<const crypto::signing_key> key;

  /// `sp202611r._domainkey.example.org`
  [[nodiscard]] std::string record_name() const;
};

struct new_dkim_key {
  crypto::key_type type = crypto::key_type::rsa;
  /// Empty: `sp`, year, month and `r` or `e`, as in sp202611r; followed by a number if that is
  /// taken.
  std::string selector;
  /// Becomes active immediately, as with `activate`; otherwise pending.
  bool active = false;
  /// Pending until a node has seen its record.
  bool when_seen = false;
  /// Only if the domain has no key at all; else errc::conflict.
  bool first = false;
};

class dkim_keys {
 public:
  explicit dkim_keys(std::string directory) : directory_(std::move(directory)) {}

  /// Creates a key, and the directories if they do not exist. errc::malformed for an invalid domain
  /// or selector; errc::conflict if the domain already has that selector; errc::limit_exceeded
  /// (keys_per_domain_max); errc::denied, errc::no_space, errc::unavailable for the files.
  result<dkim_key> generate(std::string_view domain, const new_dkim_key& wanted, wall_time now);
  /// The key signs from now on; the previous one of its type is retired. errc::not_found.
  result<void> activate(std::string_view domain, std::string_view selector, wall_time now);
  /// The same for a key whose record was `seen`. errc::not_found if it does not wait for that (any
  /// more), or is another one by now; errc::unavailable if somebody else is changing the directory:
  /// this does not wait.
  result<void> activate_seen(std::string_view domain, std::string_view selector,
                             const crypto::public_key& seen, wall_time now);
  /// The key no longer signs. errc::not_found.
  result<void> retire(std::string_view domain, std::string_view selector, wall_time now);
  /// The key is deleted. errc::not_found; errc::conflict for an active one.
  result<void> remove(std::string_view domain, std::string_view selector);

  // Domain names get new owners. The keys of the previous owner are kept under the owner's id,
  // until that owner gets the name back or they are discarded. The domain then has no keys; does
  // nothing if it had none. errc::unavailable, errc::denied.
  result<void> put_away(std::string_view domain, std::string_view owner);
  /// The domain gets the owner's keys, and no others; does nothing if none were put away.
  result<void> bring_back(std::string_view domain, std::string_view owner);
  /// Deletes the keys that were put away for the owner.
  result<void> discard(std::string_view owner);

  /// The domains with a folder, in order; none if the directory does not exist yet. errc::denied if
  /// the
  /// directory is open to others.
  [[nodiscard]] result<std::vector<std::string>> domains() const;
  /// The keys of one domain: active, pending, retired, each with RSA first; may be empty.
  /// errc::malformed for a keys.json or key file that cannot be read, errc::denied for files that
  /// are open to others.
  [[nodiscard]] result<std::vector<dkim_key>> list(std::string_view domain) const;
  /// Only the active keys; other key files are not read.
  [[nodiscard]] result<std::vector<dkim_key>> active(std::string_view domain) const;
  /// Only those that wait for their record to be seen.
  [[nodiscard]] result<std::vector<dkim_key>> awaited(std::string_view domain) const;

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string state_path(std::string_view domain) const;

 private:
  [[nodiscard]] std::string folder(std::string_view domain) const;
  [[nodiscard]] std::string away(std::string_view owner) const;
  [[nodiscard]] std::string key_path(const dkim_key& key) const;
  [[nodiscard]] result<std::vector<dkim_key>> read_state(const std::string& domain) const;
  [[nodiscard]] result<void> write_state(const std::string& domain,
                                         const std::vector<dkim_key>& keys) const;
  [[nodiscard]] result<void> read_key(dkim_key& key) const;
  [[nodiscard]] result<std::vector<dkim_key>> read_those(
      std::string_view domain, bool (*wanted)(const dkim_key&)) const;
  [[nodiscard]] bool is_taken(const std::vector<dkim_key>& keys, const dkim_key& key) const;
  [[nodiscard]] result<void> check_room(const std::vector<dkim_key>& keys,
                                        const new_dkim_key& wanted, dkim_key& key) const;
  [[nodiscard]] result<void> choose_selector(const std::vector<dkim_key>& keys,
                                             const std::string& wanted, dkim_key& key) const;

  std::string directory_;
};

}  // namespace signpost::config
