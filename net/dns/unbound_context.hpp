// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A configured libunbound context on an event loop. For unbound_resolver only.
#pragma once

#include <unbound.h>

#include <memory>

#include "base/result.hpp"
#include "net/dns/unbound_resolver.hpp"

struct event_base;

namespace signpost::net {

struct unbound_context_deleter {
  void operator()(ub_ctx* context) const { ub_ctx_delete(context); }
};
using unbound_context = std::unique_ptr<ub_ctx, unbound_context_deleter>;

/// errc::malformed as for `unbound_resolver::make`. The context must be used and deleted on the
/// thread of `base`, before it.
result<unbound_context> make_unbound_context(event_base* base, const unbound_options& options);

}  // namespace signpost::net
