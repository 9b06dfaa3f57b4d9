// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/copy_signer.hpp"

#include <optional>
#include <utility>

#include "base/log.hpp"
#include "proto/arc/sealer.hpp"
#include "proto/authres/authentication_results.hpp"
#include "proto/dkim/signer.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.sealer");

// A zone and the service, each with two keys, and ARC.
constexpr std::size_t outcomes_expected = 5;

/// What we found out when the message came in.
struct own_results {
  std::string value;  ///< of our Authentication-Results field, with its folding
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

copy_signer::copy_signer(const imf::message_view& message, signature_book& book,
                         copy_signing with)
    : hasher_(message), book_(book), with_(std::move(with)) {
  question_.claims = std::move(with_.claims);
  outcomes_.reserve(outcomes_expected);
  const auto known = with_.body_hash.empty() ? std::string_view(book.body_hash()) : with_.body_hash;
  if (!known.empty()) hasher_.know_body_hash(dkim::canonicalization::relaxed, known);
}

void copy_signer::put(const std::string& fields) {
  if (fields.empty()) return;
  hasher_.add_on_top(fields);
  text_ = fields + text_;
}

// Two words fit into the function: nothing is allocated for it.
dkim::key_handle copy_signer::key(crypto::key_type type, bool arc) {
  using cluster::wire::signature_kind;
  return {type, [this, arc](dkim::signing_text text) {
            const auto of_arc =
                text.body_hash.empty() ? signature_kind::arc_seal : signature_kind::arc_message;
            return signature(arc ? of_arc : signature_kind::dkim, std::move(text));
          }};
}

result<std::string> copy_signer::signature(cluster::wire::signature_kind kind,
                                           dkim::signing_text text) {
  question_.kind = kind;
  question_.header = std::move(text.header);
  question_.body_hash = text.body_hash;
  auto answer = book_.sign(question_);
  by_signer_ = !answer;
  return answer;
}

std::string copy_signer::arc_set(std::string_view our_fields) {
  const auto* keys = book_.keys_of(with_.domain);
  if (keys == nullptr) return {};
  const auto ours = results_in(our_fields);
  if (!ours) return {};
  const auto& first = keys->front();
  const auto set = arc::seal_message(hasher_, ours->chain, ours->value,
                                     {.domain = std::string(with_.domain),
                                      .selector = first.selector,
                                      .key = key(first.type, true)},
                                     book_.now());
  if (!set) {
    note_failure("arc", with_.domain, set.error());
    return {};
  }
  outcomes_.push_back({.kind = "arc", .result = "made"});
  return set->text();
}

std::string copy_signer::signatures_of(std::string_view domain) {
  const auto* keys = book_.keys_of(domain);
  if (keys == nullptr) return {};
  std::string out;
  for (const auto& one : *keys) {
    const auto field = dkim::sign(hasher_,
                                  {.domain = std::string(domain),
                                   .selector = one.selector,
                                   .key = key(one.type, false),
                                   .valid_for = with_.valid_for},
                                  book_.now());
    if (field) {
      outcomes_.push_back({.kind = "dkim", .result = "made"});
      out += *field;
    } else {
      note_failure("dkim", domain, field.error());
    }
  }
  return out;
}

void copy_signer::withhold(std::string_view domain) {
  const auto* keys = book_.keys_of(domain);
  if (keys == nullptr) return;
  outcomes_.push_back({.kind = "dkim", .result = "withheld", .count = keys->size()});
}

void copy_signer::remember() {
  book_.keep_body_hash(*hasher_.body_hash(dkim::canonicalization::relaxed, std::nullopt));
}

void copy_signer::note_failure(std::string_view kind, std::string_view domain, const error& why) {
  // A chain that has ended (RFC 8617 §5.1 step 2) or is full, or a message with too many fields of
  // one name: the sender's doing, and rare. What the signer says no to should not be asked.
  const bool objected = why.code == errc::denied || why.code == errc::limit_exceeded;
  const auto by_signer = std::exchange(by_signer_, false);
  const auto result = !objected ? "failed" : by_signer ? "denied" : "refused";
  outcomes_.push_back(
      {.kind = kind, .result = result, .domain = std::string(domain), .why = why});
}

void copy_signer::tell() const {
  for (const auto& one : outcomes_) {
    with_.metrics.signatures.add(one.kind, one.result, one.count);
    if (one.domain.empty()) continue;
    log_.write(one.result == "refused" ? log_level::info : log_level::error, "signing.failed",
               {{"queue_id", question_.claims.queue_id.to_string()},
                {"kind", one.kind},
                {"domain", one.domain},
                {"error", to_string(one.why)},
                {"hint", "the message is sent without this signature"}});
  }
}

}  // namespace signpost::actors
