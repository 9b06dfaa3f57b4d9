// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Validates the chain of one message (RFC 8617 §5.2).
//
//     dkim::message_hasher hasher(view);
//     arc::verifier arc(hasher);
//     for (const auto& name : arc.questions()) ask(name, dns::record_type::txt);
//     arc.answer(name, dkim::read_key(dns_answer));
//     const auto chain = arc.finish(now);      // chain.status: none, fail, pass
//
// Threads: one at a time. Limits: `instances_max` sets, two public key operations for each. A chain
// with a broken form makes no queries.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "proto/arc/set.hpp"
#include "proto/dkim/key_record.hpp"
#include "proto/dkim/verifier.hpp"

namespace signpost::arc {

struct verifier_options {
  int rsa_bits_min = crypto::rsa_signing_bits_min;
  /// Whether `oldest_pass` is determined, at the cost of one signature for each set except the
  /// last.
  bool find_oldest_pass = true;
};

/// A host that sealed the message, as far as a chain that passed proves its statements.
struct sealer {
  unsigned instance = 0;
  std::string domain;    ///< `d=` of its ARC-Seal, in lower case and A-labels
  std::string selector;  ///< `s=` of its ARC-Seal
  std::string results;   ///< its statements on the message: its Authentication-Results, unfolded
};

struct validation {
  chain_status status = chain_status::none;
  /// Why it failed, for human readers; empty if it did not.
  std::string reason;
  /// It failed because the DNS did not answer; later it may pass.
  bool temporary = false;
  /// The highest instance seen; 0 without chain.
  unsigned highest = 0;
  /// RFC 8617 §5.2 step 6: the oldest instance whose ARC-Message-Signature holds together with all
  /// later ones; 0 = all hold. Only set if the chain passed and it was requested.
  unsigned oldest_pass = 0;
  /// From instance 1; empty if the form of the chain is broken.
  std::vector<sealer> sealers;
};

class verifier {
 public:
  /// Reads the chain. `hasher` must outlive the verifier.
  explicit verifier(dkim::message_hasher& hasher, verifier_options options = {});

  /// The names whose TXT records are needed, each once; none if its form is broken.
  [[nodiscard]] std::vector<std::string> questions() const;
  void answer(std::string_view name, const dkim::found_key& key);
  [[nodiscard]] validation finish(wall_time now);

 private:
  [[nodiscard]] const dkim::found_key& key(const std::string& name) const;
  [[nodiscard]] dkim::key_objection check_message_signature(const arc_set& set, wall_time now);
  [[nodiscard]] dkim::key_objection check_seals();
  [[nodiscard]] unsigned oldest_pass(wall_time now);

  dkim::message_hasher& hasher_;
  verifier_options options_;
  chain chain_;
  std::map<std::string, dkim::found_key, std::less<>> keys_;
};

}  // namespace signpost::arc
