// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Who signs what leaves us (DKIM, ARC): the SEALER writes a signature's field, the signer has the
// key. Behind it may be this node's keys or another node that has the role.
//
//     const auto names = signer.names();                    // which keys sign for which domain
//     if (auto now = signer.sign(question)) use(*now);      // they are here
//     else signer.ask(question, [](auto answer) { … });     // another node has them
//
// A signer does not take the word of the one who asks. It reads the header it is given, looks
// whether the copy may carry that signature, and makes the digest itself.
//
// Threads: any.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/wire/signing.hpp"
#include "proto/crypto/keys.hpp"

namespace signpost::cluster {

/// A key as everybody may know it.
struct key_name {
  std::string selector;  ///< `s=`
  crypto::key_type type = crypto::key_type::rsa;
};

/// By domain (`d=`, in A-labels and lower case), in the order in which they sign.
using key_names = std::map<std::string, std::vector<key_name>, std::less<>>;
using key_names_ptr = std::shared_ptr<const key_names>;

class signer {
 public:
  using answer = wire::signing_answer;

  virtual ~signer() = default;

  /// The keys that sign now; never nullptr. The same object for as long as they are the same.
  [[nodiscard]] virtual key_names_ptr names() const = 0;
  /// The signature, or why there is none; nothing if another node must be asked. Does not wait.
  [[nodiscard]] virtual std::optional<answer> sign(const wire::signing_question& question) = 0;
  /// The same in any case. Takes what it needs of `question` before it returns. `done` is called
  /// once, on any thread, also before this returns: with errc::unavailable if nobody could be asked
  /// within the time that a copy may wait; it is then to be tried again later.
  virtual void ask(const wire::signing_question& question, std::function<void(answer)> done) = 0;
};

}  // namespace signpost::cluster
