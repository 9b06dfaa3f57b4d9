// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Secrets that are kept in the control database, where more people can read than should: sealed
// with AES-256-GCM under keys that only the nodes have. What is sealed is bound to its place
// (table, row, version): it does not open in another row, or with another version. A whole row that
// is put back as it was, with its version, opens.
//
//     SP_TRY(const auto box, secret_box::load("/etc/signpost/cluster.secret"));
//     const auto stored = box.seal(random, {"setting", name, version}, text);
//     SP_TRY(const auto again, box.open({"setting", name, version}, stored));
//
// *The file* has one key per line, each 64 hexadecimal digits (`openssl rand -hex 32`); empty lines
// and lines that begin with `#` are ignored. The first one seals, all of them open: to rotate, add
// a new one at the top on every node, and remove the old one when everything has been sealed again.
//
// Threads: any, once made. Limits: `keys_max` keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"

namespace signpost::storage::postgres {

/// Where something is stored.
struct secret_place {
  std::string_view table;
  std::string_view row;
  std::uint64_t version = 0;
};

class secret_box {
 public:
  static constexpr std::size_t keys_max = 8;

  /// errc::malformed naming the line; otherwise as `read_secret_file`.
  static result<secret_box> load(const std::string& path);
  static result<secret_box> parse(std::string_view text);

  /// The name of the key, a nonce, the sealed octets and their tag.
  [[nodiscard]] std::string seal(random_source& random, const secret_place& place,
                                 std::string_view secret) const;
  /// errc::unavailable: sealed under a key that the file does not have; errc::corrupt: changed, or
  /// of another place.
  [[nodiscard]] result<std::string> open(const secret_place& place, std::string_view sealed) const;
  /// Whether it was sealed with the first key, so that the others are not needed for it.
  [[nodiscard]] bool is_current(std::string_view sealed) const;

 private:
  struct key {
    std::string name;  ///< 8 octets, from which the key cannot be guessed
    std::string octets;
  };
  explicit secret_box(std::vector<key> keys) : keys_(std::move(keys)) {}
  std::vector<key> keys_;
};

}  // namespace signpost::storage::postgres
