// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// An owner for a server_session: answers its events and keeps what it said.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/smtp/server_session.hpp"

namespace signpost::cluster {
/// Stands in for the one of storage/: in this program nothing is stored.
class receipt_issuer {
 public:
  static commit_receipt pretend(std::string queue_id) {
    return commit_receipt(std::move(queue_id));
  }
};
}  // namespace signpost::cluster

namespace signpost::smtp::testing {

inline std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\r')
      out += "\\r";
    else if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + "\"";
}

template <typename... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

inline std::string to_text(const server_event& event) {
  return std::visit(
      overloaded{
          [](const hello_event& e) { return (e.extended ? "ehlo " : "helo ") + e.name; },
          [](const mail_event& e) {
            return "mail <" + e.sender.to_string() + ">"
                   + (e.size ? " size=" + std::to_string(*e.size) : "")
                   + (e.eight_bit ? " 8bit" : "") + (e.smtputf8 ? " smtputf8" : "");
          },
          [](const recipient_event& e) { return "rcpt <" + e.recipient.to_string() + ">"; },
          [](const message_event& e) { return "message " + in_quotes(e.octets); },
          [](const starttls_event&) { return std::string("starttls"); },
          [](const refused_event& e) {
            return "refused " + std::to_string(e.reply.code) + " " + std::string(e.reason);
          },
      },
      event);
}

struct server_driver {
  server_options options{.host_name = "mx.example"};
  memory_budget budget{64 * 1024 * 1024};
  /// Answers to mail, rcpt and message events in their order; beyond them all is accepted.
  std::deque<std::optional<refusal>> answers;
  std::vector<std::string> events;
  std::vector<std::string> messages;
  std::string said;
  steady_time now{};
  std::unique_ptr<server_session> session;

  server_driver() = default;
  void open() {
    session =
        std::make_unique<server_session>(options, budget, *ip_address::parse("192.0.2.7"), now);
    flush();
  }
  void receive(std::string_view bytes) {
    session->receive(bytes, now);
    bool held_back = false;
    do {
      while (auto event = session->next()) handle(std::move(*event));
      held_back = session->is_held_back();
      flush();
    } while (held_back);
  }
  void flush() {
    said += session->output();
    session->consume_output(session->output().size());
  }
  /// What was said since the last call.
  std::string take_said() { return std::exchange(said, {}); }

 private:
  std::optional<refusal> answer() {
    if (answers.empty()) return {};
    auto a = std::move(answers.front());
    answers.pop_front();
    return a;
  }
  void handle(server_event event) {
    events.push_back(to_text(event));
    if (std::holds_alternative<mail_event>(event)) {
      session->reply_mail(answer());
    } else if (std::holds_alternative<recipient_event>(event)) {
      session->reply_recipient(answer());
    } else if (auto* message = std::get_if<message_event>(&event)) {
      messages.push_back(std::move(message->octets));
      const auto refused = answer();
      session->reply_message(refused ? final_reply(*refused)
                                     : final_reply(cluster::receipt_issuer::pretend(
                                         "q" + std::to_string(messages.size()))));
    }
  }
};

}  // namespace signpost::smtp::testing
