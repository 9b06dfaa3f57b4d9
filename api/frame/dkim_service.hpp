// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// DKIM keys as the client API sees them; the program that has the key directory implements it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace signpost::api {

/// A DNS record that a zone should publish.
struct wanted_record {
  std::string type;
  std::string name;
  std::string content;
  std::optional<std::uint16_t> priority;
};

/// Never with the private key.
struct dkim_key_view {
  std::string domain;  ///< A-labels
  std::string selector;
  std::string type;   ///< `rsa` or `ed25519`
  std::string state;  ///< `pending`, `active` or `retired`
  /// Pending until the node sees its record in the DNS; then it signs.
  bool waits_for_record = false;
  wall_time created;
  std::optional<wall_time> retired;
  wanted_record record;
};

struct dkim_key_request {
  std::string type = "rsa";
  std::string selector;  ///< empty: chosen
  bool active = false;   ///< signs once its record is in the DNS; otherwise once it is activated
};

/// Threads: any. May wait for the disk. Fails as config::dkim_keys does: errc::malformed,
/// errc::conflict, errc::not_found, errc::limit_exceeded, errc::denied, errc::unavailable.
class dkim_service {
 public:
  virtual ~dkim_service() = default;
  [[nodiscard]] virtual result<std::vector<dkim_key_view>> list(std::string_view domain) = 0;
  virtual result<dkim_key_view> generate(std::string_view domain,
                                         const dkim_key_request& wanted) = 0;
  virtual result<dkim_key_view> activate(std::string_view domain, std::string_view selector) = 0;
  virtual result<dkim_key_view> retire(std::string_view domain, std::string_view selector) = 0;
  virtual result<void> remove(std::string_view domain, std::string_view selector) = 0;
  /// What the domain has to publish for its mail to verify: the signing keys, and, for a type
  /// without one, those that wait for their record. Empty also if the keys cannot be read.
  [[nodiscard]] virtual std::vector<wanted_record> records(std::string_view domain) = 0;

  // Keys belong to the zone that created them, and only those of active zones are in use. Failures
  // go to the log: what was committed stays committed. The zone has lost its name: its keys are
  // kept for it, but no longer sign.
  virtual void put_away(std::string_view /*domain*/, std::string_view /*zone_id*/) {}
  /// The zone has got its name (back): keys in use are put away without an owner, and its own are
  /// in use again.
  virtual void bring_back(std::string_view /*domain*/, std::string_view /*zone_id*/) {}
  /// The zone was deleted, and so are its keys; with `in_use`, those under the name are its own.
  virtual void discard(std::string_view /*domain*/, std::string_view /*zone_id*/,
                       bool /*in_use*/) {}
};

}  // namespace signpost::api
