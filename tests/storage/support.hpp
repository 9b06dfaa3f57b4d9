// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the spool share: messages, and short ways to say things.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/spool/spool.hpp"
#include "tests/storage/temporary_folder.hpp"

namespace signpost::storage {

/// Opens or fails the test.
std::unique_ptr<spool> must_open(const spool_options& options);

struct message_options {
  std::size_t recipients = 1;
  wall_time due = start;
  std::string next_hop = "dest.example";
  std::string sender = "alice@sender.example";
  std::size_t octets = 3000;
  std::string client = "192.0.2.1";
};
/// A message with everything filled in; its body is a function of its id.
new_message make_message(spool& spool, const message_options& options = {});
std::string body_of(const model::queue_id& id, std::size_t octets);

/// Commits one message and returns it.
new_message accept(spool& spool, const message_options& options = {});

/// The envelope after an attempt.
envelope_update settled(const model::envelope& before, model::outcome state);
envelope_update deferred(const model::envelope& before, wall_time next_attempt);
/// Commits one update.
result<void> commit(spool& spool, envelope_update update);

/// Everything that is due, in order.
std::vector<model::envelope> all_due(spool& spool,
                                     wall_time until = start + std::chrono::hours(99));

}  // namespace signpost::storage
