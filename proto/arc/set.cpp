// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/arc/set.hpp"

#include <algorithm>
#include <map>
#include <span>

#include "base/text.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::arc {
namespace {

// RFC 6376 §3.5 lets verifiers treat longer values as infinite; none is a real time.
constexpr std::size_t timestamp_digits_max = 12;

// RFC 8617 §4.2.1: instance = 1*2DIGIT, 1 to 50.
result<unsigned> parse_instance(std::string_view text) {
  if (text.empty() || text.size() > 2) return fail(errc::malformed, "instance");
  const auto number = parse_uint(text);
  if (!number || *number == 0 || *number > instances_max) return fail(errc::malformed, "instance");
  return static_cast<unsigned>(*number);
}

result<std::string_view> required(const dkim::tag_list& tags, std::string_view name) {
  const auto value = tags.value(name);
  if (!value || value->empty()) return fail(errc::malformed, "no " + std::string(name) + "=");
  return *value;
}

result<void> read_timestamp(const dkim::tag_list& tags, seal& out) {
  const auto value = tags.value("t");
  if (!value) return {};
  out.signed_at = parse_uint(*value);
  if (!out.signed_at || value->size() > timestamp_digits_max) {
    return fail(errc::malformed, "t= is not a number");
  }
  return {};
}

result<void> read_key_place(const dkim::tag_list& tags, seal& out) {
  SP_TRY(const auto domain, required(tags, "d"));
  SP_TRY(out.domain, dkim::to_dns_name(domain));
  SP_TRY(const auto selector, required(tags, "s"));
  SP_TRY(out.selector, dkim::to_dns_name(selector));
  return {};
}

// The fields of one instance, before it is known that each occurs once.
struct draft {
  std::vector<dkim::field_index> results, message_signatures, seals;
};
using drafts = std::map<unsigned, draft>;

result<unsigned> instance_of(std::string_view name, std::string_view value) {
  if (name == results_name) {
    SP_TRY(const auto parsed, parse_results(value));
    return parsed.instance;
  }
  SP_TRY(const auto tags, dkim::tag_list::parse(trim(value)));
  SP_TRY(const auto instance, required(tags, "i"));
  return parse_instance(instance);
}

// Sorts the fields of one name into the sets; every field is read, so that `highest` is right even
// for a broken chain.
void sort_fields(const dkim::message_hasher& hasher, std::string_view name,
                 std::vector<dkim::field_index> draft::*place, drafts& into, chain& out) {
  for (const auto index : hasher.find_all(name)) {
    const auto instance = instance_of(name, hasher.field(index).value);
    if (!instance) {
      out.objection = std::string(name) + ": " + instance.error().context;
      continue;
    }
    out.highest = std::max(out.highest, *instance);
    (into[*instance].*place).push_back(index);
  }
}

result<arc_set> complete(const dkim::message_hasher& hasher, unsigned instance, const draft& d) {
  // RFC 8617 §5.2 step 3 A: "Each ARC Set MUST contain exactly one each of the three" fields.
  if (d.results.size() != 1 || d.message_signatures.size() != 1 || d.seals.size() != 1) {
    return fail(errc::malformed, "set " + std::to_string(instance) + " is not complete");
  }
  arc_set set{.instance = instance,
              .results_field = d.results.front(),
              .message_signature_field = d.message_signatures.front(),
              .seal_field = d.seals.front()};
  SP_TRY(set.results, parse_results(hasher.field(set.results_field).value));
  SP_TRY(set.message_signature,
         dkim::parse_signature(hasher.field(set.message_signature_field).value,
                               {.form = dkim::signature_form::arc_message}));
  SP_TRY(set.seal, parse_seal(hasher.field(set.seal_field).value));
  return set;
}

// RFC 8617 §5.2 step 3 B to D: numbered without gaps, cv=none in the first, cv=pass in all others.
std::string object_to_order(const std::vector<arc_set>& sets) {
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (sets[i].instance != i + 1) return "instances have a gap";
    const auto wanted = i == 0 ? chain_status::none : chain_status::pass;
    if (sets[i].seal.status != wanted) {
      return "seal " + std::to_string(i + 1)
             + " says cv=" + std::string(to_string(sets[i].seal.status));
    }
  }
  return {};
}

