// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `mime-corpus`: messages of all sorts that must be forwarded byte for byte behind our prefix.
// They are judged in the form they have on the wire (line ends as CRLF), from client to server
// session, and those that cannot travel as they are must be refused, never altered.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <variant>

#include "base/text.hpp"
#include "proto/imf/fields.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/mime_walk.hpp"
#include "proto/imf/received.hpp"
#include "proto/imf/traits.hpp"
#include "proto/smtp/client_session.hpp"
#include "proto/smtp/server_session.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

// A file with lone LF stands for a message with CRLF; one that mixes its line ends stays what it
// is. RFC 5321 §4.1.1.4: the last line of a message on the wire is always ended.
std::string on_the_wire(const json& one, std::string octets) {
  if (one.at("eol") == "mixed" && !one.at("smtp_legal").get<bool>()) return octets;
  std::string out;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (octets[i] == '\n' && (i == 0 || octets[i - 1] != '\r')) out.push_back('\r');
    out.push_back(octets[i]);
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

std::string our_prefix() {
  return imf::received_field({.helo = "client.example.net",
                              .client_address = *ip_address::parse("192.0.2.1"),
                              .by_host = "mx.example.org",
                              .queue_id = "0123456789",
                              .date = "Mon, 23 Nov 2026 20:46:00 +0000"});
}

// The fields, the blank line and the body are all octets of the message, in order.
bool covers_all(const imf::message_view& view) {
  std::string joined;
  for (const auto& field : view.fields()) joined += field.whole;
  const auto separator = view.octets().substr(view.header_section().size(),
                                              view.body_offset() - view.header_section().size());
  joined += separator;
  joined += view.body();
  return view.octets().ends_with(joined)
         && view.octets().size() - joined.size()
                <= imf::first_line(view.octets()).whole.size();  // a mailbox file's From line
}

// `header_bytes` is the place of the first blank line; a line that is no field ends it before.
bool header_ends_where_wanted(const json& one, const imf::message_view& view) {
  const auto wanted = one.at("header_bytes").get<std::size_t>();
  if (view.has_separator() && view.body_offset() >= 4) return view.body_offset() - 4 == wanted;
  const auto line = imf::first_line(view.body()).content;
  const auto name = line.substr(0, line.find(':'));
  return view.body().empty() || name == line || name.find(' ') != std::string_view::npos;
}

std::size_t count_parts(const imf::message_view& view) {
  std::size_t parts = 0;
  static_cast<void>(imf::walk_parts(view, [&](const imf::mime_part&) {
    ++parts;
    return imf::walk_step::into;
  }));
  return parts;
}

std::string judge_view(const json& one, const std::string& octets) {
  const imf::message_view view(octets, imf::line_ends::lf);
  if (!covers_all(view)) return "fields and body are not the message";
  // With lone CR and LF in it the suite and RFC 5322 §2.3 do not mean the same by a line.
  if (!imf::has_bare_line_ends(octets) && !header_ends_where_wanted(one, view)) {
    return "body begins at " + std::to_string(view.body_offset()) + ", wanted behind "
           + one.at("header_bytes").dump();
  }
  if (view.find_all("From").size() != one.at("from_count")) return "number of From fields";
  if ((view.find("Message-ID") != nullptr) != one.at("msgid").get<bool>()) return "Message-ID";
  if (imf::has_eight_bit(octets) != one.at("eightbit").get<bool>()) return "eight-bit octets";
  return count_parts(view) == 0 ? "no part at all" : "";
}

std::string judge_prefix(const std::string& octets) {
  const auto prefix = our_prefix();
  const auto forwarded = prefix + octets;
  const imf::message_view view(octets, imf::line_ends::lf);
  const imf::message_view behind(forwarded, imf::line_ends::lf);
  if (!forwarded.ends_with(octets)) return "not byte for byte behind the prefix";
  if (behind.fields().empty() || behind.fields()[0].whole != prefix) return "prefix is altered";
  // The `From ` line of a mailbox file is no field: behind a prefix it ends the header.
  const bool from_line = octets.starts_with("From ");
  const bool same = behind.fields().size() == view.fields().size() + 1;
  return same || from_line ? "" : "another header behind the prefix";
}

// What the server session made of one message.
struct transfer {
  std::optional<std::string> received;
  std::optional<smtp::reply> refused;
};

smtp::final_reply not_kept() {
  return smtp::final_reply(smtp::refusal(smtp::reply{.code = 550, .lines = {"only looking"}}));
}

// Lets the server session answer everything that waits.
void answer(smtp::server_session& server, transfer& out) {
  while (auto event = server.next()) {
    if (std::holds_alternative<smtp::mail_event>(*event)) server.reply_mail(std::nullopt);
    if (std::holds_alternative<smtp::recipient_event>(*event)) server.reply_recipient(std::nullopt);
    if (auto* refused = std::get_if<smtp::refused_event>(&*event)) out.refused = refused->reply;
    if (auto* message = std::get_if<smtp::message_event>(&*event)) {
      out.received = std::move(message->octets);
      server.reply_message(not_kept());
    }
  }
}

smtp::outgoing_message outgoing(const std::string& octets) {
  return {.sender = "ann@example.net",
          .recipients = {"bob@example.org"},
          .prefix = our_prefix(),
          .body = std::make_shared<const message_body>(octets),
          .eight_bit = imf::has_eight_bit(octets)};
}

// From our client session to our server session.
transfer send(smtp::server_session& server, const std::string& octets) {
  const smtp::client_options options{.host_name = "client.example.net",
                                     .tls = smtp::tls_mode::none};
  smtp::client_session client(options, {});
  transfer out;
  bool done = false;
  for (int round = 0; round < 1'000'000 && !done; ++round) {
    answer(server, out);
    const std::string to_client(server.output());
    server.consume_output(to_client.size());
    if (!to_client.empty()) client.receive(to_client, {});
    while (auto event = client.next()) {
      if (std::holds_alternative<smtp::ready_event>(*event)) client.start(outgoing(octets), {});
      done = done || std::holds_alternative<smtp::transaction_done_event>(*event)
             || std::holds_alternative<smtp::session_failed_event>(*event);
    }
    const std::string to_server(client.output());
    client.consume_output(to_server.size(), {});
    if (!to_server.empty()) server.receive(to_server, {});
    if (to_client.empty() && to_server.empty()) break;
  }
  return out;
}

// A stranger's client, which puts the octets on the wire as they are but for the dots.
transfer send_raw(smtp::server_session& server, const std::string& octets) {
  std::string data;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const bool starts = i == 0 || (i > 1 && octets.compare(i - 2, 2, "\r\n") == 0);
    if (starts && octets[i] == '.') data.push_back('.');
    data.push_back(octets[i]);
  }
  transfer out;
  for (const auto& piece :
       {std::string("EHLO x.example\r\n"), std::string("MAIL FROM:<a@example.net>\r\n"),
        std::string("RCPT TO:<b@example.org>\r\n"), std::string("DATA\r\n"), data,
        std::string("\r\n.\r\n")}) {
    server.receive(piece, {});
    answer(server, out);
  }
  return out;
}

