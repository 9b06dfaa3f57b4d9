// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/authentication/author_reader.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "model/authentication/alignment_guard.hpp"
#include "proto/address/dns_name.hpp"
#include "proto/dmarc/author.hpp"
#include "proto/imf/lenient_header.hpp"

namespace signpost::model {
namespace {

using values = std::vector<std::string_view>;

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// RFC 2047 §4.2.
std::string decode_q(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '=' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0
                         && hex_value(text[i + 2]) >= 0;
    if (escaped) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '_' ? ' ' : text[i]);
    }
  }
  return out;
}

// With dirt in it, and without an end that is too short.
std::string decode_b(std::string_view text) {
  std::string clean;
  std::ranges::copy_if(text, std::back_inserter(clean),
                       [](char c) { return is_alnum(c) || c == '+' || c == '/'; });
  if (clean.size() % 4 == 1) clean.pop_back();
  clean.append((4 - clean.size() % 4) % 4, '=');
  return from_base64(clean).value_or(std::string());
}

/// Names that are read in all From fields of a message. With more it may be anybody's.
constexpr std::size_t names_max = 2 * dmarc::author_mailboxes_max;
/// This much after an @ is searched for the end of a domain; the longest have 253 octets, more with
/// characters that are mapped away.
constexpr std::size_t name_octets_max = 1000;

/// The domains that any reader could find in texts that no two readers take for the same.
class mention_finder {
 public:
  /// `closely`: for a From that cannot be read in the standard's way: names without an @ are shown,
  /// too, and every @ has to be accounted for.
  void look_at(std::string_view text, bool closely) {
    look_once(text, closely);
    if (text.find("=?") != std::string_view::npos) look_once(decode(text), closely);
  }
  /// Some reader may find an address where none was found here: what stands behind an @ is no
  /// domain as it stands, or an @ is written in another way.
  [[nodiscard]] bool unexplained() const { return unexplained_; }
  [[nodiscard]] const std::set<std::string>& found() const { return found_; }
  /// In a character set in which an @ may be anything.
  [[nodiscard]] bool unreadable() const { return unreadable_; }
  /// There are names that were not read.
  [[nodiscard]] bool has_more() const { return names_ > names_max; }

 private:
  static bool is_domain_octet(char c) {
    return is_alnum(c) || c == '-' || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
  }

  void add(std::string_view name) {
    if (++names_ > names_max) return;
    while (name.starts_with('.')) name.remove_prefix(1);
    while (name.ends_with('.')) name.remove_suffix(1);
    const auto domain = address::dns_name(name);
    if (domain && domain->find('.') != std::string::npos
        && found_.size() <= author_domains_kept_max) {
      found_.insert(*domain);
    }
  }

  void look_once(std::string_view text, bool closely) {
    look_plainly(text);
    look_folded(text);
    if (!closely) return;
    look_for_signs(text);
    look_for_names(text);
  }

