// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A cluster's authority and certificates of its nodes, in a folder of their own.
#pragma once

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <string>

#include "base/clock.hpp"
#include "cluster/link/identity.hpp"
#include "net/tls/certificate_authority.hpp"
#include "net/tls/mutual_tls.hpp"
#include "tests/support/loopback.hpp"

namespace signpost::cluster {

inline constexpr auto test_cluster_id = "8b3c1f005a6e4b1c9a520c4d4f1f7a10";

class test_certificates {
 public:
  test_certificates() : test_certificates(system_clock().now()) {}

  [[nodiscard]] net::certificate_facts facts(const std::string& name, role_set roles) const {
    return {.common_name = name,
            .uris = {link::identity_uri(
                {.cluster = test_cluster_id, .name = name, .roles = roles})},
            .from = now - std::chrono::hours(1),
            .until = now + std::chrono::hours(1)};
  }
  /// Writes NAME.crt and NAME.key.
  net::mutual_tls_files write(const std::string& name, const net::certificate_facts& wanted,
                              const net::certificate_pair& by) const {
    const auto made = net::issue_certificate(by, wanted).value();
    test::write_file(folder.path(name + ".crt"), made.certificate);
    test::write_file(folder.path(name + ".key"), made.key);
    EXPECT_EQ(::chmod(folder.path(name + ".key").c_str(), 0600), 0);
    return {.certificate = folder.path(name + ".crt"),
            .key = folder.path(name + ".key"),
            .authority = folder.path("ca.crt")};
  }
  [[nodiscard]] std::shared_ptr<net::mutual_tls_context> context(
      const net::mutual_tls_files& files) const {
    return net::mutual_tls_context::load(files).value();
  }
  [[nodiscard]] std::shared_ptr<net::mutual_tls_context> of_node(const std::string& name,
                                                                 role_set roles) const {
    return context(write(name, facts(name, roles), authority));
  }

  const wall_time now;
  test::temporary_directory folder;
  net::certificate_pair authority;
  net::certificate_pair other_authority;

 private:
  explicit test_certificates(wall_time t)
      : now(t),
        authority(net::make_authority("test", t - std::chrono::hours(48),
                                      t + std::chrono::hours(48))
                      .value()),
        other_authority(net::make_authority("test", t - std::chrono::hours(48),
                                            t + std::chrono::hours(48))
                            .value()) {
    test::write_file(folder.path("ca.crt"), authority.certificate);
  }
};

}  // namespace signpost::cluster
