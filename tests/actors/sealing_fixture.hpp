// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One received message and what the SEALER needs to send it on from node.example for zone.example.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "actors/queue/delivery_job.hpp"
#include "actors/signing/sealer.hpp"
#include "cluster/signing/key_signer.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost::actors {

using cluster::domain_key_map;
using cluster::signing_keys;

/// Seals where the keys are: in one pass.
inline result<smtp::outgoing_message> seal(const delivery_job& job,
                                           const sealer_dependencies& with) {
  signature_book book(with.signing, with.time.now());
  auto sealed = seal(job, with, book);
  EXPECT_TRUE(book.complete());
  return sealed;
}

class SealingTest : public testing::Test {
 protected:
  delivery_job job() {
    delivery_job made;
    made.record = std::make_shared<const model::message_record>(record);
    made.body = std::make_shared<const message_body>(body);
    for (std::uint32_t i = 0; i < 2 && i < record.recipients; ++i) {
      model::envelope e;
      e.id = record.id;
      e.index = i;
      e.original =
          i == 0 && !original.empty() ? original : "u" + std::to_string(i) + "@zone.example";
      e.destination = "d" + std::to_string(i) + "@dest.example";
      e.zone = zone;
      made.envelopes.push_back(e);
    }
    return made;
  }
  sealer_dependencies dependencies() {
    const auto& service = options.service_domain;
    signer.emplace(signing, time,
                   cluster::service_names{.domain = service.empty() ? options.host_name : service,
                                          .host = options.host_name});
    return {.keys = keys,
            .signing = *signer,
            .time = time,
            .metrics = metrics,
            .budget = budget,
            .options = options,
            .cache = cache};
  }
  smtp::outgoing_message sealed() { return seal(job(), dependencies()).value(); }
  /// The octets that go over the wire.
  std::string sent() {
    const auto m = sealed();
    return m.prefix + std::string(m.body->octets());
  }
  /// Forgets what was sealed.
  void cache_anew() { cache = std::make_shared<seal_cache>(); }

  test::manual_clock time;
  srs_keys keys{{.secrets = {"a secret of enough octets"}}};
  signing_keys signing;
  std::optional<cluster::key_signer> signer;
  monitoring::metrics metrics{{.version = "test"}};
  memory_budget* budget = nullptr;
  sealing_options options{.host_name = "node.example"};
  std::shared_ptr<seal_cache> cache = std::make_shared<seal_cache>();
  std::string zone = "zone.example";
  std::string original;  ///< of the first recipient; empty = u0@zone.example
  std::string body = "Subject: x\r\n\r\nx\r\n";
  model::message_record record{.id = model::queue_id::make(time.now(), 1, 1),
                               .accepted = time.now(),
                               .sender = "alice@sender.example",
                               .helo = "client.example",
                               .client_address = "198.51.100.7",
                               .protocol = "ESMTPS",
                               .tls = "TLSv1.3 TLS_AES_256_GCM_SHA384",
                               .recipients = 1};
};

}  // namespace signpost::actors