  static std::size_t domain_octets(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_domain_octet) - text.begin());
  }

  // An @ that is followed by a domain, an address literal or nothing, with nothing behind it that
  // some reader takes for more of it: a comment, a quote, a blank before a dot.
  static bool is_explained(std::string_view behind_at) {
    auto rest = trim(behind_at);
    if (rest.starts_with('[')) {
      const auto end = rest.find_first_not_of("0123456789abcdefABCDEFIPv:.", 1);
      return end != std::string_view::npos && rest[end] == ']' && is_end(rest.substr(end + 1));
    }
    const auto octets = domain_octets(rest);
    const auto name = rest.substr(0, octets);
    rest.remove_prefix(octets);
    if (name.empty()) return rest.empty() || rest.front() == '>' || rest.front() == ',';
    return is_end(rest) && !name.ends_with('.') && address::dns_name(name).has_value();
  }
  static bool is_end(std::string_view rest) {
    if (rest.empty() || std::string_view(">,;\")").find(rest.front()) != std::string_view::npos) {
      return true;
    }
    const auto next = rest.find_first_not_of(" \t\r\n");
    return next > 0 && (next == std::string_view::npos || (rest[next] != '.' && rest[next] != '('));
  }

  void look_for_signs(std::string_view text) {
    std::size_t plain = 0;
    for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
      if (++plain > names_max) return;  // has_more() says so
      unexplained_ = unexplained_ || !is_explained(text.substr(at + 1, name_octets_max));
    }
    std::size_t seen = 0;
    imf::seen_characters characters(text);
    for (char c = characters.next(); c != '\0'; c = characters.next()) seen += c == '@' ? 1 : 0;
    unexplained_ = unexplained_ || seen != plain;
    // As HTML writes it.
    for (const auto* sign : {"&#", "&commat"}) {
      unexplained_ = unexplained_ || text.find(sign) != std::string_view::npos;
    }
  }

  // Whatever has the form of a domain.
  void look_for_names(std::string_view text) {
    while (!text.empty()) {
      const auto octets = domain_octets(text);
      const auto name = text.substr(0, octets);
      // No domain ends with a number: that is an address literal.
      if (!std::ranges::all_of(name.substr(name.rfind('.') + 1), is_digit)) add(name);
      text.remove_prefix(octets);
      const auto next = std::ranges::find_if(text, is_domain_octet) - text.begin();
      text.remove_prefix(static_cast<std::size_t>(next));
    }
  }

  // Behind each @, up to what no name has.
  void look_plainly(std::string_view text) {
    for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
      const auto begin = std::min(text.find_first_not_of(" \t\r\n", at + 1), text.size());
      const auto rest = text.substr(begin);
      add(rest.substr(0, domain_octets(rest)));
    }
  }

  // The same with what cannot be seen left out, and full-width forms as the ASCII they look like.
  void look_folded(std::string_view text) {
    std::string name;
    bool behind_at = false;
    imf::seen_characters characters(text);
    for (char c = characters.next();; c = characters.next()) {
      if (behind_at && c != '\0' && c != '\x80' && is_domain_octet(c)) {
        name.push_back(c);
        continue;
      }
      if (behind_at) add(name);
      if (c == '\0') return;
      name.clear();
      behind_at = c == '@';
    }
  }

  // With encoded words (RFC 2047 §2) decoded; white space between two of them is ignored.
  std::string decode(std::string_view text) {
    std::string out;
    for (;;) {
      const auto begin = text.find("=?");
      if (begin == std::string_view::npos) break;
      const auto gap = text.substr(0, begin);
      if (out.empty() || !trim(gap).empty()) out += gap;
      text.remove_prefix(begin + 2);
      // Searched for one after the other: a field may be full of beginnings that have no end.
      const auto word = text.substr(0, 1000);
      const auto charset_end = word.find('?');
      if (word.substr(0, charset_end).size() + 2 >= word.size()) continue;
      if (word[charset_end + 1] == '?' || word[charset_end + 2] != '?') continue;
      const auto text_begin = charset_end + 3;
      const auto text_end = word.find('?', text_begin);
      if (text_end == std::string_view::npos) continue;
      if (!word.substr(text_end + 1).starts_with('=')) continue;
      out += decoded_word(word.substr(0, charset_end), word[charset_end + 1],
                          word.substr(text_begin, text_end - text_begin));
      text.remove_prefix(text_end + 2);
    }
    return out + std::string(text);
  }

  std::string decoded_word(std::string_view charset, char encoding, std::string_view text) {
    // In these an @ is an @, and nothing else is.
    static constexpr std::array<std::string_view, 16> transparent{
        "utf-8",  "utf8", "us-ascii", "ascii", "iso-8859-", "windows-", "cp125",    "koi8-",
        "gb2312", "gbk",  "gb18030",  "big5",  "euc-",      "ks_c_",    "shift_jis", "tis-620"};
    const auto is_it = [&](std::string_view k) { return starts_with_ignoring_case(charset, k); };
    unreadable_ = unreadable_ || std::ranges::none_of(transparent, is_it);
    return ascii_lower(encoding) == 'q' ? decode_q(text) : decode_b(text);
  }

  std::set<std::string> found_;
  std::size_t names_ = 0;
  bool unreadable_ = false;
  bool unexplained_ = false;
};

// Programs of the older IDNA map what newer ones keep: `faß` is `fass` to them.
std::string as_idna_2003(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> mapped{
      {{"\xc3\x9f", "ss"},          // sharp s
       {"\xe1\xba\x9e", "ss"},      // capital sharp s
       {"\xcf\x82", "\xcf\x83"},    // final sigma
       {"\xe2\x80\x8c", ""},        // joiners
       {"\xe2\x80\x8d", ""}}};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    const auto* found = std::ranges::find_if(
        mapped, [&](const auto& one) { return rest.starts_with(one.first); });
    if (found == mapped.end()) {
      out.push_back(text[at++]);
    } else {
      out += found->second;
      at += found->first.size();
    }
  }
  return out;
}

