// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The real `connection`: a stream socket (TCP, or a Unix socket) on an event loop. For the other
// files of net/; everything else uses net/loop/transport.hpp.
//
// No callback is made inside a call of the owner: what was written in one turn of the loop is sent
// at its end, and failures are reported then. The owner may destroy the connection in any callback.
// After on_closed because of the peer's end of stream, `close()` still sends unsent data (a peer
// that ends its side first may still need our last replies). A handshake has no timeout of its own:
// the owner's deadline covers it.
#pragma once

#include <memory>

#include "net/loop/loop_core.hpp"
#include "net/loop/socket_stream.hpp"
#include "net/loop/transport.hpp"

namespace signpost::net {

/// What start_tls_server offers on one connection, instead of the loop's.
struct server_tls {
  std::shared_ptr<const tls_server_context> context;
  tls_protocol spoken = tls_protocol::any;
};

/// Takes a connected non-blocking socket and sets TCP_NODELAY on it. Reading begins immediately;
/// bytes wait in the kernel until a handler is set.
std::unique_ptr<connection> make_connection(loop_core& core, unique_fd fd, const endpoint& peer,
                                            server_tls tls = {});

}  // namespace signpost::net
