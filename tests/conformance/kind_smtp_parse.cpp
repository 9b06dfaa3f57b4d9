// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `smtp-parse`: command lines that a server must take or refuse, and replies that a client
// must read. A line is also tried with white space at its end (the same) and with a bare LF
// (refused).
#include <array>

#include "base/text.hpp"
#include "proto/smtp/capabilities.hpp"
#include "proto/smtp/command.hpp"
#include "proto/smtp/reply_reader.hpp"
#include "proto/smtp/server_session.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

// ---- requests ----

/// True if the line needs an extension that we do not offer: then any 5xx is right.
bool needs_other_extension(std::string_view line) {
  static constexpr std::array verbs{"LHLO", "AUTH", "ETRN", "ATRN", "BURL", "EXPN"};
  for (const auto* verb : verbs) {
    if (starts_with_ignoring_case(line, verb)) return true;
  }
  // The parameters stand behind the path.
  const auto path_end = line.rfind('>');
  if (path_end == std::string_view::npos) return false;
  for (const auto word : split(line.substr(path_end + 1), ' ')) {
    static constexpr std::array ours{"SIZE=", "BODY=7BIT", "BODY=8BITMIME", "SMTPUTF8"};
    bool known = word.empty();
    for (const auto* keyword : ours) known = known || starts_with_ignoring_case(word, keyword);
    if (!known) return true;
  }
  return false;
}

/// The address of MAIL or RCPT without quotes, as the suite writes it.
std::optional<std::string> address_of(const smtp::command& c) {
  std::optional<address::mailbox> mailbox;
  if (const auto* mail = std::get_if<smtp::mail_command>(&c)) {
    mailbox = mail->sender.mailbox();
  } else if (const auto* rcpt = std::get_if<smtp::rcpt_command>(&c)) {
    mailbox = rcpt->recipient.mailbox();
  } else {
    return {};
  }
  return mailbox ? mailbox->local() + "@" + mailbox->host().ascii() : "";
}

/// Code of the reply to `line` with a bare LF at its end.
std::string reply_to_bare_lf(const std::string& line) {
  static const smtp::server_options options{.host_name = "mx.example"};
  memory_budget budget(1 << 20);
  smtp::server_session session(options, budget, {}, {});
  session.consume_output(session.output().size());
  session.receive(line + "\n", {});
  while (session.next()) {
  }
  return std::string(session.output().substr(0, 9));
}

std::string complaint_about_request(const json& one) {
  const auto line = one.at("line").get<std::string>();
  const bool wanted = one.at("valid").get<bool>();
  const auto parsed = smtp::parse_command(line);
  if (parsed.has_value() != smtp::parse_command(line + " ").has_value()) {
    return "white space at the end makes a difference";
  }
  if (const auto bare = reply_to_bare_lf(line); bare != "550 5.5.2") return "bare LF: " + bare;
  if (!parsed) {
    const auto code = smtp::row(parsed.error()).code;
    if (code < 500) return "refused with " + std::to_string(code);
    if (!wanted || needs_other_extension(line)) return {};
    return "refused with " + std::to_string(code) + ": " + line;
  }
  if (!wanted) return "accepted: " + line;
  const auto address = address_of(*parsed);
  if (one.contains("address") && address && *address != one.at("address").get<std::string>()) {
    return "address " + *address;
  }
  return {};
}

// ---- responses ----

/// The words of a Rust expression that say what is expected, without a Rust parser.
struct expectation {
  std::string text;
  [[nodiscard]] bool says(std::string_view part) const {
    return text.find(part) != std::string::npos;
  }
};

std::string complaint_about_ehlo(const smtp::reply& r, const expectation& want) {
  const auto c = smtp::parse_capabilities(r);
  if (!want.says("hostname: \"" + c.greeting_name + "\"")) return "host " + c.greeting_name;
  const std::array<std::pair<const char*, bool>, 7> flags{
      {{"EXT_PIPELINING", c.pipelining},
       {"EXT_8BIT_MIME", c.eight_bit_mime},
       {"EXT_SMTP_UTF8", c.smtputf8},
       {"EXT_START_TLS", c.starttls},
       {"EXT_CHUNKING", c.chunking},
       {"EXT_SIZE", c.size},
       {"EXT_ENHANCED_STATUS_CODES", c.enhanced_status_codes}}};
  for (const auto& [name, offered] : flags) {
    if (want.says(name) != offered) return name;
  }
  return {};
}

std::string complaint_about_reply(const smtp::reply& r, const expectation& want) {
  if (!want.says("code: " + std::to_string(r.code))) return "code " + std::to_string(r.code);
  if (want.says("InvalidResponse")) return r.positive() ? "a refusal taken for a success" : "";
  const auto& s = r.status;
  const auto status = "esc: [" + std::to_string(s.klass) + ", " + std::to_string(s.subject) + ", "
                      + std::to_string(s.detail) + "]";
  if (!want.says(status)) return status;
  for (const auto& line : r.lines) {
    if (!want.says(line)) return "text " + line;
  }
  return {};
}

std::string complaint_about_response(const json& one) {
  const expectation want{one.at("expected_rust").get<std::string>()};
  smtp::reply_reader reader;
  reader.append(one.at("text").get<std::string>());
  const auto r = reader.next();
  const bool is_reply = want.says("code: ") || want.says("hostname: ");
  if (!r) return is_reply ? "not read: " + r.error().context : "";
  if (!*r) return "no reply found";
  if (!is_reply) return "read as a reply";
  return want.says("hostname: ") ? complaint_about_ehlo(**r, want)
                                 : complaint_about_reply(**r, want);
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path&) {
  std::vector<case_result> results;
  const auto judge_section = [&](const char* section, auto complaint) {
    std::size_t index = 0;
    for (const auto& one : suite.at(section)) {
      auto wrong = complaint(one);
      results.push_back({case_id(one, section, index++), wrong.empty(), std::move(wrong)});
    }
  };
  judge_section("requests", complaint_about_request);
  judge_section("responses", complaint_about_response);
  return results;
}

}  // namespace

void register_smtp_parse();
void register_smtp_parse() {
  register_kind("smtp-parse", judge_suite);
}

}  // namespace signpost::conformance
