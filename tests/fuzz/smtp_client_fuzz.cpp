// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a server answers to the sending session, line by line and in pieces of lines. The input is:
// choices of ours, how the lines are cut, the answers.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "proto/smtp/client_session.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/smtp_support.hpp"

namespace signpost {
namespace {

constexpr int messages_max = 3;
constexpr steady_time now{};

struct conversation {
  std::string said;
  std::string events;
  friend bool operator==(const conversation&, const conversation&) = default;
};

smtp::outgoing_message message_of(std::uint8_t choice) {
  const bool utf8 = (choice & 16U) != 0;
  return {.sender = (choice & 32U) != 0 ? "" : "ann@shop.example",
          .recipients = {"a@b.example", utf8 ? "gr\xc3\xbc\xc3\x9f@b.example" : "b@b.example",
                         "c@b.example"},
          .prefix = "Received: from a\r\n",
          .body = std::make_shared<const message_body>("Subject: x\r\n\r\n.\r\n..x\r\nend\r\n"),
          .eight_bit = (choice & 8U) != 0,
          .smtputf8 = utf8};
}

class owner {
 public:
  owner(const smtp::client_options& options, std::uint8_t choice)
      : choice_(choice), session_(options, now) {
    settle();
  }

  void take(std::string_view bytes) {
    if (session_.finished()) return;
    session_.receive(bytes, now);
    settle();
  }
  // The end of every conversation: all that was begun has a result.
  conversation end() {
    if (!session_.finished()) session_.closed("the end");
    settle();
    SP_ASSERT(session_.finished());
    SP_ASSERT(done_ == started_);
    SP_ASSERT(fuzz::has_whole_lines(talk_.said));
    return talk_;
  }

 private:
  void settle() {
    for (bool moved = true; moved;) {
      moved = flush();
      while (auto event = session_.next()) {
        moved = true;
        std::visit([this](auto& e) { on(e); }, *event);
      }
    }
  }
  bool flush() {
    const auto out = session_.output();
    if (out.empty()) return false;
    talk_.said += out;
    session_.consume_output(out.size(), now);
    return true;
  }
  void note(std::string_view text) { talk_.events.append(text).append(1, '\n'); }
  void go_on() {
    if (!session_.idle()) return;
    if (started_ == messages_max) return session_.quit(now);
    ++started_;
    session_.start(message_of(choice_), now);
  }
  void on(const smtp::ready_event&) {
    note("ready");
    go_on();
  }
  void on(const smtp::client_starttls_event&) {
    note("starttls");
    if ((choice_ & 4U) != 0) return session_.closed("no");
    session_.tls_established({.version = "TLSv1.3"}, now);
  }
  void on(const smtp::session_failed_event& e) {
    note("failed " + e.stage);
    SP_ASSERT(done_ == started_);
  }
  void on(const smtp::transaction_done_event& e) {
    SP_ASSERT(done_ < started_);
    ++done_;
    SP_ASSERT(e.results.size() == message_of(choice_).recipients.size());
    for (const auto& r : e.results) {
      note(r.recipient + " " + r.command + " " + r.reply.to_string());
      // Delivered is only what was accepted as a whole.
      SP_ASSERT(!r.reply.positive() || r.command == ".");
    }
    go_on();
  }

  std::uint8_t choice_;
  smtp::client_session session_;
  conversation talk_;
  int started_ = 0;
  int done_ = 0;
};

conversation talk(const smtp::client_options& options, std::uint8_t choice, std::string_view text,
                  std::uint64_t seed) {
  owner o(options, choice);
  fuzz::input in(text);
  while (!in.rest().empty()) {
    // With its LF, but for the last.
    const auto before = in.rest();
    (void)in.line();
    const auto line = before.substr(0, before.size() - in.rest().size());
    fuzz::in_pieces(line, seed, [&](std::string_view piece) { o.take(piece); });
  }
  return o.end();
}

void run(std::string_view text) {
  fuzz::input in(text);
  const auto choice = in.octet();
  const auto seed = in.octet();
  const smtp::client_options options{.host_name = "out.example",
                                     .tls = (choice & 1U) == 0   ? smtp::tls_mode::none
                                            : (choice & 2U) == 0 ? smtp::tls_mode::opportunistic
                                                                 : smtp::tls_mode::required};
  const auto by_line = talk(options, choice, in.rest(), 0);
  SP_ASSERT(talk(options, choice, in.rest(), seed) == by_line);
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
