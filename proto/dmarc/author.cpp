// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dmarc/author.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ip.hpp"
#include "base/text.hpp"
#include "proto/address/dns_name.hpp"

namespace signpost::dmarc {
namespace {

// One element of the list: its address, and the text around it.
struct scanned_mailbox {
  std::string address;  // possibly empty (RFC 5322 §4.4 allows empty list elements)
  std::string beside;   // display name and group name, except quoted parts
  bool plain = true;    // no reader should see another address there
  bool angle = false;   // the address stood in angle brackets
};

// `IPv6:`, the longest address there is, and the bracket behind it.
constexpr std::size_t address_literal_octets_max = 64;

// RFC 5321 §4.1.3: `[192.0.2.1]`, `[IPv6:2001:db8::1]`.
bool is_address_literal(std::string_view text) {
  constexpr std::string_view tag = "IPv6:";
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  if (starts_with_ignoring_case(text, tag)) text.remove_prefix(tag.size());
  return ip_address::parse(text).has_value();
}

// The mailboxes of one field value, one after the other: comments and white space left out, the
// text in angle brackets preferred to the text before them.
class mailbox_scanner {
 public:
  explicit mailbox_scanner(std::string_view value) : rest_(value) {}

  // False at the end. Quoted text is left out except for one x: it can only be part of the
  // local part.
  bool next(scanned_mailbox& found) {
    if (finished_) return false;
    begin();
    while (!rest_.empty()) {
      const char c = take();
      if (c == '(') {
        skip_comment();
      } else if (c == '"') {
        take_quoted();
      } else if (c == '[') {
        take_bracket();
      } else if (c == '<') {
        // Two addresses without a comma: readers differ in which they show.
        ambiguous_ = ambiguous_ || has_angle_;
        in_angle_ = has_angle_ = true;
      } else if (c == '>') {
        in_angle_ = false;
      } else if (!in_angle_ && (c == ',' || c == ';')) {
        return give(found);
      } else if (!in_angle_ && c == ':') {
        group_ += plain_ + ' ';  // RFC 5322 §3.4: the name of a group
        plain_.clear();
        plain_at_ = false;
      } else {
        has_at() |= c == '@';
        add(current(), c);
      }
    }
    finished_ = true;
    odd_ = odd_ || in_angle_;
    return give(found);
  }

 private:
  void begin() {
    plain_.clear();
    angle_.clear();
    group_.clear();
    in_angle_ = has_angle_ = ambiguous_ = odd_ = false;
    plain_at_ = angle_at_ = plain_quotes_ = angle_quotes_ = false;
  }
  std::string& current() { return in_angle_ ? angle_ : plain_; }
  // Kept for current(): searching for it at each quote would take quadratic time.
  bool& has_at() { return in_angle_ ? angle_at_ : plain_at_; }
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void take_quoted() {
    // After the @ there is nothing to quote.
    odd_ = odd_ || has_at();
    (in_angle_ ? angle_quotes_ : plain_quotes_) |= skip_quoted();
    current().push_back('x');
  }
  // True if it contained an @.
  bool skip_quoted() {
    bool at = false;
    while (!rest_.empty()) {
      char c = take();
      if (c == '"') return at;
      if (c == '\\' && !rest_.empty()) c = take();
      at = at || c == '@';
    }
    odd_ = true;
    return at;
  }
  void skip_comment() {
    std::size_t depth = 1;
    while (!rest_.empty() && depth > 0) {
      const char c = take();
      if (c == '\\' && !rest_.empty()) take();
      if (c == '(') ++depth;
      if (c == ')') --depth;
    }
    odd_ = odd_ || depth > 0;
  }
  // After the @ an address literal is a domain. Any other bracket is text: what is in it counts as
  // it does outside, since many readers do not know brackets.
  void take_bracket() {
    auto& into = current();
    // Looked for no further than a literal can reach: searching all of the rest at each bracket
    // would take quadratic time.
    const auto near = rest_.substr(0, address_literal_octets_max);
    const auto end = into.ends_with('@') ? near.find(']') : std::string_view::npos;
    if (end != std::string_view::npos
        && is_address_literal('[' + std::string(near.substr(0, end + 1)))) {
      into.append("[").append(near.substr(0, end + 1));
      rest_.remove_prefix(end + 1);
      return;
    }
    odd_ = true;
    add(into, '[');
  }
  // White space is allowed around dots and @ (RFC 5322 §4.4); elsewhere one blank of it stays,
  // which no domain can contain.
  static void add(std::string& into, char c) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    const bool glued =
        into.empty() || into.ends_with(' ') || into.ends_with('.') || into.ends_with('@');
    if (blank && glued) return;
    if ((c == '.' || c == '@') && into.ends_with(' ')) into.pop_back();
    into.push_back(blank ? ' ' : c);
  }
  // A control character, at which some readers end a text; or an encoded word, which RFC 2047 §5
  // forbids in addresses but some readers decode first.
  static bool is_odd_address(std::string_view address) {
    return address.find("=?") != std::string_view::npos
           || std::ranges::any_of(address, [](char c) {
                return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
              });
  }
  bool give(scanned_mailbox& found) {
    found.address = has_angle_ ? angle_ : plain_;
    found.angle = has_angle_;
    found.beside = group_;
    if (has_angle_) found.beside += plain_;
    auto& address = found.address;
    if (address.ends_with(' ')) address.pop_back();
    if (ambiguous_) address = "@";
    found.plain = !odd_ && !is_odd_address(address) && !is_odd_address(found.beside)
                  && !(has_angle_ ? angle_quotes_ : plain_quotes_);
    // RFC 5322 §4.4: an obsolete route, "@a,@b:", precedes the address.
    if (has_angle_ && address.starts_with('@')) {
      const auto colon = address.find(':');
      if (colon != std::string::npos) address.erase(0, colon + 1);
      found.plain = false;
    }
    return true;
  }

