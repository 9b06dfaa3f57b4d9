// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Keys on another node, which answers when the test says so.
//
//     fake_signer elsewhere(keys);       // keys: a signer that has them
//     …                                  // a copy is sealed
//     elsewhere.answer_all();            // or refuse_all(): nobody could be asked
//
// Threads: one.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/signing/signer.hpp"

namespace signpost::test {

class fake_signer final : public cluster::signer {
 public:
  explicit fake_signer(cluster::signer& keys) : keys_(keys) {}

  // What was asked for.
  std::vector<cluster::wire::signature_kind> kinds;

  [[nodiscard]] cluster::key_names_ptr names() const override { return keys_.names(); }
  [[nodiscard]] std::optional<answer> sign(const cluster::wire::signing_question&) override {
    return std::nullopt;
  }
  void ask(const cluster::wire::signing_question& question,
           std::function<void(answer)> done) override {
    kinds.push_back(question.kind);
    waiting_.push_back({question, std::move(done)});
  }

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  void answer_all() {
    for (auto& one : std::exchange(waiting_, {})) one.done(*keys_.sign(one.question));
  }
  void refuse_all() {
    for (auto& one : std::exchange(waiting_, {})) {
      one.done(fail(errc::unavailable, "no node with the role answers"));
    }
  }

 private:
  struct request {
    cluster::wire::signing_question question;
    std::function<void(answer)> done;
  };

  cluster::signer& keys_;
  std::vector<request> waiting_;
};

}  // namespace signpost::test
