// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One connection of an http_server: bytes to requests, responses to bytes, and a deadline for
// whatever it waits for. Not for other folders.
//
// Threads: the loop's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/body.hpp"
#include "net/http/http_request_parser.hpp"
#include "net/http/http_server.hpp"
#include "net/loop/loop_core.hpp"
#include "net/loop/transport.hpp"

namespace signpost::net {

/// The octets of a response. The handler's fields with a line break, another control character or
/// an invalid name are omitted, and so are those of the framing, which is decided here.
struct http_answer_form {
  bool http_1_0 = false;
  bool to_head = false;
  bool keep_alive = false;
};
std::string write_http_response(const http_response& what, const http_answer_form& form);

/// A refusal in the server's `refusal_form`, with its own status.
http_response in_form_of(const http_server_options& options, const http_request& seen,
                         http_response refusal);

class http_connection final : private connection_handler {
 public:
  /// What the connection needs from its server. `forget` destroys the connection.
  class owner {
   public:
    virtual void handle(std::uint64_t connection, std::uint64_t serial, http_request request) = 0;
    virtual void forget(std::uint64_t connection) = 0;
    /// Its client misuses TLS.
    virtual void misused(std::uint64_t connection) = 0;
    [[nodiscard]] virtual const http_server_options& options() const = 0;
    [[nodiscard]] virtual memory_budget& memory() = 0;

   protected:
    ~owner() = default;
  };

  struct origin {
    std::uint64_t id = 0;
    std::string peer;
    bool tls = false;
    memory_budget* client_memory = nullptr;  ///< its share; null: it has none
  };

  http_connection(loop_core& core, owner& server, std::unique_ptr<connection> stream, origin from);

  /// The answer to the request with that number; dropped if another one is expected.
  void respond(std::uint64_t serial, const http_response& response);
  /// The request with that number has lost its handler: 500.
  void give_up(std::uint64_t serial);
  /// Sends unsent data and closes; the object must not be used afterwards.
  void close() { stream_->close(); }

 private:
  enum class phase : std::uint8_t {
    handshake,
    idle,  ///< before a request's first octet
    receiving,
    handling,  ///< not read from: the kernel holds back further data
    sending,
  };

  void on_data(std::string_view bytes) override;
  void on_drained() override;
  void on_tls(const tls_state& state) override;
  void on_closed(std::string_view reason) override;

  std::size_t read(std::string_view bytes);
  void proceed();
  void dispatch();
  void refuse(int status, std::string_view reason);
  void send_refusal(const http_request& seen, http_response refusal, bool keep_alive = false);
  void send(const http_response& response, bool keep_alive);
  /// Takes this much memory from the budgets of the node and of the client.
  [[nodiscard]] bool hold(std::size_t octets);
  void answered();
  void enter(phase next, milliseconds at_most);
  void time_is_up();
  void check_progress();
  void end();

  owner& server_;
  std::unique_ptr<connection> stream_;
  const origin from_;
  http_request_parser parser_;
  memory_lease lease_;
  memory_lease client_lease_;
  std::string waiting_;  ///< received after the request that is being handled
  http_request seen_;    ///< the part of that request that a refusal may need
  scoped_event deadline_;
  std::uint64_t serial_ = 0;
  std::size_t unsent_before_ = 0;
  phase phase_ = phase::idle;
  bool head_ = false;
  bool http_1_0_ = false;
  bool keep_alive_ = true;
  bool continue_sent_ = false;
};

}  // namespace signpost::net
