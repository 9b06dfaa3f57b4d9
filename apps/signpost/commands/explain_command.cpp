// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/config/yaml_file.hpp"
#include "apps/signpost/client/lookup.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "base/settings.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr const char* explain_help_text = R"(
Says step by step what would happen to a message, by the rules that are in force now; nothing is
sent. The size and what authentication shows can be given; if nothing is said of it, all has passed.
With --message the letter itself is looked at, as if it came from --client-address now. Ends with 0
if the mail would be taken, with 1 if it would be refused.

Examples:
  signpost explain alice@example.com info@example.org
  signpost explain alice@example.com info@example.org --auth dmarc=fail --size 30MiB
  signpost explain a@example.com info@example.org --message a.eml --client-address 192.0.2.1
)";

struct explain_options {
  std::string from;
  std::string to;
  std::vector<std::string> auth;
  std::string size;
  std::string message;  ///< a file
  std::string client_address;
};

answer<json> request_for(const explain_options& o) {
  json body{{"from", o.from == "<>" ? "" : o.from}, {"recipient", o.to}};
  for (const auto& one : o.auth) {
    const auto equals = one.find('=');
    if (equals == std::string::npos) {
      return refuse(wrong_usage, fmt::format("--auth '{}' is not valid", display_text(one)),
                    "write, for example, spf=pass, dkim=fail, dmarc=fail or arc=none");
    }
    body["authentication"][to_lower(one.substr(0, equals))] = to_lower(one.substr(equals + 1));
  }
  if (!o.size.empty()) {
    const auto octets = parse_octets(o.size);
    if (!octets) {
      return refuse(wrong_usage, "--size is not valid; write 500KiB, 10MiB or a number of octets");
    }
    body["size"] = octets->value;
  }
  if (!o.message.empty()) {
    auto text = config::read_whole_file(o.message);
    if (!text) return refuse(wrong_usage, text.error().context);
    body["message"] = std::move(*text);
    body["client_address"] = o.client_address;
  }
  return body;
}

// The node's own question also of a node whose zones come from a file; a server elsewhere answers
// for the zones that the token may see.
answer<std::string> path_for(const api_client& client, const std::string& to) {
  if (client.server().is_local()) return std::string("/signpost/v1/rules/explain");
  SP_TRY(const auto zone, zone_of_address(client, to));
  return own_zone_path(zone) + "/rules/explain";
}

std::string decision_text(const json& r, bool taken) {
  const auto decision = text_of(r, "decision");
  if (!taken) return "is refused: " + text_of(r, "reply");
  if (decision == "drop") return "is accepted and dropped";
  if (decision == "postmaster") return "goes to the postmaster";
  if (decision == "forward") return "is forwarded";
  return "is decided when the message has arrived";
}

std::string facts_text(const json& facts) {
  if (!facts.is_object()) return {};
  std::string out;
  for (const auto* const name : {"spf", "dkim", "dmarc", "arc"}) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, text_of(facts, name));
  }
  return fmt::format("{}; From {}; {}", out, text_of(facts, "author_domain"),
                     short_size(number_of(facts, "size")));
}

// Empty for an author of elsewhere who is proven: there is nothing to say.
std::string author_text(const json& author) {
  if (!author.is_object()) return {};
  std::string out;
  if (!is_true(author, "proven")) out = "not proven";
  if (is_true(author, "anybody")) out += ", may be displayed as anyone";
  if (is_true(author, "own_author")) out += ", in a domain that is hosted here";
  if (is_true(author, "would_forge")) {
    out += ", and every name this node can sign with would vouch for it";
  }
  return out;
}

std::string judgement_text(const json& admission) {
  if (!admission.is_object()) return {};
  auto out = text_of(admission, "reason");
  if (is_true(admission, "marked")) out += ", marked as quarantined";
  if (is_true(admission, "refused")) out += ", refused: " + text_of(admission, "reply");
  return out;
}