std::string judge_transfer(const std::string& octets) {
  const smtp::server_options options{.host_name = "mx.example.org"};
  memory_budget budget(64U << 20);
  smtp::server_session server(options, budget, *ip_address::parse("192.0.2.1"), {});
  // RFC 5321 §2.3.8: CR and LF only as CRLF; RFC 5321 §4.5.2: and no NUL.
  const bool legal = !imf::has_bare_line_ends(octets) && octets.find('\0') == std::string::npos;
  const auto done = legal ? send(server, octets) : send_raw(server, octets);
  if (!legal) return done.refused && !done.received ? "" : "taken although it cannot travel";
  if (!done.received) return "not received by the server session";
  return *done.received == our_prefix() + octets ? "" : "altered between client and server";
}

std::string judge_case(const json& one, const std::string& octets) {
  const auto start = std::chrono::steady_clock::now();
  auto wrong = judge_view(one, octets);
  if (wrong.empty()) wrong = judge_prefix(octets);
  const auto took = std::chrono::steady_clock::now() - start;
  if (wrong.empty() && took > std::chrono::seconds(1)) wrong = "takes longer than a second";
  return wrong.empty() ? judge_transfer(octets) : wrong;
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path& folder) {
  std::vector<case_result> results;
  for (const auto& one : suite.at("cases")) {
    const auto octets = on_the_wire(one, read_file(folder / one.at("message").get<std::string>()));
    const auto wrong = judge_case(one, octets);
    results.push_back({case_id(one, "cases", results.size()), wrong.empty(), wrong});
  }
  return results;
}

}  // namespace

void register_mime_corpus();
void register_mime_corpus() {
  register_kind("mime-corpus", judge_suite);
}

}  // namespace signpost::conformance
