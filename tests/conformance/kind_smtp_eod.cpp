// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `smtp-eod`: octets that some servers take for the end of the data. Inbound they must not
// part one message into two; outbound they must not reach the wire.
#include "proto/smtp/client_session.hpp"
#include "proto/smtp/server_session.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

std::string from_hex(std::string_view hex) {
  std::string octets;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    octets += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return octets;
}

/// What a server session, whose owner refuses every message, was asked to take.
struct intake {
  std::vector<std::string> senders;
  std::vector<std::string> messages;
};

intake feed(std::string_view bytes, std::size_t piece) {
  static const smtp::server_options options{.host_name = "mx.example"};
  memory_budget budget(1 << 20);
  smtp::server_session session(options, budget, {}, {});
  intake got;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    session.receive(bytes.substr(at, piece), {});
    while (auto event = session.next()) {
      if (const auto* mail = std::get_if<smtp::mail_event>(&*event)) {
        got.senders.push_back(mail->sender.to_string());
        session.reply_mail({});
      } else if (std::holds_alternative<smtp::recipient_event>(*event)) {
        session.reply_recipient({});
      } else if (auto* message = std::get_if<smtp::message_event>(&*event)) {
        got.messages.push_back(std::move(message->octets));
        session.reply_message(smtp::final_reply(smtp::refusal({451, {4, 3, 0}, {"later"}})));
      }
    }
  }
  return got;
}

std::string complaint_about_inbound(const std::string& sequence) {
  const std::string text =
      "EHLO c.example\r\nMAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n"
      "Subject: x\r\n\r\nbody"
      + sequence
      + "MAIL FROM:<smuggled@x.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\nsecond\r\n.\r\n";
  for (const std::size_t piece : {text.size(), std::size_t{1}, std::size_t{7}}) {
    const auto got = feed(text, piece);
    if (got.senders.size() != 1) return "a second transaction was begun";
    if (got.messages.size() > 1) return "two messages";
  }
  return {};
}

/// The octets that a client session puts on the wire behind DATA.
std::string wire_of(const std::string& body) {
  static const smtp::client_options options{.host_name = "out.example",
                                            .tls = smtp::tls_mode::none};
  smtp::client_session session(options, {});
  std::string sent;
  const auto talk = [&](std::string_view reply) {
    session.receive(reply, {});
    sent = session.output();
    session.consume_output(sent.size(), {});
    while (session.next()) {
    }
  };
  talk("220 x\r\n");
  talk("250 x\r\n");
  session.start({.sender = "a@a.example",
                 .recipients = {"b@b.example"},
                 .body = std::make_shared<message_body>(body)},
                {});
  talk("");
  talk("250 ok\r\n");
  talk("250 ok\r\n");
  talk("354 go\r\n");
  return sent;
}

std::string complaint_about_outbound(const std::string& sequence) {
  const auto wire =
      wire_of("Subject: x\r\n\r\nbody" + sequence + "MAIL FROM:<smuggled@x.example>\r\n");
  for (std::size_t i = 0; i < wire.size(); ++i) {
    if (wire[i] == '\n' && (i == 0 || wire[i - 1] != '\r')) return "a bare LF on the wire";
    if (wire[i] == '\r' && (i + 1 == wire.size() || wire[i + 1] != '\n')) {
      return "a bare CR on the wire";
    }
  }
  const auto end = wire.find("\r\n.\r\n");
  if (end == std::string::npos || end + 5 != wire.size()) return "an unstuffed dot";
  return {};
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path&) {
  std::vector<case_result> results;
  std::size_t index = 0;
  for (const auto& one : suite.at("sequences")) {
    const auto sequence = from_hex(one.at("sequence_hex").get<std::string>());
    const auto id = case_id(one, "sequences", index++);
    for (const auto& direction : one.at("direction")) {
      const auto name = direction.get<std::string>();
      const auto wrong = name == "inbound" ? complaint_about_inbound(sequence)
                                           : complaint_about_outbound(sequence);
      results.push_back({id + "/" + name, wrong.empty(), wrong});
    }
  }
  return results;
}

}  // namespace

void register_smtp_eod();
void register_smtp_eod() {
  register_kind("smtp-eod", judge_suite);
}

}  // namespace signpost::conformance
