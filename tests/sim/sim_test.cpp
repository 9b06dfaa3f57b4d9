// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The short form of tools/simulate: some hundred runs of each size, and each counter-proof.
#include <gtest/gtest.h>

#include "tests/sim/world.hpp"

namespace signpost::sim {
namespace {

struct cluster_size {
  unsigned nodes;
  unsigned copies;
};

class Simulation : public testing::TestWithParam<cluster_size> {};

TEST_P(Simulation, LosesNothing) {
  run_result sum;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const auto r =
        world({.nodes = GetParam().nodes, .copies = GetParam().copies, .seed = seed}).run();
    ASSERT_FALSE(r.failed())
        << "tools/simulate --trace --nodes " << GetParam().nodes
                             << " --copies " << GetParam().copies << " --seed " << seed << ": "
                             << r.first_failure;
    sum.add(r);
  }
  // Nothing is proved by runs in which nothing happens.
  EXPECT_GT(sum.acknowledged, 5'000);
  EXPECT_GT(sum.adopted, 300);
  EXPECT_GT(sum.wiped, 100);
  EXPECT_GT(sum.reports, 1'000);
  EXPECT_GT(sum.fences, 100);
  EXPECT_GT(sum.drained, 50);
  EXPECT_LT(sum.duplicated * 20, sum.delivered);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Simulation,
                         testing::Values(cluster_size{3, 2}, cluster_size{5, 2},
                                         cluster_size{5, 3}, cluster_size{7, 3}),
                         [](const auto& size) {
                           return "Nodes" + std::to_string(size.param.nodes) + "Copies"
                                  + std::to_string(size.param.copies);
                         });

TEST(SimulationSeeds, TheSameSeedIsTheSameRun) {
  const auto run = [](std::uint64_t seed) { return world({.seed = seed}).run(); };
  const auto a = run(7);
  const auto b = run(7);
  EXPECT_EQ(a.events, b.events);
  EXPECT_EQ(a.acknowledged, b.acknowledged);
  EXPECT_EQ(a.duplicated, b.duplicated);
  EXPECT_NE(a.events, run(8).events);
}

class CounterProof : public testing::TestWithParam<control> {};

TEST_P(CounterProof, IsFound) {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 1'500 && found < 3; ++seed) {
    if (world({.nodes = 3, .seed = seed, .with = &GetParam()}).run().failed()) ++found;
  }
  EXPECT_EQ(found, 3) << GetParam().what << ", and hardly any run shows it";
}

INSTANTIATE_TEST_SUITE_P(All, CounterProof, testing::ValuesIn(controls()), [](const auto& each) {
  std::string name(each.param.name);
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace signpost::sim