bool latest_seal_says_fail(const dkim::message_hasher& hasher, const drafts& all) {
  if (all.empty()) return false;
  const auto& seals = all.rbegin()->second.seals;
  return std::ranges::any_of(seals, [&](dkim::field_index index) {
    const auto parsed = parse_seal(hasher.field(index).value);
    return parsed && parsed->status == chain_status::fail;
  });
}

}  // namespace

std::string_view to_string(chain_status s) {
  switch (s) {
    case chain_status::none:
      return "none";
    case chain_status::fail:
      return "fail";
    case chain_status::pass:
      return "pass";
  }
  return "?";
}

std::optional<chain_status> parse_chain_status(std::string_view text) {
  for (const auto s : {chain_status::none, chain_status::fail, chain_status::pass}) {
    if (text == to_string(s)) return s;
  }
  return std::nullopt;
}

result<results> parse_results(std::string_view value) {
  const auto end = value.find(';');
  if (end == std::string_view::npos) return fail(errc::malformed, "no instance");
  // RFC 8617 §4.2.1: instance = [CFWS] %s"i" [CFWS] "=" [CFWS] 1*2DIGIT [CFWS] ";"
  const auto head = imf::without_comments(value.substr(0, end));
  const auto equals = head.find('=');
  if (equals == std::string::npos || trim(std::string_view(head).substr(0, equals)) != "i") {
    return fail(errc::malformed, "does not begin with i=");
  }
  SP_TRY(const auto instance, parse_instance(trim(std::string_view(head).substr(equals + 1))));
  const auto payload = trim(value.substr(end + 1));
  // RFC 8601 §2.2: an authserv-id comes first; it is a token or quoted, so another tag does not
  // match.
  const auto host = imf::without_comments(payload.substr(0, payload.find(';')));
  if (host.empty() || (host.front() != '"' && host.find('=') != std::string::npos)) {
    return fail(errc::malformed, "no authserv-id");
  }
  return results{.instance = instance, .payload = payload};
}

result<seal> parse_seal(std::string_view value) {
  SP_TRY(const auto tags, dkim::tag_list::parse(trim(value)));
  // RFC 8617 §4.1.3: the header fields are fixed; "if an "h" tag is found in an AS, the Chain
  // Validation Status is fail".
  if (tags.find("h") != nullptr) return fail(errc::denied, "ARC-Seal has h=");
  seal out;
  SP_TRY(const auto instance, required(tags, "i"));
  SP_TRY(out.instance, parse_instance(instance));
  SP_TRY(const auto algorithm, required(tags, "a"));
  const auto known = dkim::parse_algorithm(algorithm);
  if (!known) return fail(errc::malformed, "algorithm is not known");
  out.algorithm = *known;
  SP_TRY(const auto status, required(tags, "cv"));
  const auto read = parse_chain_status(status);
  if (!read) return fail(errc::malformed, "cv= is not known");
  out.status = *read;
  SP_TRY(const auto octets, required(tags, "b"));
  SP_TRY(out.octets, dkim::decode_base64(octets, "b= is not base64"));
  out.raw_octets = tags.find("b")->raw;
  SP_CHECK(read_key_place(tags, out));
  SP_CHECK(read_timestamp(tags, out));
  return out;
}

chain read_chain(const dkim::message_hasher& hasher) {
  chain out;
  for (const auto name : {results_name, message_signature_name, seal_name}) {
    if (hasher.find_all(name).size() <= instances_max) continue;
    out.objection = "more fields than instances_max";
    out.highest = instances_max;
    return out;
  }
  drafts all;
  sort_fields(hasher, results_name, &draft::results, all, out);
  sort_fields(hasher, message_signature_name, &draft::message_signatures, all, out);
  sort_fields(hasher, seal_name, &draft::seals, all, out);
  out.ended = latest_seal_says_fail(hasher, all);
  if (!out.objection.empty()) return out;
  for (const auto& [instance, found] : all) {
    auto set = complete(hasher, instance, found);
    if (!set) {
      out.objection = set.error().context;
      return out;
    }
    out.sets.push_back(*std::move(set));
  }
  out.objection = object_to_order(out.sets);
  return out;
}

}  // namespace signpost::arc
