// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Ownership of zones: its proof, and what follows from it (docs/decisions/0007).
//
//     const auto seen = look_at_ownership(world, zone, true);                   // asks the DNS
//     SP_TRY(const auto done, commit_change<ownership_outcome>(world, "zone", [&](auto& t) {
//       return settle_ownership(world, t, zone.id, seen, {});
//     }));
//     follow_up(world, done);                                                   // DKIM keys, log
//
// Only the administrator of the domain's DNS can publish the zone's token there, so the TXT record
// proves ownership. An MX record for this service only shows that someone wants to use it: it
// counts while no other account claims the name, or a name above or below it.
//
// Threads: any; `look_at_ownership` waits for the DNS.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/frame/rest_call.hpp"
#include "api/frame/rest_problem.hpp"
#include "model/control/control_fwd.hpp"
#include "model/control/control_objects.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::api {

/// False while no proof is required: `zones.ownership`.
[[nodiscard]] result<bool> wants_proof(const rest_world& world, const model::control_reader& now);
/// Why only the administrator may have a zone with this name; nothing if anybody may.
[[nodiscard]] std::optional<std::string> reserved_because(const rest_world& world,
                                                          std::string_view name);

/// What the DNS says. Nothing is concluded from unanswered queries.
struct ownership_evidence {
  bool txt_answered = false;
  std::vector<std::string> texts;  ///< TXT records at the place of the zone's own
  bool mx_answered = false;
  bool mx_here = false;   ///< one of the MX records is this service
  bool mx_alone = false;  ///< and no other host is named
  bool public_suffix = false;  ///< RFC 9989 §4.10: `psd=y`
};

[[nodiscard]] std::vector<dns::question> ownership_questions(const model::zone_object& zone);
/// `answers`: to those questions, in their order; nothing where no answer came.
[[nodiscard]] ownership_evidence evidence_of(
    const rest_world& world, const model::zone_object& zone,
    const std::vector<std::optional<dns::answer>>& answers);
/// The thread of a request is one of the gateway's few.
inline constexpr std::chrono::seconds ownership_wait_max{3};
/// Queries the DNS and waits `ownership_wait_max` at most. Without `txt` that record is not
/// queried: for a new zone it cannot exist yet, and its absence would be cached.
[[nodiscard]] ownership_evidence look_at_ownership(const rest_world& world,
                                                   const model::zone_object& zone, bool txt);

struct ownership_outcome {
  model::zone_object zone;  ///< as it is now
  bool activated = false;
  bool deactivated = false;
  bool proof_went = false;  ///< since now
  /// What keeps a zone from being active, or threatens to; otherwise empty.
  std::string obstacle;
  /// The zone of another account that had to give up the name.
  std::optional<model::zone_object> displaced;
};

/// Updates the zone's status according to the evidence, with audit entries in every account
/// concerned. `call`: on whose behalf; nullptr = the node's own check. errc::not_found if the zone
/// was deleted.
[[nodiscard]] answer<ownership_outcome> settle_ownership(const rest_world& world,
                                                         model::control_transaction& t,
                                                         const std::string& zone_id,
                                                         const ownership_evidence& seen,
                                                         const rest_call* call = nullptr);
/// By decision of the administrator: active from now on.
[[nodiscard]] answer<ownership_outcome> grant_ownership(const rest_world& world,
                                                        model::control_transaction& t,
                                                        const std::string& zone_id,
                                                        const rest_call& call);
/// After the change was committed: keys of zones that lost their names are set aside, and this is
/// logged.
void follow_up(const rest_world& world, const ownership_outcome& outcome);

/// The initial state of a new zone, with what keeps it from being active. A caller that may write
/// the zones above and below it speaks for their accounts; `vouched`: the administrator vouches for
/// its ownership.
struct first_ownership {
  model::zone_ownership ownership;
  std::string obstacle;
};
[[nodiscard]] answer<first_ownership> first_ownership_of(const rest_call& call,
                                                         const model::control_reader& now,
                                                         const model::zone_object& zone,
                                                         const ownership_evidence& seen,
                                                         bool vouched);

/// The whole check for the zone of a request; 429 if made too often.
[[nodiscard]] answer<ownership_outcome> check_ownership(const rest_call& call);

/// After the zone was removed: so are its DKIM keys.
void follow_up_removal(const rest_world& world, const model::zone_object& zone);
/// Records, with the removal of a zone, who owned the name: an MX record that still points here
/// proves nothing for another account.
[[nodiscard]] result<void> remember_owner(model::control_transaction& t,
                                          const model::zone_object& zone);

/// How often the DNS is queried for one zone on request.
///
/// Threads: any. Limits: `zones_max` zones are remembered.
class ownership_checks {
 public:
  static constexpr std::size_t zones_max = 20'000;

  /// Seconds until the next check is allowed; 0: it is allowed now, and is counted.
  [[nodiscard]] int wait_for_turn(std::string_view zone, steady_time now,
                                  std::uint64_t per_hour_max);

 private:
  struct window {
    steady_time began;
    std::uint64_t checks = 0;
  };
  std::mutex mutex_;
  std::map<std::string, window, std::less<>> zones_;  // guarded by mutex_
};

/// `{status, proof, record, proof_missing_since, obstacle}` for the extensions.
[[nodiscard]] json ownership_json(const rest_world& world, const model::zone_object& zone,
                                  std::string_view obstacle);

}  // namespace signpost::api
