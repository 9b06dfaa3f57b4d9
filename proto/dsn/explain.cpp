// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dsn/explain.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "proto/dsn/delivery_status.hpp"
#include "proto/dsn/utf8_address.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::dsn {

namespace {

// RFC 5322 §2.1.1 recommends at most 78 characters in a line.
constexpr std::size_t text_columns = 76;

struct explanation_row {
  std::string_view subject;  ///< the code after its class, or a prefix of it
  explanation says;
};

/// More specific rows come before the general row of their subject; the last one matches all.
constexpr std::array explanations = {
    explanation_row{".1.1",
                    {"The address does not exist.",
                     "Check the spelling of the address, or ask the recipient for the right one."}},
    explanation_row{".1.2",
                    {"The part of the address after the @ does not exist or does not accept mail.",
                     "Check the spelling of the domain."}},
    explanation_row{".1.3", {"The address is not written correctly.", "Check the spelling."}},
    explanation_row{".1.6",
                    {"The recipient has moved and left no new address.",
                     "Ask the recipient for the new address."}},
    explanation_row{
        ".1.7",
        {"Your own address was refused.", "Ask the administrator of your mail system for help."}},
    explanation_row{".1.8",
                    {"The domain of your own address cannot be found or does not accept mail.",
                     "Ask the administrator of your mail system for help."}},
    explanation_row{
        ".1.10",
        {"The recipient's domain does not accept mail.", "Ask the recipient for another address."}},
    explanation_row{
        ".1.",
        {"The address was refused.", "Check the spelling of the address, or ask the recipient."}},
    explanation_row{".2.1",
                    {"The mailbox is disabled and does not accept mail.",
                     "Contact the recipient in another way."}},
    explanation_row{".2.2",
                    {"The mailbox of the recipient is full.",
                     "Try again later, or tell the recipient in another way."}},
    explanation_row{".2.3",
                    {"The message is too large for the recipient's mailbox.",
                     "Send a smaller message, or a link instead of an attachment."}},
    explanation_row{".2.",
                    {"There is a problem with the recipient's mailbox.",
                     "Try again later, or tell the recipient in another way."}},
    explanation_row{".3.4",
                    {"The message is too large for the recipient's mail system.",
                     "Send a smaller message, or a link instead of an attachment."}},
    explanation_row{".3.", {"The recipient's mail system has a problem.", "Try again later."}},
    explanation_row{".4.4",
                    {"No mail server was found for the recipient's domain.",
                     "Check the spelling of the domain, or try again later."}},
    explanation_row{".4.6",
                    {"The message was going round in circles between mail systems.",
                     "Tell the recipient that forwarding for this address is broken."}},
    explanation_row{".4.7",
                    {"The message could not be delivered in the time allowed.",
                     "Try again later, or tell the recipient in another way."}},
    explanation_row{".4.",
                    {"The recipient's mail system could not be reached.", "Try again later."}},
    explanation_row{
        ".5.3", {"The message had too many recipients.", "Send it to fewer recipients at a time."}},
    explanation_row{".5.",
                    {"The mail systems did not understand each other.",
                     "Tell the administrator of your mail system."}},
    explanation_row{".6.3",
                    {"The recipient's mail system supports letters of ASCII alone (no 8BITMIME).",
                     "Send it with another encoding, for example quoted-printable."}},
    explanation_row{".6.7",
                    {"The recipient's mail system does not support addresses with letters that are "
                     "not ASCII.",
                     "Use an address in ASCII letters, if the recipient has one."}},
    explanation_row{".6.9",
                    {"The recipient's mail system does not support header fields with letters that "
                     "are not ASCII.",
                     "Send it with a program that encodes them (MIME)."}},
    explanation_row{".6.",
                    {"The recipient's mail system does not support the content of the message.",
                     "Send it in another format."}},
    explanation_row{".7.20",
                    {"Your message had no valid DKIM signature.",
                     "Tell the administrator of your mail system."}},
    explanation_row{".7.23",
                    {"Your mail system is not allowed to send for your domain (SPF).",
                     "Tell the administrator of your mail system."}},
    explanation_row{".7.26",
                    {"Your message could not be verified to come from your domain.",
                     "Tell the administrator of your mail system."}},
    explanation_row{".7.27",
                    {"The domain of your own address declares that it does not accept mail.",
                     "Tell the administrator of your mail system."}},
    explanation_row{".7.",
                    {"The recipient's mail system refused the message by its rules.",
                     "Its reply below may say why. If it does not, ask the "
                     "recipient or the administrator of your mail system."}},
    explanation_row{"",
                    {"The message could not be delivered.",
                     "The other system's reply, if there is one, may say why."}},
};

/// `text` wrapped at `text_columns`, each line with `indent` in front and CRLF at the end.
std::string wrapped(std::string_view text, std::string_view indent) {
  std::string out;
  std::string line(indent);
  for (auto word : split(text, ' ')) {
    if (line.size() > indent.size() && line.size() + 1 + word.size() > text_columns) {
      out.append(line).append("\r\n");
      line = indent;
    }
    while (indent.size() + word.size() > imf::line_octets_max) {
      const auto fits = imf::line_octets_max - indent.size();
      out.append(indent).append(word.substr(0, fits)).append("\r\n");
      word.remove_prefix(fits);
    }
    if (line.size() > indent.size()) line += ' ';
    line += word;
  }
  return out.append(line).append("\r\n");
}

std::string shown_address(std::string_view address, bool utf8) {
  return utf8 || is_ascii(address) ? std::string(address) : to_xtext(address);
}

constexpr explanation our_copy_is_damaged{
    "Our copy of your message was damaged on the disk before it could be delivered.",
    "Please send your message again."};

/// Which part of it is attached; otherwise how to recognize it.
std::string about_original(const report& r, bool returns_body, bool utf8) {
  if (returns_body) return wrapped("Your message is attached.", "");
  if (!r.original.empty() || !r.unreadable) {
    return wrapped("The header of your message is attached.", "");
  }
  std::string known = "No part of your message can be attached.";
  if (r.arrival_date) known += " It arrived on " + to_rfc5322_date(*r.arrival_date) + ".";
  if (!r.original_message_id.empty()) {
    known += " Its Message-ID: " + imf::one_line(r.original_message_id, utf8) + ".";
  }
  return wrapped(known, "");
}

std::string about_recipient(const report& r, const recipient_status& one, bool utf8) {
  const auto says = r.unreadable ? our_copy_is_damaged
                                 : explain(fitting_status(one.status, r.kind));
  const auto& shown = one.final_recipient.empty() ? one.original : one.final_recipient;
  std::string out = "\r\n<" + shown_address(one.original, utf8) + ">";
  if (shown != one.original) out += " (forwarded to <" + shown_address(shown, utf8) + ">)";
  out += "\r\n" + wrapped(says.happened, "    ");
  if (!one.diagnostic.empty()) {
    auto server =
        one.remote_host.empty() ? "The other mail system" : "The server " + one.remote_host;
    if (!one.remote_address.empty()) server += " [" + one.remote_address + "]";
    out += wrapped(server + " said:", "    ") + wrapped(safe_diagnostic(one, utf8), "        ");
  }
  if (!one.reason.empty()) out += wrapped(imf::one_line(one.reason, utf8), "    ");
  if (r.kind == report_kind::failed) out += wrapped(says.advice, "    ");
  if (r.kind == report_kind::delayed && one.will_retry_until) {
    out += wrapped("We will keep trying until " + to_rfc5322_date(*one.will_retry_until) + ".",
                   "    ");
  }
  return out;
}

}  // namespace

explanation explain(std::string_view status) {
  const auto subject = status.substr(std::min(status.find('.'), status.size()));
  const auto* row = std::ranges::find_if(explanations, [&](const explanation_row& r) {
    return r.subject.empty() || r.subject.ends_with('.') ? subject.starts_with(r.subject)
                                                         : subject == r.subject;
  });
  return row->says;
}

std::string text_for_people(const report& r, bool returns_body, bool utf8) {
  std::string out = wrapped("This is the mail system at " + r.reporting_mta + ".", "") + "\r\n";
  if (r.kind == report_kind::failed) {
    out += wrapped(
        "Your message could not be delivered to the recipients named below, and we will "
        "not try again.",
        "");
  } else {
    out += wrapped(
        "This is only a warning. You do not need to send your message again: it could "
        "not be delivered yet to the recipients named below, and we keep trying.",
        "");
  }
  for (const auto& one : r.recipients) out += about_recipient(r, one, utf8);
  out += "\r\n";
  if (!r.queue_id.empty()) {
    out += wrapped("If you ask an administrator for help, quote this ID: "
                       + imf::one_line(r.queue_id) + ".",
                   "");
  }
  return out + about_original(r, returns_body, utf8);
}

}  // namespace signpost::dsn