std::string copies_table(const command_context& context, const json& envelopes) {
  text_table table({"COPY TO", "IF THAT FAILS", "NEXT HOP", "SENDER THEN"}, context.to.colours);
  for (const auto& e : envelopes) {
    std::string fallbacks;
    for (const auto& one : member_of(e, "fallbacks")) {
      if (one.is_string()) fallbacks += (fallbacks.empty() ? "" : ", ") + one.get<std::string>();
    }
    table.add({text_of(e, "destination"), fallbacks.empty() ? "-" : fallbacks,
               text_of(e, "next_hop"), text_of(e, "sender")});
  }
  return table.size() == 0 ? std::string() : table.to_string(2);
}

std::string explanation(const command_context& context, const json& r, bool taken) {
  const auto line = [](std::string_view name, const std::string& value) {
    return value.empty() ? std::string()
                         : fmt::format("  {:<9}{}\n", name, display_text(value, 1000));
  };
  const auto verdict = display_text(decision_text(r, taken));
  auto out = fmt::format("{} {}\n", display_text(text_of(r, "recipient")),
                         painted(verdict, taken ? tone::good : tone::bad, context.to.colours));
  out += line("zone", text_of(r, "zone")) + line("rule", text_of(r, "rule"));
  const auto& rcpt = member_of(r, "rcpt");
  if (rcpt.is_object()) {
    out += line("RCPT TO", is_true(rcpt, "accepted")
                               ? std::string("accepted")
                                     + (is_true(rcpt, "alone") ? ", alone in its transaction" : "")
                               : text_of(rcpt, "reply"));
  }
  out += line("shown", facts_text(member_of(r, "facts")));
  out += line("author", author_text(member_of(r, "author")));
  out += line("judged", judgement_text(member_of(r, "admission")));
  for (const auto& one : member_of(r, "assumed")) {
    if (one.is_string()) out += line("assumed", one.get<std::string>());
  }
  for (const auto& step : member_of(r, "steps")) {
    if (step.is_string()) out += "  - " + display_text(step.get<std::string>()) + "\n";
  }
  if (is_true(r, "hidden")) out += "  what a zone of another account does with it is not shown\n";
  return out + copies_table(context, member_of(r, "envelopes"));
}

exit_status explain(const command_context& context, const explain_options& o) {
  const auto body = request_for(o);
  if (!body) return complain(context, body.error());
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto path = path_for(*client, o.to);
  if (!path) return complain(context, path.error());
  const auto reply = client->call("POST", *path, *body);
  if (!reply) return complain(context, reply.error());
  const bool taken = is_true(reply->result, "accepted");
  print_outcome(context, reply->result, explanation(context, reply->result, taken));
  return taken ? done : negative;
}

}  // namespace

command explain_command() {
  const auto o = std::make_shared<explain_options>();
  return {.name = "explain",
          .help = "Show what would happen to a message, step by step",
          .text = explain_help_text,
          .options = {{.name = "from",
                       .type = "FROM",
                       .help = "The sender, <> for a bounce",
                       .target = &o->from,
                       .required = true},
                      {.name = "to",
                       .type = "TO",
                       .help = "The recipient",
                       .target = &o->to,
                       .required = true},
                      {.name = "--auth",
                       .type = "RESULT",
                       .help = "Assume this result of authentication: dmarc=fail",
                       .target = &o->auth},
                      {.name = "--size",
                       .type = "SIZE",
                       .help = "Assume this size: 10MiB",
                       .target = &o->size},
                      {.name = "--client-address",
                       .type = "ADDRESS",
                       .help = "The IP address of the host that sends it",
                       .target = &o->client_address},
                      {.name = "--message",
                       .type = "FILE",
                       .help = "A file with the message, to be authenticated",
                       .target = &o->message,
                       .excludes = {"--auth"},
                       .needs = {"--client-address"},
                       .completes = completion::file}},
          .run = [o](const auto& context) { return explain(context, *o); }};
}

}  // namespace signpost::cli
