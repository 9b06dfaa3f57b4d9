// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dmarc/author.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"

namespace signpost::dmarc {
namespace {

// 255 octets on the wire are 253 in text (RFC 1035 §2.3.4).
constexpr std::size_t name_octets_max = limits::domain_octets_max - 2;

// The mailboxes of one field value, one after the other: comments and white space left out, what
// stands in angle brackets preferred to what stands before them.
class mailbox_scanner {
 public:
  explicit mailbox_scanner(std::string_view value) : rest_(value) {}

  // The next address, possibly empty (RFC 5322 §4.4 allows empty list elements); false at the end.
  // What stands in quotes is left out but for one x: it can only be part of the local part.
  bool next(std::string& address) {
    if (finished_) return false;
    plain_.clear();
    angle_.clear();
    has_angle_ = false;
    bool in_angle = false;
    bool ambiguous = false;
    while (!rest_.empty()) {
      const char c = take();
      if (c == '(') {
        skip_comment();
      } else if (c == '"') {
        skip_quoted();
        (in_angle ? angle_ : plain_).push_back('x');
      } else if (c == '[') {
        take_literal(in_angle ? angle_ : plain_);
      } else if (c == '<') {
        // Two addresses without a comma: readers differ in which they show.
        ambiguous = ambiguous || has_angle_;
        in_angle = has_angle_ = true;
      } else if (c == '>') {
        in_angle = false;
      } else if (!in_angle && (c == ',' || c == ';')) {
        return give(address, ambiguous);
      } else if (!in_angle && c == ':') {
        plain_.clear();  // RFC 5322 §3.4: the name of a group
      } else {
        add(in_angle ? angle_ : plain_, c);
      }
    }
    finished_ = true;
    return give(address, ambiguous);
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void skip_quoted() {
    while (!rest_.empty()) {
      const char c = take();
      if (c == '"') return;
      if (c == '\\' && !rest_.empty()) take();
    }
  }
  void skip_comment() {
    std::size_t depth = 1;
    while (!rest_.empty() && depth > 0) {
      const char c = take();
      if (c == '\\' && !rest_.empty()) take();
      if (c == '(') ++depth;
      if (c == ')') --depth;
    }
  }
  void take_literal(std::string& into) {
    into.push_back('[');
    while (!rest_.empty() && into.back() != ']') into.push_back(take());
  }
  // White space is allowed around dots and @ (RFC 5322 §4.4); elsewhere one blank of it stays,
  // which no domain can have.
  static void add(std::string& into, char c) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    const bool glued =
        into.empty() || into.ends_with(' ') || into.ends_with('.') || into.ends_with('@');
    if (blank && glued) return;
    if ((c == '.' || c == '@') && into.ends_with(' ')) into.pop_back();
    into.push_back(blank ? ' ' : c);
  }
  bool give(std::string& address, bool ambiguous) {
    address = has_angle_ ? angle_ : plain_;
    if (address.ends_with(' ')) address.pop_back();
    if (ambiguous) address = "@";
    // RFC 5322 §4.4: an obsolete route, "@a,@b:", stands before the address.
    if (has_angle_ && address.starts_with('@')) {
      const auto colon = address.find(':');
      if (colon != std::string::npos) address.erase(0, colon + 1);
    }
    return true;
  }

  std::string_view rest_;
  std::string plain_;
  std::string angle_;
  bool has_angle_ = false;
  bool finished_ = false;
};

}  // namespace

std::optional<std::string> normal_domain(std::string_view name) {
  // RFC 9989 §5.3.1: "If the domain is a U-label, the domain MUST be converted to an A-label".
  if (!is_ascii(name)) {
    const auto parsed = address::domain::parse(name);
    return parsed ? std::optional(parsed->ascii()) : std::nullopt;
  }
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > name_octets_max) return std::nullopt;
  for (const auto label : split(name, '.')) {
    if (label.empty() || label.size() > limits::label_octets_max) return std::nullopt;
    const bool known =
        std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
    if (!known) return std::nullopt;
  }
  return to_lower(name);
}

result<std::vector<std::string>> author_domains(std::span<const std::string_view> from_values) {
  std::vector<std::string> domains;
  std::size_t mailboxes = 0;
  for (const auto value : from_values) {
    mailbox_scanner scanner(value);
    for (std::string address; scanner.next(address);) {
      if (address.empty()) continue;
      if (++mailboxes > author_mailboxes_max) {
        return fail(errc::limit_exceeded, "author_mailboxes_max");
      }
      const auto at = address.find('@');
      const auto domain =
          at == std::string::npos ? std::nullopt : normal_domain(address.substr(at + 1));
      if (!domain) return fail(errc::malformed, "a From address without a domain");
      if (std::ranges::find(domains, *domain) != domains.end()) continue;
      if (domains.size() == author_domains_max) {
        return fail(errc::limit_exceeded, "author_domains_max");
      }
      domains.push_back(*domain);
    }
  }
  if (domains.empty()) return fail(errc::not_found, "no From address");
  return domains;
}

}  // namespace signpost::dmarc