  std::string_view rest_;
  std::string plain_;
  std::string angle_;
  std::string group_;
  bool in_angle_ = false;
  bool has_angle_ = false;
  bool ambiguous_ = false;
  bool odd_ = false;
  bool plain_at_ = false;
  bool angle_at_ = false;
  bool plain_quotes_ = false;  // an @ is in quotes
  bool angle_quotes_ = false;
  bool finished_ = false;
};

bool is_domain_octet(char c) {
  return is_alnum(c) || c == '-' || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

// The domain after the first @ of `text`, which is moved behind it; nothing if there is no domain
// that could have a policy. A single label is not an Internet domain: "Sales @ Shop".
std::optional<std::string> take_domain(std::string_view& text) {
  text.remove_prefix(std::min(text.find('@') + 1, text.size()));
  const auto end = std::ranges::find_if_not(text, is_domain_octet) - text.begin();
  auto name = text.substr(0, static_cast<std::size_t>(end));
  while (name.starts_with('.')) name.remove_prefix(1);
  while (name.ends_with('.')) name.remove_suffix(1);
  if (name.find('.') == std::string_view::npos) return std::nullopt;
  // RFC 9989 §5.3.1: "If the domain is a U-label, the domain MUST be converted to an A-label".
  return address::dns_name(name);
}

result<void> add_domain(std::vector<std::string>& to, std::string domain) {
  if (std::ranges::find(to, domain) != to.end()) return {};
  if (to.size() == author_domains_max) return fail(errc::limit_exceeded, "author_domains_max");
  to.push_back(std::move(domain));
  return {};
}

// Readers that ignore angle brackets take `boss@good.example <ann@shop.example>` for the boss's
// address.
result<void> add_beside(author_reading& to, std::string_view beside) {
  while (beside.find('@') != std::string_view::npos) {
    auto domain = take_domain(beside);
    // No domain to us; another reader may see one, across a blank or a comment.
    if (!domain) to.plain = false;
    if (domain) SP_CHECK(add_domain(to.domains, *std::move(domain)));
  }
  return {};
}

std::optional<std::string> domain_in(std::string_view address) {
  const auto at = address.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto host = address.substr(at + 1);
  return is_address_literal(host) ? to_lower(host) : address::dns_name(host);
}

// The mailboxes of one field, whose numbers count on from `mailboxes`.
result<void> read_field(author_reading& out, std::string_view value, std::size_t& mailboxes) {
  mailbox_scanner scanner(value);
  std::string words;
  for (scanned_mailbox one; scanner.next(one);) {
    out.plain = out.plain && one.plain && words.empty();
    // `Shop, Inc. <ann@shop.example>`: a display name that should have stood in quotes.
    if (!one.angle && !one.address.empty() && one.address.find('@') == std::string::npos) {
      words += one.beside + one.address + ' ';
      continue;
    }
    if (!words.empty()) {
      if (!one.angle) break;
      one.beside.insert(0, std::exchange(words, {}));
    }
    if (one.address.empty() && one.beside.find('@') == std::string::npos) continue;
    if (++mailboxes > author_mailboxes_max) {
      return fail(errc::limit_exceeded, "author_mailboxes_max");
    }
    if (!one.address.empty()) {
      auto domain = domain_in(one.address);
      if (!domain) return fail(errc::malformed, "a From address without a domain");
      SP_CHECK(add_domain(out.domains, *std::move(domain)));
    }
    SP_CHECK(add_beside(out, one.beside));
  }
  if (!words.empty()) return fail(errc::malformed, "a From address without a domain");
  return {};
}

}  // namespace

result<author_reading> read_authors(std::span<const std::string_view> from_values) {
  author_reading out;
  std::size_t mailboxes = 0;
  for (const auto value : from_values) SP_CHECK(read_field(out, value, mailboxes));
  if (out.domains.empty()) return fail(errc::not_found, "no From address");
  return out;
}

}  // namespace signpost::dmarc
