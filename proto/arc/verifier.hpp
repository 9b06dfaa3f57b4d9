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
// that is broken by its form asks no questions.
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
  /// Whether `oldest_pass` is found out: at the cost of a signature for each set but the last.
  bool find_oldest_pass = true;
};

/// A host that sealed the message, as far as its words are proven by a chain that passed.
struct sealer {
  unsigned instance = 0;
  std::string domain;    ///< `d=` of its ARC-Seal, in lower case and A-labels
  std::string selector;  ///< `s=` of its ARC-Seal
  std::string results;   ///< what it said of the message: its Authentication-Results, unfolded
};

struct validation {
  chain_status status = chain_status::none;
  /// Why it failed, for people; empty if it did not.
  std::string reason;
  /// It failed because the DNS did not answer; later it may not.
  bool temporary = false;
  /// The highest instance seen; 0 without chain.
  unsigned highest = 0;
  /// RFC 8617 §5.2 step 6: the oldest instance whose ARC-Message-Signature holds together with all
  /// later ones; 0 = all hold. Set only if the chain passed and it was asked for.
  unsigned oldest_pass = 0;
  /// From instance 1; empty if the chain is broken by its form.
  std::vector<sealer> sealers;
};

class verifier {
 public:
  /// Reads the chain. `hasher` must outlive the verifier.
  explicit verifier(dkim::message_hasher& hasher, verifier_options options = {});

  /// The names whose TXT records are needed, each once; none if the form is broken already.
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
