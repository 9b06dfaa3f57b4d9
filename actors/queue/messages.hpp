// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the SCHEDULER and its destination queues say to each other, and operators to them.
// These messages stay in the process: what may go to another node is in cluster/wire.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/queue/delivery_job.hpp"
#include "base/body.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/queue/envelope.hpp"
#include "model/queue/next_hop.hpp"

namespace signpost::actors {

/// Envelopes that are durable and wait for an attempt.
struct new_work {
  std::shared_ptr<const model::message_record> record;
  body_ptr body;
  std::vector<model::envelope> envelopes;
};

struct enqueue_job {
  job_ptr job;
};
/// Jobs that a destination queue has no room for at the moment: they are due in the spool as
/// before. Claimed.
struct jobs_returned {
  std::vector<job_ptr> jobs;
};
/// How a destination queue gets on with its site.
struct site_news {
  std::string site;
  bool proven = false;    ///< it has answered, and nothing went wrong since
  bool troubled = false;  ///< it gets one attempt at a time, if any
  steady_time suspended_until{};
};
/// An operator asks for an attempt now, even if it is suspended.
struct wake_site {};
/// The job's envelopes are durable in their new state, or (`durable` false) as they were before.
struct job_settled {
  job_ptr job;
  bool durable = true;
  /// When the first of them is due again at its next hop; nothing if none is.
  std::optional<wall_time> next_due;
  /// Those of them that now go to another destination, in their present state: new work.
  std::vector<model::envelope> moved;
  /// If the attempt was cut: those of them that are not final, as they are now.
  std::vector<model::envelope> left = {};
};
/// A destination queue has had nothing to do for a while.
struct destination_idle {
  std::string site;
};

/// What the operator asks for: an attempt now, or removal. `done` gets how many envelopes it was.
struct queue_command {
  enum class kind { retry, remove } what = kind::retry;
  model::queue_id id;        ///< all envelopes of this message…
  model::next_hop next_hop;  ///< …or, if the id is empty, all of this next hop
  std::function<void(result<std::size_t>)> done;
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::new_work)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::enqueue_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::jobs_returned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::site_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::wake_site)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::job_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::destination_idle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::queue_command)
