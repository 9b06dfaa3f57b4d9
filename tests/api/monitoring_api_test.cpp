// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/monitoring_api.hpp"

#include <gtest/gtest.h>

namespace signpost::api {
namespace {

class MonitoringApi : public ::testing::Test {
 protected:
  net::http_response get(const std::string& path, const std::string& method = "GET") {
    return pages_.answer({.method = method, .path = path});
  }

  monitoring::metrics metrics_{{.version = "1.2.3", .compiler = "test"}};
  monitoring::health_state health_{{"spool"}};
  int refreshed_ = 0;
  monitoring_api pages_{
      {.metrics = metrics_, .health = health_, .refresh = [this] { ++refreshed_; }}};
};

TEST_F(MonitoringApi, ShowsMetricsThatWereBroughtUpToDate) {
  metrics_.smtp.messages_accepted.add();
  const auto page = get("/metrics");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(page.body.find("signpost_smtp_messages_accepted_total 1"), std::string::npos);
  EXPECT_EQ(refreshed_, 1);
}

TEST_F(MonitoringApi, IsNotReadyUntilEveryComponentIs) {
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_NE(get("/readyz").body.find("spool"), std::string::npos);
  EXPECT_EQ(get("/livez").status, 200);
  EXPECT_EQ(get("/livez").body, "ok\n");
  health_.set_ready("spool");
  EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(MonitoringApi, IsNotAliveAfterDeath) {
  health_.set_ready("spool");
  health_.set_dead("the store has failed");
  EXPECT_EQ(get("/livez").status, 503);
  EXPECT_EQ(get("/livez").body, "the store has failed\n");
  EXPECT_EQ(get("/readyz").status, 503);
}

TEST_F(MonitoringApi, KnowsThreePagesAndTwoMethods) {
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/signpost/v1/status").status, 404);
  EXPECT_EQ(get("/livez", "HEAD").status, 200);
  EXPECT_EQ(get("/livez", "POST").status, 405);
  EXPECT_EQ(get("/livez", "POST").header("Allow"), "GET, HEAD");
}

}  // namespace
}  // namespace signpost::api
