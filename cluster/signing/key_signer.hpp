// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Signs with the keys of this node. Before it does it looks at what it is asked to sign:
//
// - the text is what a verifier would hash: fields as `h=` names them, then the signature's own;
// - `a=` and `s=` name a key of `d=`; `t=` is now (`clock_difference_max`);
// - `d=` is the service's own domain or, of DKIM, the zone's; ARC is sealed by the service alone;
// - who stands in From is among the authors that the claims name, and the domain may be lent to
//   them (model/authentication/alignment_guard.hpp); From of a message of our own is ours;
// - the envelope sender is of the zone or of the host, and may be lent, too, or is the proven one.
//
// Threads: any. Limits: `wire::signing_text_octets_max`. Keys and clock outlive it.
#pragma once

#include <chrono>
#include <string>

#include "base/clock.hpp"
#include "cluster/signing/signer.hpp"
#include "cluster/signing/signing_keys.hpp"

namespace signpost::cluster {

/// By how much the clocks of two nodes may differ.
inline constexpr std::chrono::minutes clock_difference_max{5};

/// Under which names the service speaks for itself.
struct service_names {
  std::string domain;  ///< `d=` of what it signs and seals, in A-labels and lower case
  std::string host;    ///< of the node
};

class key_signer final : public signer {
 public:
  key_signer(const signing_keys& keys, const clock& time, service_names own)
      : keys_(keys), time_(time), own_(std::move(own)) {}

  [[nodiscard]] key_names_ptr names() const override { return keys_.names(); }
  /// Always answers. errc::malformed: not what is signed; errc::denied: the copy may not claim it;
  /// errc::not_found: no such key now; errc::corrupt: the key cannot sign, which has no honest
  /// cause.
  [[nodiscard]] std::optional<answer> sign(const wire::signing_question& question) override;
  void ask(const wire::signing_question& question, std::function<void(answer)> done) override;

 private:
  [[nodiscard]] answer judged_and_signed(const wire::signing_question& question) const;

  const signing_keys& keys_;
  const clock& time_;
  service_names own_;
};

}  // namespace signpost::cluster
