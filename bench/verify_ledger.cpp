// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// verify_ledger: compares the ledgers of smtp_load and smtp_sink and says what was lost.
//
//   verify_ledger --acknowledged load.ledger --received sink.ledger
//   acknowledged 120000 lost 0 duplicated 3
//
// Ends with 0 if nothing was lost, 1 if something was, 2 if it could not compare.
#include <cstdio>

#include "bench/support/ledger.hpp"
#include "bench/support/options.hpp"

namespace signpost::bench {
namespace {

constexpr option_spec specs[] = {
    {"--acknowledged", "", "ledger of smtp_load; may be given more than once"},
    {"--received", "", "ledger of smtp_sink; may be given more than once"},
    {"--copies", "1", "copies of each message that should arrive"},
    {"--show", "10", "how many lost ids to name"},
};

struct comparison {
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  /// Arrived although its 250 never reached the sender: allowed, the sender will send it again.
  std::uint64_t unacknowledged = 0;
};

comparison compare(const id_counts& acknowledged, const id_counts& received, std::uint64_t copies,
                   std::uint64_t show) {
  comparison found;
  acknowledged.for_each([&](message_id id, std::uint8_t) {
    if (received.count_of(id) >= copies) return;
    if (found.lost++ < show) {
      std::printf("lost %.*s-%llu\n", static_cast<int>(id.run.size()), id.run.data(),
                  static_cast<unsigned long long>(id.number));
    }
  });
  received.for_each([&](message_id id, std::uint8_t count) {
    if (count > copies) ++found.duplicated;
    if (acknowledged.count_of(id) == 0) ++found.unacknowledged;
  });
  return found;
}

id_counts read_all(const options& given, std::string_view name) {
  id_counts counts;
  for (const auto& path : given.all(name)) {
    if (const auto read = read_ledger(path, counts); !read) usage_error(read.error());
  }
  return counts;
}

int run(const options& given) {
  const auto copies = value_or_exit(given.number("--copies"));
  const auto show = value_or_exit(given.number("--show"));
  const id_counts acknowledged = read_all(given, "--acknowledged");
  const id_counts received = read_all(given, "--received");
  const auto found = compare(acknowledged, received, copies, show);
  std::printf("acknowledged %llu lost %llu duplicated %llu unacknowledged %llu\n",
              static_cast<unsigned long long>(acknowledged.distinct()),
              static_cast<unsigned long long>(found.lost),
              static_cast<unsigned long long>(found.duplicated),
              static_cast<unsigned long long>(found.unacknowledged));
  return found.lost == 0 ? 0 : 1;
}

}  // namespace
}  // namespace signpost::bench

int main(int argc, char** argv) {
  using namespace signpost::bench;
  return run(parse_or_exit("verify_ledger --acknowledged FILE --received FILE", specs, argc, argv));
}
