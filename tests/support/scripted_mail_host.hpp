// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// An SMTP server at an address of the fake network that says what a test wants.
//
//     scripted_mail_host host(network, "192.0.2.1");
//     host.answer = [](std::string_view line) { return line.starts_with("RCPT") ? "550 no" : ""; };
//     … EXPECT_EQ(host.messages.size(), 1U);
//
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fake_transport.hpp"

namespace signpost::test {

class scripted_mail_host {
 public:
  struct message {
    std::string sender;
    std::vector<std::string> recipients;
    std::string octets;  ///< dots unstuffed
    std::size_t session = 0;
  };

  scripted_mail_host(fake_executor& network, std::string_view address, std::uint16_t port = 25);
  scripted_mail_host(const scripted_mail_host&) = delete;
  scripted_mail_host& operator=(const scripted_mail_host&) = delete;

  /// What to say to a command line; `.` after the content, `banner` at the beginning. Empty: what
  /// a friendly server says. `silence`: nothing. `close`: ends the connection.
  std::function<std::string(std::string_view line)> answer;
  bool offer_starttls = false;
  bool eight_bit_mime = true;
  bool pipelining = true;
  fake_tls tls = fake_tls::succeeds;
  enum fake_destination::outcome connect = fake_destination::outcome::accept;
  /// Puts changed `tls` and `connect` into force.
  void apply();

  std::vector<message> messages;
  std::vector<std::string> commands;
  std::vector<std::shared_ptr<fake_peer>> sessions;
  [[nodiscard]] const endpoint& where() const { return where_; }

 private:
  struct session_state {
    std::size_t number = 0;
    std::string input;
    bool in_data = false;
    message current;
  };
  void begin(const std::shared_ptr<fake_peer>& peer);
  void input(fake_peer& peer, session_state& s, std::string_view bytes);
  void command(fake_peer& peer, session_state& s, const std::string& line);
  void content_ended(fake_peer& peer, session_state& s);
  bool say(fake_peer& peer, std::string_view line, const std::string& otherwise);

  fake_executor& network_;
  endpoint where_;
};

}  // namespace signpost::test
