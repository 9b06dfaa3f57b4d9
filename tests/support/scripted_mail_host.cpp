// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_mail_host.hpp"

#include <utility>

namespace signpost::test {
namespace {

std::string between_brackets(std::string_view line) {
  const auto from = line.find('<') + 1;
  return std::string(line.substr(from, line.find('>') - from));
}

std::string unstuffed(std::string_view octets) {
  std::string out;
  while (!octets.empty()) {
    auto line = octets.substr(0, octets.find("\r\n") + 2);
    octets.remove_prefix(line.size());
    if (line.starts_with('.')) line.remove_prefix(1);
    out += line;
  }
  return out;
}

}  // namespace

scripted_mail_host::scripted_mail_host(fake_executor& network, std::string_view address,
                                       std::uint16_t port)
    : network_(network), where_{*ip_address::parse(address), port} {
  apply();
}

void scripted_mail_host::apply() {
  network_.on_connect(where_, {.outcome = connect,
                               .tls = tls,
                               .accepted = [this](std::shared_ptr<fake_peer> p) { begin(p); }});
}

void scripted_mail_host::begin(const std::shared_ptr<fake_peer>& peer) {
  auto state = std::make_shared<session_state>();
  state->number = sessions.size();
  sessions.push_back(peer);
  // The peer owns its script: no reference back that would keep it alive.
  peer->on_output = [this, state, p = peer.get()](std::string_view bytes) {
    input(*p, *state, bytes);
  };
  say(*peer, "banner", "220 mx.test ESMTP");
}

bool scripted_mail_host::say(fake_peer& peer, std::string_view line, const std::string& otherwise) {
  const auto scripted = answer ? answer(line) : std::string();
  if (scripted == "silence") return false;
  if (scripted == "close") {
    peer.close("the peer closed the connection");
    return false;
  }
  const auto& words = scripted.empty() ? otherwise : scripted;
  peer.send(words + "\r\n");
  return words.front() == '2' || words.front() == '3';
}

void scripted_mail_host::input(fake_peer& peer, session_state& s, std::string_view bytes) {
  s.input += bytes;
  for (;;) {
    if (s.in_data) {
      const bool empty = s.input.starts_with(".\r\n");
      const auto end = empty ? 0 : s.input.find("\r\n.\r\n");
      if (end == std::string::npos) return;
      s.current.octets = unstuffed(std::string_view(s.input).substr(0, empty ? 0 : end + 2));
      s.input.erase(0, empty ? 3 : end + 5);
      content_ended(peer, s);
      continue;
    }
    const auto end = s.input.find("\r\n");
    if (end == std::string::npos) return;
    const auto line = s.input.substr(0, end);
    s.input.erase(0, end + 2);
    command(peer, s, line);
  }
}

void scripted_mail_host::content_ended(fake_peer& peer, session_state& s) {
  s.in_data = false;
  s.current.session = s.number;
  if (say(peer, ".", "250 2.0.0 taken")) messages.push_back(std::exchange(s.current, {}));
}

void scripted_mail_host::command(fake_peer& peer, session_state& s, const std::string& line) {
  commands.push_back(line);
  if (line.starts_with("EHLO")) {
    std::string words = "250-mx.test\r\n";
    if (pipelining) words += "250-PIPELINING\r\n";
    if (offer_starttls && !peer.tls_active()) words += "250-STARTTLS\r\n";
    if (eight_bit_mime) words += "250-8BITMIME\r\n";
    say(peer, line, words + "250-ENHANCEDSTATUSCODES\r\n250 SIZE 10000000");
  } else if (line.starts_with("MAIL")) {
    s.current = {};
    if (say(peer, line, "250 2.1.0 ok")) s.current.sender = between_brackets(line);
  } else if (line.starts_with("RCPT")) {
    if (say(peer, line, "250 2.1.5 ok")) s.current.recipients.push_back(between_brackets(line));
  } else if (line == "DATA") {
    s.in_data = say(peer, line, s.current.recipients.empty() ? "503 5.5.1 no recipient" : "354 go");
  } else if (line == "STARTTLS") {
    say(peer, line, "220 2.0.0 ready");
  } else if (line == "QUIT") {
    say(peer, line, "221 2.0.0 bye");
    peer.close("the peer closed the connection");
  } else {
    say(peer, line, "250 2.0.0 ok");
  }
}

}  // namespace signpost::test
