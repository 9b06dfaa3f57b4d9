// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SEALER: writes what goes before the received bytes of one copy. From the top:
//
//     DKIM-Signature of the service's own domain      for each of its keys: RSA, Ed25519
//     DKIM-Signature of the customer's zone           likewise
//     X-Forwarded-To, X-Forwarded-For                 if there is one recipient
//     Received
//     ARC-Seal, ARC-Message-Signature, ARC-Authentication-Results
//     Received-SPF, Authentication-Results            written by the AUTHENTICATOR at receipt
//     the message as received
//
// For a host that lacks 8BITMIME or SMTPUTF8 all of it is encoded in ASCII first, if that breaks no
// signature that mattered (seven_bit_body.hpp), and then sealed and signed like any other copy.
//
// and the envelope sender (SRS). A webhook's copy is the same without X-Forwarded-*, because a URL
// is not an address, and is signed as a whole for its receiver. Our own notifications get only the
// signature of the service's domain. A signature that fails never holds mail back. What is not
// proven for its author gets no signature that is aligned with the author, and no
// such sender (model/authentication/alignment_guard.hpp).
//
// The keys are behind the signer (cluster/signing/signer.hpp): on this node, and then all is done
// within one turn, or on another one, which is asked while other copies are sealed.
//
// Threads: `seal` from any; the actor hands its work to `workers` actors of its kind, so that all
// processors sign. Keys, signer, clock, metrics and budget outlive it.
#pragma once

#include <caf/typed_event_based_actor.hpp>
#include <memory>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/routing/srs_keys.hpp"
#include "actors/signing/seal_cache.hpp"
#include "actors/signing/seven_bit_body.hpp"
#include "actors/signing/signature_book.hpp"
#include "base/body.hpp"
#include "base/clock.hpp"
#include "cluster/signing/signer.hpp"
#include "monitoring/families.hpp"
#include "proto/smtp/client_session.hpp"

namespace signpost::actors {

struct sealing_options {
  std::string host_name;
  /// Whose Authentication-Results fields in received messages are forged; empty = `host_name`.
  std::string authserv_id;
  /// Signs everything and seals ARC; in A-labels and lower case; empty = `host_name`.
  std::string service_domain;
  bool arc = true;
  bool forwarded_fields = true;
  milliseconds valid_for = std::chrono::hours(24 * 7);
  std::size_t workers = 1;
  /// For hosts without 8BITMIME or SMTPUTF8.
  reencoding reencode = reencoding::unsigned_mail;
};

enum class copy_form : std::uint8_t {
  as_received,
  seven_bit,  ///< encoded in ASCII, header and all, and signed as such
};

struct sealer_dependencies {
  const srs_keys& keys;
  cluster::signer& signing;
  const clock& time;
  const monitoring::metrics& metrics;
  memory_budget* budget = nullptr;  ///< for the rare copy that differs; null = unbounded
  sealing_options options;
  /// From which the secrets of webhooks are made.
  std::string webhook_key = {};
  std::shared_ptr<seal_cache> cache = std::make_shared<seal_cache>();
};

/// The pure part. errc::no_space if the copy has to differ from what was received and there is no
/// memory for it; errc::denied if no name of ours may be lent to it
/// (model/authentication/alignment_guard.hpp), which is refused at receipt: only what was taken in
/// before, or under other names of the node, meets it; errc::malformed if there is no such copy in
/// 7 bits; errc::unavailable if a signer on another node could not be asked. Means nothing while
/// `book` is not complete: then again, with more in it.
result<smtp::outgoing_message> seal(const delivery_job& job, const sealer_dependencies& with,
                                    signature_book& book,
                                    copy_form form = copy_form::as_received);

sealer_actor::behavior_type sealer(sealer_actor::pointer self, sealer_dependencies with);

}  // namespace signpost::actors
