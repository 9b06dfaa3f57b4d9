// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A client session joined to a connection: bytes in both directions, STARTTLS, timeouts, and the
// octets of large messages that are read while they are sent.
//
// Threads: its executor's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/ip.hpp"
#include "monitoring/families.hpp"
#include "net/loop/transport.hpp"
#include "proto/smtp/client_session.hpp"

namespace signpost::actors {

struct delivery_options {
  smtp::client_options client;
  /// The same without STARTTLS, for the second try at a host whose handshake failed.
  smtp::client_options client_without_tls;
  milliseconds connect_timeout = std::chrono::seconds(30);
  /// The longest that one attempt may take, not counting the reply to the final dot, for an empty
  /// message; the time for its length at `client.data_rate_min` is added.
  milliseconds attempt_deadline = std::chrono::minutes(30);
  /// Local addresses to connect from; unspecified = the kernel's choice.
  ip_address source_v4;
  ip_address source_v6;
  /// How many sessions may be refused within one attempt before it is given up.
  std::size_t sessions_max = 2;
  /// How long an unused session is kept for the next message, and how many messages it may carry.
  milliseconds idle_max = std::chrono::seconds(5);
  std::uint32_t transactions_max = 100;
  monitoring::metrics* metrics = nullptr;  ///< never null in a node
};

class delivery_session final : private net::connection_handler {
 public:
  /// The receiver of events; set again for each message.
  class owner {
   public:
    virtual ~owner() = default;
    virtual void session_ready() = 0;
    virtual void session_failed(const smtp::session_failed_event& failure) = 0;
    virtual void transaction_done(smtp::transaction_done_event done) = 0;
  };

  delivery_session(net::executor& network, const delivery_options& options, bool with_tls,
                   std::string host, std::unique_ptr<net::connection> connection);
  ~delivery_session() override;

  /// nullptr: nobody waits for it, and events only end it.
  void set_owner(owner* o) { owner_ = o; }
  void start(const smtp::outgoing_message& message);
  /// Sends QUIT and closes soon.
  void quit();
  /// Breaks off; false if the message was sent completely: then its reply, for which there is a
  /// timeout, must be waited for.
  bool give_up(std::string_view reason);
  /// Ends it even if the host has the whole message and its reply is missing.
  void abandon();

  /// True if a message may be started.
  [[nodiscard]] bool usable() const;
  [[nodiscard]] std::uint32_t transactions() const { return session_.transactions(); }
  /// What the host offers; after session_ready().
  [[nodiscard]] const smtp::capabilities& offered() const { return session_.offered(); }
  [[nodiscard]] const endpoint& peer() const { return connection_->peer(); }
  [[nodiscard]] const std::string& host() const { return host_; }
  /// `TLSv1.3 TLS_AES_256_GCM_SHA384 (verified)`; empty = plaintext.
  [[nodiscard]] const std::string& tls() const { return tls_; }
  /// The error that came instead of the octets of the message; the session has then ended.
  [[nodiscard]] const std::optional<error>& content_failure() const { return content_failure_; }

 private:
  void on_data(std::string_view bytes) override;
  void on_drained() override;
  void on_tls(const net::tls_state& state) override;
  void on_closed(std::string_view reason) override;

  /// Hands out events and sends pending output. May destroy `this` through the owner.
  void pump();
  void send_output();
  void ask_for_content();
  void content_came(result<std::string> octets);
  void arm_deadline();
  void deadline_passed();

  net::executor& network_;
  const delivery_options& options_;
  std::string host_;
  std::unique_ptr<net::connection> connection_;
  smtp::client_session session_;
  owner* owner_ = nullptr;
  std::string tls_;
  std::optional<error> content_failure_;
  bool closed_ = false;
  bool handshaking_ = false;
  /// Of the last piece of content that was requested: older ones come too late.
  std::uint64_t content_ticket_ = 0;
  std::unique_ptr<net::timer> timer_;
  steady_time armed_for_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace signpost::actors
