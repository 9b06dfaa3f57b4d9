// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/command.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace signpost::smtp {
namespace {

using parsed = tl::expected<command, say>;

tl::unexpected<say> refuse(say id) {
  return tl::unexpected<say>(id);
}

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

std::string_view skip_spaces(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view without_trailing_spaces(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes the text up to the next space, and the spaces after it, off the front of `rest`.
std::string_view take_word(std::string_view& rest) {
  const auto end = std::min(rest.find_first_of(" \t"), rest.size());
  const auto word = rest.substr(0, end);
  rest = skip_spaces(rest.substr(end));
  return word;
}

// ---- paths ----

/// Where the path at the front of `text` ends: after its closing bracket, or, without brackets, at
/// a space. Quoted local parts may contain both (RFC 5321 §4.1.2, Quoted-string). Nothing if a
/// quote or a bracket stays open.
std::optional<std::size_t> path_end(std::string_view text) {
  const bool bracketed = !text.empty() && text.front() == '<';
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && bracketed && c == '>') {
      return i + 1;
    } else if (!quoted && !bracketed && is_space(c)) {
      return i;
    }
  }
  if (quoted || bracketed) return {};
  return text.size();
}

struct path_argument {
  std::string path;  ///< with brackets
  std::string_view parameters;
};

/// `FROM:<path> parameters`.
std::optional<path_argument> split_path_argument(std::string_view text, std::string_view keyword) {
  if (!starts_with_ignoring_case(text, keyword)) return {};
  text = skip_spaces(text.substr(keyword.size()));
  if (text.empty() || text.front() != ':') return {};
  text = skip_spaces(text.substr(1));
  const auto end = path_end(text);
  if (!end || *end == 0) return {};
  if (*end < text.size() && !is_space(text[*end])) return {};
  path_argument argument{std::string(text.substr(0, *end)), skip_spaces(text.substr(*end))};
  if (argument.path.front() != '<') argument.path = "<" + argument.path + ">";
  return argument;
}

// ---- parameters ----

struct parameter {
  std::string_view keyword;
  std::optional<std::string_view> value;
};

/// esmtp-param of RFC 5321 §4.1.2.
std::optional<parameter> parse_parameter(std::string_view word) {
  const auto equals = word.find('=');
  const auto keyword = word.substr(0, equals);
  if (keyword.empty() || !is_alnum(keyword.front())) return {};
  if (!std::ranges::all_of(keyword, [](char c) { return is_alnum(c) || c == '-'; })) return {};
  if (equals == std::string_view::npos) return parameter{keyword, {}};
  return parameter{keyword, word.substr(equals + 1)};
}

/// RFC 1870 §6: "1*20DIGIT"; a number that does not fit into 64 bits is too big whatever our limit
/// is.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.empty() || text.size() > 20 || !std::ranges::all_of(text, is_digit)) return {};
  return parse_uint(text).value_or(std::numeric_limits<std::uint64_t>::max());
}

/// The error, or nothing.
using complaint = std::optional<say>;

complaint take_size(const parameter& p, mail_command& mail) {
  if (mail.size || !p.value) return say::bad_parameter_value;
  mail.size = parse_size(*p.value);
  return mail.size ? complaint{} : say::bad_parameter_value;
}

complaint take_body(const parameter& p, mail_command& mail, bool& seen) {
  if (seen || !p.value) return say::bad_parameter_value;
  seen = true;
  // RFC 3030 §3: BINARYMIME needs to be offered, and is not.
  if (equals_ignoring_case(*p.value, "BINARYMIME")) return say::unknown_parameter;
  mail.eight_bit = equals_ignoring_case(*p.value, "8BITMIME");
  if (!mail.eight_bit && !equals_ignoring_case(*p.value, "7BIT")) return say::bad_parameter_value;
  return {};
}

complaint take_smtputf8(const parameter& p, mail_command& mail) {
  // RFC 6531 §3.4: the parameter takes no value.
  if (p.value || mail.smtputf8) return say::bad_parameter_value;
  mail.smtputf8 = true;
  return {};
}

complaint take_mail_parameters(std::string_view rest, mail_command& mail) {
  bool body_seen = false;
  mail.has_parameters = !rest.empty();
  while (!rest.empty()) {
    const auto p = parse_parameter(take_word(rest));
    if (!p) return say::bad_parameter_value;
    // RFC 5321 §4.1.1.11: "555 MAIL FROM/RCPT TO parameters not recognized or not implemented".
    complaint found = say::unknown_parameter;
    if (equals_ignoring_case(p->keyword, "SIZE")) found = take_size(*p, mail);
    if (equals_ignoring_case(p->keyword, "BODY")) found = take_body(*p, mail, body_seen);
    if (equals_ignoring_case(p->keyword, "SMTPUTF8")) found = take_smtputf8(*p, mail);
    if (found) return found;
  }
  return {};
}

// ---- one function per command; `rest` is without surrounding spaces ----

bool is_host_name_character(char c) {
  return is_alnum(c) || std::string_view("-._:[]").find(c) != std::string_view::npos;
}

