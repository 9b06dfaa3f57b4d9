// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// hostile: what mail that was made to be expensive costs, and whether that stays within bounds.
//
//   hostile               all attacks in full size
//   hostile --quick       small ones, as in ctest
//   hostile --only l=     those with this in their name
//
// Ends with 1 if a bound is broken. Time is held against SHA-256 and RSA on the same machine in the
// same run, so the bounds are the same everywhere; without optimisation they need `--slack`.
#include <algorithm>
#include <cstdio>

#include "bench/hostile/meter.hpp"
#include "bench/hostile/scenario.hpp"
#include "bench/support/options.hpp"

namespace signpost::bench {
namespace {

constexpr option_spec specs[] = {
    {"--quick", "", "small inputs: seconds instead of minutes", true},
    {"--only", "", "only scenarios with this in their name"},
    {"--slack", "1", "bounds of time are this many times as wide"},
};

// Time that any call may take, in verifications: what cannot be told from noise.
constexpr double verifies_unnoticed = 10;

std::vector<scenario> all_scenarios(bool quick) {
  std::vector<scenario> all;
  for (auto* const make : {&header_scenarios, &body_scenarios, &key_scenarios, &dns_scenarios}) {
    std::ranges::move(make(quick), std::back_inserter(all));
  }
  return all;
}

struct verdict {
  double cpu_s = 0;
  double cpu_max_s = 0;
  std::size_t memory = 0;
  double memory_max = 0;
  std::size_t octets = 0;
  [[nodiscard]] bool holds() const {
    return cpu_s <= cpu_max_s && static_cast<double>(memory) <= memory_max;
  }
};

verdict judge(const scenario& s, const units& unit, double slack) {
  const auto run = s.run ? s.run : [&] { check_everything(s.what); };
  const auto used = measure(run, 3);
  const auto octets = s.octets != 0 ? s.octets : s.what.message.size() + s.what.zone.given();
  const auto sent = static_cast<double>(octets);
  return {.cpu_s = used.cpu_s,
          .cpu_max_s = slack
                       * (s.limit.hashes * sent * unit.hash_s_per_octet
                          + (s.limit.verifies + verifies_unnoticed) * unit.verify_s),
          .memory = used.peak_octets,
          .memory_max = s.limit.memory * sent + static_cast<double>(s.limit.fixed),
          .octets = octets};
}

void print(const scenario& s, const verdict& v, const units& unit) {
  constexpr double mega = 1e6;
  const auto sent = static_cast<double>(v.octets);
  std::printf("%-44s %8.3f %9.2f %9.2f %8.1f %9.1f %8.2f %8.2f  %s\n", s.name.c_str(), sent / mega,
              v.cpu_s * 1e3, v.cpu_max_s * 1e3, v.cpu_s / (sent * unit.hash_s_per_octet),
              v.cpu_s / unit.verify_s, static_cast<double>(v.memory) / mega, v.memory_max / mega,
              v.holds() ? "holds" : "BROKEN");
}

int run(const options& given) {
  const auto slack = value_or_exit(given.real("--slack"));
  const auto only = given.text("--only");
  const auto unit = measure_units();
  std::printf("units: SHA-256 %.3f ns/octet, RSA-2048 verification %.1f us\n",
              unit.hash_s_per_octet * 1e9, unit.verify_s * 1e6);
  std::printf("%-44s %8s %9s %9s %8s %9s %8s %8s\n", "attack", "MB sent", "CPU ms", "at most",
              "hashes", "verifies", "MB peak", "at most");
  std::size_t broken = 0;
  for (const auto& s : all_scenarios(given.flag("--quick"))) {
    if (s.name.find(only) == std::string::npos) continue;
    const auto v = judge(s, unit, slack);
    print(s, v, unit);
    std::fflush(stdout);
    if (!v.holds()) ++broken;
  }
  std::printf("%zu bounds broken\n", broken);
  return broken == 0 ? 0 : 1;
}

}  // namespace
}  // namespace signpost::bench

int main(int argc, char** argv) {
  using namespace signpost::bench;
  return run(
      parse_or_exit("hostile: the cost of mail that was made to be expensive", specs, argc, argv));
}
