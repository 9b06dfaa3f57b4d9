// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the API asks of the running node: orders about its queue, mail of its own, copies of its
// databases, and what only the node can tell.
//
//     const auto count = wait_for<std::size_t>(                          // api/frame/wait_for.hpp
//         [&](auto done) { node.retry(id, std::move(done)); }, seconds(20));
//
// Only values go in and come back, never a reference to anything of the node, so that an
// implementation may ask another node. `tests/apps/node_operations_contract_test.cpp` is what each
// implementation keeps.
//
// Threads: every function from any thread. `done` is called exactly once, perhaps before the
// function returns and on any thread, and must not block. It hears errc::unavailable if the node
// ends first. The functions wait for nobody but, where it says so, this node's disk; how long an
// answer may take is for the caller to say. An order that nobody waits for any more may still be
// carried out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "base/result.hpp"
#include "model/queue/next_hop.hpp"
#include "model/queue/queue_id.hpp"

namespace signpost::api {

struct node_state;  // api/frame/node_state.hpp

/// A message, or all that waits for a next hop.
using queue_target = std::variant<model::queue_id, model::next_hop>;

/// A mail that the node writes to a user: the verification of an address.
struct own_mail {
  std::string to;
  std::string subject;
  std::string text;  ///< plain, lines end with \n
};

/// A copy of the node's databases, in a folder of its own.
struct snapshot_report {
  std::string path;
  std::uint64_t messages = 0;
  std::uint64_t recipients = 0;
};

class node_operations {
 public:
  template <typename T>
  using answer_to = std::function<void(result<T>)>;

  virtual ~node_operations() = default;

  // ---- the queue

  /// Tries to deliver now. The answer is for how many recipients; errc::not_found: nothing waits
  /// there; errc::conflict: all of it is being delivered.
  virtual void retry(queue_target what, answer_to<std::size_t> done) = 0;
  /// Removes without telling anybody; answered when that is durable. As `retry`.
  virtual void remove(queue_target what, answer_to<std::size_t> done) = 0;

  // ---- mail of its own

  /// Puts a mail into the queue, signed like all mail; answered when it is durable.
  /// errc::malformed: the address, or text that is not UTF-8; errc::denied: the address is one of
  /// this node's, and its rules take no mail for it; errc::limit_exceeded: too long.
  virtual void send_mail(own_mail mail, answer_to<model::queue_id> done) = 0;
  /// The envelope sender under which mail from `sender` is forwarded in the name of `zone` (empty:
  /// of the node). Empty for the null reverse-path, or if there can be none.
  virtual void rewritten_sender(std::string sender, std::string zone,
                                answer_to<std::string> done) = 0;

  // ---- keys

  /// DKIM keys have changed: those in the directory are in force when this is answered. May wait
  /// for the disk.
  virtual void dkim_changed(answer_to<void> done) = 0;
  /// The key of the signatures that the requests of a rule's webhook carry, as its receiver has to
  /// be told it.
  virtual void webhook_secret(std::string zone_name, std::string rule_id,
                              answer_to<std::string> done) = 0;

  // ---- the node as a whole

  /// What cannot be learnt in time is left out.
  virtual void status(answer_to<node_state> done) = 0;
  /// Copies the databases into a folder on their own disk; a copy made before is replaced.
  /// errc::conflict: one is being made; errc::no_space, errc::unavailable, errc::corrupt: the disk.
  virtual void make_snapshot(answer_to<snapshot_report> done) = 0;
  /// Removes the copy, if there is one. May wait for the disk. errc::conflict: it is being made.
  virtual void remove_snapshot(answer_to<void> done) = 0;
};

}  // namespace signpost::api