bool has_two_readings(std::string_view text) {
  return !is_ascii(text) && as_idna_2003(text) != text;
}

void add(author_facts& to, const std::string& domain) {
  if (std::ranges::find(to.domains, domain, &author_domain::name) != to.domains.end()) return;
  if (to.domains.size() == author_domains_kept_max) {
    to.anybody = true;
    return;
  }
  to.domains.push_back({.name = domain, .organization = widest_organization(domain, {}, false)});
}

void add_mentions(author_facts& to, const values& texts, bool readable) {
  mention_finder finder;
  for (const auto text : texts) {
    finder.look_at(text, !readable);
    if (has_two_readings(text)) finder.look_at(as_idna_2003(text), !readable);
  }
  for (const auto& domain : finder.found()) add(to, domain);
  // Nearly all readers display an author that can be read according to the standard. Of the others
  // nobody knows.
  const bool guessed = !readable && (finder.unreadable() || finder.unexplained());
  to.anybody = to.anybody || finder.has_more() || guessed;
}

// A policy record above what anybody takes for one organization (of a top level domain, say) makes
// strangers aligned, by the DNS tree walk alone. Other receivers do not accept their proof.
bool is_proof(const dmarc::author_result& found) {
  const auto own = widest_organization(found.domain, found.organizational_domain,
                                       found.below_public_suffix);
  const auto by_name = widest_organization(found.domain, {}, false);
  const auto& organization = own.size() < by_name.size() ? by_name : own;
  return std::ranges::any_of(found.aligned_with, [&](const std::string& identifier) {
    return is_at_or_below(identifier, organization);
  });
}

bool are_different(const values& texts) {
  return std::ranges::any_of(texts,
                             [&](std::string_view t) { return trim(t) != trim(texts.front()); });
}

}  // namespace

author_reading read_author(std::string_view octets) {
  const auto from = imf::lenient_values(octets, "from");
  auto read = dmarc::read_authors(from);
  author_reading out{.domains = std::vector<std::string>{},
                     .several_fields = are_different(from),
                     .facts = {.known = true}};
  const bool plain = read && read->plain && !out.several_fields
                     && std::ranges::none_of(from, has_two_readings);
  if (read) {
    for (const auto& domain : read->domains) {
      // An address literal is nobody's name.
      if (!domain.starts_with('[')) add(out.facts, domain);
    }
    out.domains = std::move(read->domains);
  } else {
    out.domains = tl::unexpected(read.error());
  }
  if (plain) return out;
  add_mentions(out.facts, from, out.domains.has_value());
  if (!read) {
    add_mentions(out.facts, imf::lenient_values(octets, "sender"), false);
    add_mentions(out.facts, imf::lenient_values(octets, "resent-from"), false);
  }
  return out;
}

bool same_authors(std::string_view before, std::string_view after) {
  const auto one = read_author(before);
  const auto other = read_author(after);
  const auto read_alike = one.domains.has_value()
                              ? other.domains.has_value() && *one.domains == *other.domains
                              : !other.domains.has_value();
  const auto in_order = [](author_facts facts) {
    std::ranges::sort(facts.domains, {}, &author_domain::name);
    return facts;
  };
  return read_alike && one.several_fields == other.several_fields
         && in_order(one.facts) == in_order(other.facts);
}

author_facts proven_facts(const author_reading& read, const dmarc::check_result& found) {
  auto facts = read.facts;
  facts.proven = read.domains.has_value() && !read.several_fields && !facts.anybody
                 && !facts.domains.empty();
  for (auto& domain : facts.domains) {
    const auto at = std::ranges::find(found.authors, domain.name, &dmarc::author_result::domain);
    const bool known = at != found.authors.end();
    facts.proven = facts.proven && known && is_proof(*at);
    if (!known) continue;
    domain.organization = widest_organization(domain.name, at->organizational_domain,
                                              at->below_public_suffix);
  }
  return facts;
}

}  // namespace signpost::model