parsed parse_hello(std::string_view rest, bool extended) {
  // RFC 5321 §4.1.1.1 requires a domain or an address literal. Underscores and the like are common
  // and harmless; what could break out of a Received field is not.
  if (rest.empty() || rest.size() > limits::domain_octets_max
      || !std::ranges::all_of(rest, is_host_name_character)) {
    return refuse(say::bad_arguments);
  }
  return hello_command{rest, extended};
}
parsed parse_ehlo(std::string_view rest) {
  return parse_hello(rest, true);
}
parsed parse_helo(std::string_view rest) {
  return parse_hello(rest, false);
}

parsed parse_mail(std::string_view rest) {
  const auto argument = split_path_argument(rest, "FROM");
  if (!argument) return refuse(say::bad_arguments);
  auto sender = reverse_path::parse(argument->path);
  if (!sender) return refuse(say::bad_sender);
  mail_command mail{.sender = std::move(*sender)};
  if (const auto wrong = take_mail_parameters(argument->parameters, mail)) return refuse(*wrong);
  // RFC 6531 §3.5: 550 for MAIL and RCPT alike is allowed ("553" or "550").
  if (!is_ascii(argument->path) && !mail.smtputf8) return refuse(say::needs_smtputf8);
  return mail;
}

parsed parse_rcpt(std::string_view rest) {
  const auto argument = split_path_argument(rest, "TO");
  if (!argument) return refuse(say::bad_arguments);
  auto recipient = forward_path::parse(argument->path);
  if (!recipient) return refuse(say::bad_recipient);
  rcpt_command rcpt{.recipient = std::move(*recipient), .is_ascii = is_ascii(argument->path)};
  for (auto parameters = argument->parameters; !parameters.empty();) {
    if (!parse_parameter(take_word(parameters))) return refuse(say::bad_parameter_value);
    rcpt.has_parameters = true;
  }
  // None of our extensions has a parameter for RCPT.
  if (rcpt.has_parameters) return refuse(say::unknown_parameter);
  return rcpt;
}

parsed parse_bdat(std::string_view rest) {
  const auto size = parse_size(take_word(rest));
  if (!size) return refuse(say::bad_arguments);
  if (!rest.empty() && !equals_ignoring_case(rest, "LAST")) return refuse(say::bad_arguments);
  return bdat_command{*size, !rest.empty()};
}

/// For commands that take no argument: RFC 5321 §4.1.1: a 501 "SHOULD" be returned for one.
template <typename Command>
parsed parse_lone(std::string_view rest) {
  if (!rest.empty()) return refuse(say::bad_arguments);
  return Command{};
}

template <typename Command>
parsed parse_any(std::string_view) {
  return Command{};
}

parsed parse_vrfy(std::string_view rest) {
  if (rest.empty()) return refuse(say::bad_arguments);
  return vrfy_command{};
}

parsed parse_not_implemented(std::string_view) {
  return refuse(say::not_implemented);
}
parsed parse_http(std::string_view) {
  return refuse(say::wrong_protocol);
}

struct command_row {
  std::string_view verb;
  parsed (*parse)(std::string_view rest);
};

// RFC 5321 §3.5.3 not done: EXPN answers 502, which §7.3 allows.
constexpr std::array<command_row, 30> commands{{
    {"EHLO", parse_ehlo},
    {"HELO", parse_helo},
    {"MAIL", parse_mail},
    {"RCPT", parse_rcpt},
    {"DATA", parse_lone<data_command>},
    {"BDAT", parse_bdat},
    {"RSET", parse_lone<rset_command>},
    {"NOOP", parse_any<noop_command>},
    {"QUIT", parse_lone<quit_command>},
    {"VRFY", parse_vrfy},
    {"HELP", parse_any<help_command>},
    {"STARTTLS", parse_lone<starttls_command>},
    {"EXPN", parse_not_implemented},
    {"AUTH", parse_not_implemented},
    {"ETRN", parse_not_implemented},
    {"ATRN", parse_not_implemented},
    {"BURL", parse_not_implemented},
    {"LHLO", parse_not_implemented},
    {"TURN", parse_not_implemented},
    {"SEND", parse_not_implemented},
    {"SOML", parse_not_implemented},
    {"SAML", parse_not_implemented},
    {"XCLIENT", parse_not_implemented},
    {"XFORWARD", parse_not_implemented},
    {"GET", parse_http},
    {"POST", parse_http},
    {"HEAD", parse_http},
    {"PUT", parse_http},
    {"CONNECT", parse_http},
    {"OPTIONS", parse_http},
}};

bool has_control_character(std::string_view line) {
  return std::ranges::any_of(line, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && c != '\t') || octet == 0x7f;
  });
}

}  // namespace

parsed parse_command(std::string_view line) {
  if (has_control_character(line)) return refuse(say::control_character);
  auto rest = without_trailing_spaces(line);
  const auto verb = take_word(rest);
  const auto* const found = std::ranges::find_if(
      commands, [verb](const command_row& r) { return equals_ignoring_case(r.verb, verb); });
  if (found == commands.end()) return refuse(say::unknown_command);
  return found->parse(rest);
}

bool is_bdat(std::string_view line) {
  return equals_ignoring_case(take_word(line), "BDAT");
}

}  // namespace signpost::smtp
