// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where DKIM keys are: in the key directory of this machine, where a running node notices changes,
// or on another node, through its API. For the files of this folder only.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/signpost/client/api_client.hpp"
#include "apps/signpost/commands.hpp"
#include "base/clock.hpp"

namespace signpost::cli {

/// A key as shown; never with its private half.
struct dkim_row {
  std::string domain;
  std::string selector;
  std::string type;        ///< rsa or ed25519
  std::uint64_t bits = 0;  ///< 0 = unknown
  std::string state;       ///< pending, active or retired
  bool waits_for_record = false;  ///< pending until the node sees its record
  wall_time created;
  std::optional<wall_time> retired;
  std::string name;   ///< of the TXT record
  std::string value;  ///< its contents, in one piece
};

struct dkim_wish {
  std::string type;      ///< rsa or ed25519
  std::string selector;  ///< empty: chosen
  bool active = false;     ///< at once
  bool when_seen = false;  ///< once the node sees its record
};

class dkim_place {
 public:
  virtual ~dkim_place() = default;
  /// Of all domains if `domain` is empty.
  [[nodiscard]] virtual answer<std::vector<dkim_row>> list(const std::string& domain) = 0;
  [[nodiscard]] virtual answer<dkim_row> generate(const std::string& domain,
                                                  const dkim_wish& wish) = 0;
  /// The key signs from now on; the previous one is retired.
  [[nodiscard]] virtual answer<void> activate(const std::string& domain,
                                              const std::string& selector) = 0;
  [[nodiscard]] virtual answer<void> remove(const std::string& domain,
                                            const std::string& selector) = 0;
  /// How long a retired key's record must stay.
  [[nodiscard]] virtual milliseconds retired_kept() const = 0;
  /// For messages: the directory, or the server.
  [[nodiscard]] virtual std::string name() const = 0;
};

/// `context` must outlive it.
[[nodiscard]] answer<std::unique_ptr<dkim_place>> local_keys(const command_context& context);
[[nodiscard]] std::unique_ptr<dkim_place> remote_keys(api_client client);

}  // namespace signpost::cli
