// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a client sends to the receiving session, at once and in pieces. The input is: what the
// session offers, how the bytes are cut, the bytes.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/smtp_support.hpp"

namespace signpost {
namespace {

struct conversation {
  std::string said;
  std::string heard;
  bool began_tls = false;
  friend bool operator==(const conversation&, const conversation&) = default;
};

// Refuses what has an x in it.
std::optional<smtp::refusal> answer_to(std::string_view text) {
  if (text.find('x') == std::string_view::npos) return std::nullopt;
  return smtp::refusal({.code = 550, .status = {5, 1, 1}, .lines = {std::string("no such x")}});
}

class owner {
 public:
  owner(const smtp::server_options& options, memory_budget& budget)
      : session_(options, budget, *ip_address::parse("192.0.2.1"), steady_time{}) {}

  void take(std::string_view bytes) {
    if (!session_.wants_input()) return;
    session_.receive(bytes, steady_time{});
    bool held_back = false;
    do {
      while (auto event = session_.next()) {
        std::visit([this](auto& e) { on(e); }, *event);
      }
      held_back = session_.is_held_back();
      talk_.said += session_.output();
      session_.consume_output(session_.output().size());
    } while (held_back);
  }
  [[nodiscard]] const conversation& talk() const { return talk_; }

 private:
  void note(std::string_view what, std::string_view text) {
    talk_.heard.append(what).append(1, ' ').append(text).append(1, '\n');
  }
  void on(const smtp::hello_event& e) { note("hello", e.name); }
  void on(const smtp::refused_event& e) { note("refused", e.reason); }
  void on(const smtp::mail_event& e) {
    note("mail", e.sender.to_string());
    session_.reply_mail(answer_to(e.sender.to_string()));
  }
  void on(const smtp::recipient_event& e) {
    note("recipient", e.recipient.to_string());
    session_.reply_recipient(answer_to(e.recipient.to_string()));
  }
  void on(const smtp::message_event& e) {
    note("message", e.octets);
    // RFC 5321 §2.3.8: nothing that another host could take for a line end.
    SP_ASSERT(fuzz::has_whole_lines(e.octets));
    SP_ASSERT(e.octets.find('\0') == std::string::npos);
    const auto refused = answer_to(e.octets);
    session_.reply_message(refused ? smtp::final_reply(*refused)
                                   : smtp::final_reply(cluster::receipt_issuer::pretend("q")));
  }
  void on(const smtp::starttls_event&) {
    note("starttls", "");
    talk_.began_tls = true;
    session_.tls_established({.version = "TLSv1.3"}, steady_time{});
  }

  smtp::server_session session_;
  conversation talk_;
};

conversation talk(const smtp::server_options& options, std::size_t budget_octets,
                  std::string_view bytes, std::uint64_t seed) {
  memory_budget budget(budget_octets);
  conversation out;
  {
    owner o(options, budget);
    fuzz::in_pieces(bytes, seed, [&](std::string_view piece) { o.take(piece); });
    out = o.talk();
  }
  SP_ASSERT(budget.used() == 0);
  return out;
}

// Lines of three digits and text, of at most 512 octets (RFC 5321 §4.5.3.1.5).
void check_replies(std::string_view said) {
  SP_ASSERT(said.empty() || said.ends_with("\r\n"));
  while (!said.empty()) {
    const auto end = said.find("\r\n");
    const auto line = said.substr(0, end);
    SP_ASSERT(line.size() >= 4 && line.size() + 2 <= limits::reply_line_octets);
    SP_ASSERT(is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]));
    SP_ASSERT(line[3] == ' ' || line[3] == '-');
    SP_ASSERT(line.find_first_of("\r\n") == std::string_view::npos);
    said.remove_prefix(end + 2);
  }
}

void run(std::string_view text) {
  fuzz::input in(text);
  const auto choice = in.octet();
  const auto seed = in.octet();
  const smtp::server_options options{.host_name = "mx.example",
                                     .message_octets_max = (choice & 4U) != 0 ? 50U : 100'000U,
                                     .recipients_max = (choice & 8U) != 0 ? 2U : 100U,
                                     .transactions_max = 5,
                                     .errors_max = (choice & 16U) != 0 ? 3U : 100U,
                                     .offer_starttls = (choice & 1U) != 0,
                                     .require_tls = (choice & 3U) == 3};
  const auto whole = talk(options, std::size_t{1} << 24U, in.rest(), 0);
  check_replies(whole.said);
  const auto pieces = talk(options, std::size_t{1} << 24U, in.rest(), seed);
  // RFC 3207 §4.2: what came together with STARTTLS is dropped, so there pieces make a difference;
  // and which of several faults of a message is named may depend on them, not that it is refused.
  const bool may_differ = whole.began_tls || pieces.began_tls || (choice & 4U) != 0
                          || in.rest().find('\0') != std::string_view::npos;
  SP_ASSERT(may_differ || whole == pieces);
  (void)talk(options, 2000, in.rest(), seed);
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
