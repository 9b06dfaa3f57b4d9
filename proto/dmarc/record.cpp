// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dmarc/record.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "base/uri.hpp"

namespace signpost::dmarc {
namespace {

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

struct tag {
  std::string name;  ///< lower case
  std::string_view value;
};

// RFC 9989 §4.8: dmarc-tag = 1*ALPHA equals 1*dmarc-value
std::optional<tag> read_tag(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto name = trim_blanks(text.substr(0, equals));
  const auto value = trim_blanks(text.substr(equals + 1));
  if (name.empty() || !std::ranges::all_of(name, is_alpha)) return std::nullopt;
  return tag{to_lower(name), value};
}

bool is_value(std::string_view text) {
  return !text.empty()
         && std::ranges::all_of(text, [](char c) { return (c >= ' ' && c < 0x7f) || c == '\t'; });
}

// The literals of the ABNF are case-insensitive (RFC 5234 §2.3).
std::optional<policy> policy_of(std::string_view value) {
  constexpr std::array<std::string_view, 3> names{"none", "quarantine", "reject"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (equals_ignoring_case(value, names.at(i))) return static_cast<policy>(i);
  }
  return std::nullopt;
}

// RFC 9989 §4.8: obs-dmarc-report-size = "!" 1*DIGIT [ "k" / "m" / "g" / "t" ]
std::optional<std::string_view> without_size(std::string_view uri) {
  const auto mark = uri.find('!');
  if (mark == std::string_view::npos) return uri;
  auto size = uri.substr(mark + 1);
  if (!size.empty()
      && std::string_view("kmgt").find(ascii_lower(size.back())) != std::string_view::npos) {
    size.remove_suffix(1);
  }
  if (!parse_uint(size)) return std::nullopt;
  return uri.substr(0, mark);
}

// False if a part is not a URI; those that are stay.
bool read_uris(std::string_view value, std::vector<std::string>& into) {
  bool all_good = true;
  for (const auto part : split(value, ',')) {
    const auto uri = without_size(trim_blanks(part));
    if (!uri || !is_uri(*uri)) {
      all_good = false;
    } else if (into.size() < report_uris_max) {
      into.emplace_back(*uri);
    }
  }
  return all_good;
}

// RFC 9989 §4.8, dmarc-fo: each of 0 or 1, d and s at most once, joined by colons.
bool is_fo(std::string_view value) {
  std::set<char> seen;
  for (const auto part : split(value, ':')) {
    const auto option = trim_blanks(part);
    if (option.size() != 1) return false;
    const char c = ascii_lower(option.front());
    if (std::string_view("01ds").find(c) == std::string_view::npos) return false;
    // "0" and "1" are mutually exclusive.
    if (!seen.insert(c == '1' ? '0' : c).second) return false;
  }
  return true;
}

// Stores the value of one of two or three letters; false if it is not one of them.
template <typename Enum>
bool read_letter(std::string_view value, std::string_view letters, Enum& into) {
  if (value.size() != 1) return false;
  const auto at = letters.find(ascii_lower(value.front()));
  if (at == std::string_view::npos) return false;
  into = static_cast<Enum>(at);
  return true;
}

bool read_policy(std::string_view value, std::optional<policy>& into) {
  into = policy_of(value);
  return into.has_value();
}

// What is known about the three policies while reading.
struct policy_tags {
  std::optional<policy> p;
  bool wrong = false;  ///< one that is present has no valid value
};

bool read_known(const tag& t, record& into, policy_tags& policies) {
  if (t.name == "p") return read_policy(t.value, policies.p);
  if (t.name == "sp") return read_policy(t.value, into.sp);
  if (t.name == "np") return read_policy(t.value, into.np);
  if (t.name == "adkim") return read_letter(t.value, "rs", into.adkim);
  if (t.name == "aspf") return read_letter(t.value, "rs", into.aspf);
  if (t.name == "psd") return read_letter(t.value, "uyn", into.psd);
  if (t.name == "t") return read_letter(t.value, "ny", into.testing);
  if (t.name == "rua") return read_uris(t.value, into.rua);
  if (t.name == "ruf") return read_uris(t.value, into.ruf);
  if (t.name == "fo") {
    if (!is_fo(t.value)) return false;
    into.fo = t.value;
  }
  // RFC 9989 §4.7: "unknown tags MUST be ignored".
  return true;
}

bool is_policy_tag(std::string_view name) {
  return name == "p" || name == "sp" || name == "np";
}

// RFC 6376 §3.2: a tag must not occur twice. It is undefined which value counts, so none does: the
// tag gets its default (RFC 9989 §4.8).
std::set<std::string> repeated_names(const std::vector<tag>& tags) {
  std::set<std::string> seen;
  std::set<std::string> repeated;
  for (const auto& t : tags) {
    if (!seen.insert(t.name).second) repeated.insert(t.name);
  }
  return repeated;
}

void read_tags(const std::vector<tag>& tags, record& into, policy_tags& policies) {
  const auto repeated = repeated_names(tags);
  for (const auto& t : tags) {
    if (!repeated.contains(t.name) && is_value(t.value) && read_known(t, into, policies)) continue;
    policies.wrong = policies.wrong || is_policy_tag(t.name);
    into.problems.push_back(t.name);
  }
}

// RFC 9989 §4.10.1: without a valid p, or with an sp or np that is not valid, the record counts as
// p=none if it asks for reports; otherwise DMARC does not apply.
void settle_policies(const policy_tags& policies, record& out) {
  if (policies.p && !policies.wrong) {
    out.p = *policies.p;
    return;
  }
  out.applies = !out.rua.empty();
  out.sp.reset();
  out.np.reset();
}

}  // namespace

std::string_view to_string(policy p) {
  constexpr std::array<std::string_view, 3> names{"none", "quarantine", "reject"};
  return names.at(static_cast<std::size_t>(p));
}

bool is_dmarc_record(std::string_view text) {
  // RFC 9989 §4.8: dmarc-version = "v" equals %s"DMARC1", first in the record.
  const auto first = read_tag(text.substr(0, text.find(';')));
  return !text.empty() && text.front() != ' ' && text.front() != '\t' && first && first->name == "v"
         && first->value == "DMARC1";
}

result<record> parse_record(std::string_view text) {
  if (!is_dmarc_record(text)) return fail(errc::malformed, "no v=DMARC1");
  if (text.size() > record_octets_max) return fail(errc::limit_exceeded, "record_octets_max");
  record out;
  out.text = text;
  auto parts = split(text, ';');
  std::vector<tag> tags;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (auto t = read_tag(parts[i])) tags.push_back(std::move(*t));
  }
  policy_tags policies;
  read_tags(tags, out, policies);
  settle_policies(policies, out);
  return out;
}

}  // namespace signpost::dmarc
