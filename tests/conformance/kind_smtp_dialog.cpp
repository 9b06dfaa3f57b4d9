// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `smtp-dialog`: what a client sends and the replies it expects. Refusals that the server of
// the script makes by its configuration are made here by the owner of the session; all that the
// protocol decides must come from the session itself.
#include <deque>

#include "base/text.hpp"
#include "proto/smtp/reply_reader.hpp"
#include "proto/smtp/server_session.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

/// The line of a script with its escapes `\\r` and `\\n` as octets.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\\r") {
      out += '\r';
      ++i;
    } else if (text.substr(i, 2) == "\\n") {
      out += '\n';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// One reply of a script: a code, or its beginning, and the starts of its lines.
struct wanted_reply {
  std::string code;
  std::vector<std::string> keywords;
};

/// Adds the line `prefix` to the reply it belongs to: after "250-" comes more of the same.
void add_wanted(std::vector<wanted_reply>& replies, bool& more, const std::string& prefix) {
  if (!more) replies.push_back({prefix.substr(0, 3), {}});
  more = prefix.size() > 3 && prefix[3] == '-';
  if (prefix.size() > 4) replies.back().keywords.push_back(prefix.substr(4));
}

std::vector<wanted_reply> all_wanted(const json& steps) {
  std::vector<wanted_reply> replies;
  bool more = false;
  for (const auto& step : steps) {
    if (step.contains("expect_prefix")) {
      add_wanted(replies, more, step.at("expect_prefix").get<std::string>());
    }
  }
  return replies;
}

class dialog {
 public:
  explicit dialog(const json& steps) : steps_(steps), wanted_(all_wanted(steps)) {}

  /// What went wrong first, or nothing.
  std::string run() {
    hear();
    bool more = false;
    for (const auto& step : steps_) {
      if (step.contains("expect_prefix")) {
        check(step.at("expect_prefix").get<std::string>(), more);
      } else if (step.contains("expect_close")) {
        if (!session_.finished()) complain("the session is still open");
      } else if (step.contains("send")) {
        send(unescape(step.at("send").get<std::string>()) + "\r\n");
      } else if (step.contains("send_noeol")) {
        send(unescape(step.at("send_noeol").get<std::string>()));
      }
      if (!wrong_.empty()) return wrong_;
    }
    return {};
  }

 private:
  void complain(std::string text) {
    if (wrong_.empty()) wrong_ = std::move(text);
  }

  void send(const std::string& bytes) {
    session_.receive(bytes, {});
    while (auto event = session_.next()) answer(*event);
    hear();
  }

  /// Takes up what the session has said.
  void hear() {
    reader_.append(session_.output());
    session_.consume_output(session_.output().size());
    for (auto r = reader_.next(); r && *r; r = reader_.next()) {
      said_.push_back(**r);
      ++said_count_;
    }
  }

  void answer(smtp::server_event& event) {
    hear();
    const auto refused = policy();
    if (std::holds_alternative<smtp::mail_event>(event)) {
      session_.reply_mail(refused);
    } else if (std::holds_alternative<smtp::recipient_event>(event)) {
      session_.reply_recipient(refused);
    } else if (std::holds_alternative<smtp::message_event>(event)) {
      reply_message(refused);
    }
  }

  // Nothing is stored here, so no message can be accepted in earnest: 451 stands for acceptance.
  void reply_message(const std::optional<smtp::refusal>& refused) {
    session_.reply_message(smtp::final_reply(
        refused ? *refused : smtp::refusal({451, {4, 9, 9}, {"stands for acceptance"}})));
  }

  /// The refusal that the script's server makes here by its configuration, if it makes one. Codes
  /// about syntax and sequence are the session's own matter.
  std::optional<smtp::refusal> policy() const {
    if (said_count_ >= wanted_.size()) return {};
    const auto code = parse_uint(wanted_[said_count_].code).value_or(0);
    if (code < 400 || (code >= 500 && code <= 504) || code == 555) return {};
    return smtp::refusal({static_cast<std::uint16_t>(code),
                          {static_cast<std::uint16_t>(code / 100), 7, 1},
                          {"by policy"}});
  }

  void check(const std::string& prefix, bool& more) {
    if (!more) next_reply(prefix.substr(0, 3));
    more = prefix.size() > 3 && prefix[3] == '-';
    if (is_ehlo_ && prefix.size() > 4) check_keyword(prefix.substr(4));
  }

  /// Goes to the next reply and compares its code.
  void next_reply(const std::string& code) {
    // Some scripts write the lines of one reply without the dash.
    if (said_.empty() && same_as_current(code)) return;
    if (said_.empty()) return complain("no reply, wanted " + code);
    current_ = said_.front();
    said_.pop_front();
    is_ehlo_ = current_.code == 250 && current_.lines.size() > 1;
    if (!same_as_current(code)) {
      complain("said " + current_.to_string().substr(0, 60) + ", wanted " + code);
    }
  }

  bool same_as_current(const std::string& code) const {
    auto actual = std::to_string(current_.code);
    if (current_.status == smtp::enhanced_status{4, 9, 9}) actual = "250";
    if (actual.starts_with(code)) return true;
    // RFC 5321 section 3.3: DATA after refused recipients is "503" or "554".
    return code == "503" && current_.code == 554
           && current_.status == smtp::enhanced_status{5, 5, 1};
  }

  void check_keyword(const std::string& keyword) {
    for (const auto& line : current_.lines) {
      if (starts_with_ignoring_case(line, keyword)) return;
    }
    complain("EHLO does not offer " + keyword);
  }

  const json& steps_;
  std::vector<wanted_reply> wanted_;
  smtp::server_options options_{.host_name = "mx.example", .offer_starttls = true};
  memory_budget budget_{1 << 24};
  smtp::server_session session_{options_, budget_, {}, {}};
  smtp::reply_reader reader_;
  std::deque<smtp::reply> said_;
  std::size_t said_count_ = 0;
  smtp::reply current_;
  bool is_ehlo_ = false;
  std::string wrong_;
};

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path&) {
  std::vector<case_result> results;
  std::size_t index = 0;
  for (const auto& one : suite.at("cases")) {
    auto wrong = dialog(one.at("steps")).run();
    results.push_back({case_id(one, "cases", index++), wrong.empty(), std::move(wrong)});
  }
  return results;
}

}  // namespace

void register_smtp_dialog();
void register_smtp_dialog() {
  register_kind("smtp-dialog", judge_suite);
}

}  // namespace signpost::conformance
