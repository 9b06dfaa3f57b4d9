// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/copy_signer.hpp"

#include <optional>
#include <ranges>

#include "base/log.hpp"
#include "proto/arc/sealer.hpp"
#include "proto/authres/authentication_results.hpp"
#include "proto/dkim/signer.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.sealer");

/// What we found out when the message came in.
struct own_results {
  std::string value;  ///< of our Authentication-Results field, folded as it stands
  arc::chain_status chain = arc::chain_status::none;
};

// Nothing if ARC was not checked, or could not be for trouble in the DNS.
std::optional<own_results> results_in(std::string_view our_fields) {
  const imf::message_view view(our_fields, imf::line_ends::lf);
  const auto* field = view.find("Authentication-Results");
  if (field == nullptr) return std::nullopt;
  const auto parsed = authres::parse(field->value);
  const auto* chain = parsed ? parsed->find("arc") : nullptr;
  if (chain == nullptr) return std::nullopt;
  const auto status = arc::parse_chain_status(chain->result);
  if (!status) return std::nullopt;
  return own_results{.value = std::string(field->value), .chain = *status};
}

}  // namespace

void copy_signer::put(const std::string& fields) {
  if (fields.empty()) return;
  hasher_.add_on_top(fields);
  text_ = fields + text_;
}

std::string copy_signer::arc_set(std::string_view our_fields) {
  const auto found = keys_.find(with_.domain);
  if (found == keys_.end() || found->second.empty()) return {};
  const auto ours = results_in(our_fields);
  if (!ours) return {};
  const auto& key = found->second.front();
  const auto set = arc::seal_message(
      hasher_, ours->chain, ours->value,
      {.domain = key.domain, .selector = key.selector, .key = key.key}, with_.now);
  if (!set) {
    report("arc", with_.domain, set.error());
    return {};
  }
  with_.metrics.signatures.add("arc", "made");
  return set->text();
}

std::string copy_signer::signatures_of(std::string_view domain) {
  const auto found = keys_.find(domain);
  if (found == keys_.end()) return {};
  std::string out;
  for (const auto& key : found->second) {
    const auto field = dkim::sign(hasher_,
                                  {.domain = key.domain,
                                   .selector = key.selector,
                                   .key = key.key,
                                   .valid_for = with_.valid_for},
                                  with_.now);
    if (field) {
      with_.metrics.signatures.add("dkim", "made");
      out += *field;
    } else {
      report("dkim", domain, field.error());
    }
  }
  return out;
}

void copy_signer::withhold(std::string_view domain) const {
  const auto found = keys_.find(domain);
  if (found == keys_.end()) return;
  with_.metrics.signatures.add("dkim", "withheld", found->second.size());
}

void copy_signer::report(std::string_view kind, std::string_view domain, const error& why) const {
  // A chain that has ended (RFC 8617 §5.1 step 2) or is full, or a message with too many fields of
  // one name: the sender's doing, and rare.
  const bool message_is_why = why.code == errc::denied || why.code == errc::limit_exceeded;
  log_.write(message_is_why ? log_level::info : log_level::error, "signing.failed",
             {{"queue_id", with_.queue_id},
              {"kind", kind},
              {"domain", domain},
              {"error", to_string(why)},
              {"hint", "the message is sent without this signature"}});
  with_.metrics.signatures.add(kind, message_is_why ? "refused" : "failed");
}

}  // namespace signpost::actors
