// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a large setup costs one node, without sockets: filling the control store by an import,
// making the routing table from it, decisions at RCPT beside changes, reads and changes a second.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/log.hpp"
#include "bench/support/latency_histogram.hpp"
#include "bench/support/options.hpp"
#include "model/control/control_zone.hpp"
#include "model/routing/routing_table.hpp"
#include "storage/control/control_store.hpp"

namespace signpost::bench {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::uint64_t accounts = 1000;
constexpr std::uint64_t destinations_per_account = 10;

struct shape {
  std::uint64_t zones = 0;
  std::uint64_t rules_per_zone = 0;
  std::chrono::seconds phase{3};
};

double seconds_since(steady::time_point from) {
  return std::chrono::duration<double>(steady::now() - from).count();
}

// Spreads over all values, as ids drawn at random do.
std::uint64_t mixed(std::uint64_t n) {
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9ULL;
  n = (n ^ (n >> 27)) * 0x94d049bb133111ebULL;
  return n ^ (n >> 31);
}
std::string id_of(char kind, std::uint64_t n) {
  return fmt::format("{:016x}{:02x}{:014x}", mixed(n * 256 + static_cast<unsigned char>(kind)),
                     static_cast<unsigned char>(kind), n);
}
std::string account_of(std::uint64_t zone) {
  return id_of('a', zone % accounts);
}
std::string destination(std::uint64_t zone, std::uint64_t rule) {
  return fmt::format("person{}@mail{}.example", rule % destinations_per_account, zone % accounts);
}
std::string zone_name(std::uint64_t zone) {
  return fmt::format("customer-{}.example", zone);
}

const wall_time created{std::chrono::seconds(1'790'000'000)};

model::zone_object make_zone(std::uint64_t n) {
  model::zone_object z;
  z.id = id_of('z', n);
  z.account = account_of(n);
  z.name = zone_name(n);
  z.created = z.modified = z.routing_created = z.routing_modified = created;
  z.routing_enabled = true;
  return z;
}

model::rule_object make_rule(std::uint64_t zone, std::uint64_t n, const shape& s) {
  model::rule_object r;
  r.id = id_of('r', zone * s.rules_per_zone + n);
  r.zone = id_of('z', zone);
  r.name = fmt::format("rule {}", n);
  r.created = r.modified = created;
  r.matchers = {{"literal", "to", fmt::format("address{}@{}", n, zone_name(zone))}};
  r.actions = {{"forward", std::vector{destination(zone, n)}}};
  return r;
}

model::audit_entry make_audit(std::uint64_t n) {
  model::audit_entry e;
  e.id = id_of('e', n);
  e.when = created;
  e.action = "update";
  return e;
}

std::uint64_t resident_octets() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t whole = 0;
  std::uint64_t resident = 0;
  statm >> whole >> resident;
  return resident * 4096;
}

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

result<void> import_all(model::control_store& store, const shape& s) {
  const auto begin = steady::now();
  SP_TRY(const auto import, store.begin_import());
  for (std::uint64_t a = 0; a < accounts; ++a) {
    SP_CHECK(import->add(
        model::account{.id = id_of('a', a), .name = fmt::format("account {}", a), .created = {}}));
    for (std::uint64_t d = 0; d < destinations_per_account; ++d) {
      model::destination_address to;
      to.id = id_of('d', a * destinations_per_account + d);
      to.account = id_of('a', a);
      to.email = destination(a, d);
      to.verified = to.created = to.modified = created;
      SP_CHECK(import->add(to));
    }
  }
  std::vector<model::rule_object> rules;
  for (std::uint64_t z = 0; z < s.zones; ++z) {
    rules.clear();
    for (std::uint64_t r = 0; r < s.rules_per_zone; ++r) rules.push_back(make_rule(z, r, s));
    SP_CHECK(import->add(make_zone(z), rules));
  }
  const double added = seconds_since(begin);
  SP_TRY([[maybe_unused]] const auto revision, import->finish(make_audit(0)));
  say(fmt::format("import        {} zones, {} rules in {:.1f} s (rows {:.1f} s)", s.zones,
                  s.zones * s.rules_per_zone, seconds_since(begin), added));
  return {};
}

result<std::shared_ptr<const model::routing_table>> make_table(model::control_store& store) {
  const auto before = resident_octets();
  const auto begin = steady::now();
  SP_TRY(auto host, address::domain::parse("mx.signpost.example"));
  model::routing_table::builder builder(
      model::node_identity{.host_name = host, .postmaster = {}, .addresses = {}});
  SP_CHECK(store.read()->for_each_zone(
      [&](const model::zone_object& z,
          const std::vector<model::rule_object>& rules) -> result<void> {
        SP_TRY(const auto made, model::zone_of(z, rules, [](std::string_view) { return true; }));
        return builder.put(made.routed);
      }));
  SP_TRY(auto table, builder.finish());
  const auto after = resident_octets();
  say(fmt::format("table         {} zones, {} rules in {:.1f} s, {:.2f} GB more resident",
                  table->zone_count(), table->rule_count(), seconds_since(begin),
                  static_cast<double>(after - std::min(before, after)) / 1e9));
  return table;
}

void decide(const model::routing_table& table, const shape& s) {
  latency_histogram times;
  std::uint64_t forwarded = 0;
  std::uint64_t n = 0;
  const auto end = steady::now() + s.phase;
  while (steady::now() < end) {
    const auto zone = mixed(++n) % s.zones;
    const auto rule = mixed(n + 1'000'000'007) % s.rules_per_zone;
    const auto path =
        smtp::forward_path::parse(fmt::format("<address{}@{}>", rule, zone_name(zone)));
    if (!path) return;
    const auto begin = steady::now();
    forwarded += table.route(*path).kind == model::route_kind::forward ? 1 : 0;
    times.record(
        std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - begin).count());
  }
  say(fmt::format(
      "decision      {} made, {} forwarded, p50 {:.3f} ms, p99 {:.3f} ms, max {:.3f} ms",
      times.count(), forwarded, times.percentile_ms(0.5), times.percentile_ms(0.99),
      times.max_ms()));
}

// Runs `work` on so many threads for a phase; how often a second it succeeded.
double rate(std::size_t threads, const shape& s, const std::function<bool(std::uint64_t)>& work) {
  static std::atomic<std::uint64_t> next{1};
  std::atomic<std::uint64_t> done{0};
  const auto begin = steady::now();
  std::vector<std::jthread> running;
  for (std::size_t i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      while (steady::now() - begin < s.phase) done += work(next++) ? 1 : 0;
    });
  }
  running.clear();
  return static_cast<double>(done) / seconds_since(begin);
}

void change(model::control_store& store, const shape& s, std::size_t callers) {
  const auto one = [&](std::uint64_t n) {
    const auto zone = mixed(n) % s.zones;
    const auto rule = mixed(n + 3) % s.rules_per_zone;
    return store
        .change<void>([&](model::control_transaction& t) -> result<void> {
          SP_TRY(auto changed,
                 t.rule(id_of('z', zone), id_of('r', zone * s.rules_per_zone + rule)));
          changed.enabled = !changed.enabled;
          SP_CHECK(t.put(changed));
          t.audit(make_audit(n));
          return {};
        })
        .has_value();
  };
  say(fmt::format("changes       {:.0f} a second with {} callers", rate(callers, s, one), callers));
}

void read(model::control_store& store, const shape& s) {
  const auto one = [&](std::uint64_t n) {
    const auto page = store.read()->rules(id_of('z', mixed(n) % s.zones), {.per_page = 20});
    return page && page->items.size() == std::min<std::uint64_t>(s.rules_per_zone, 20);
  };
  say(fmt::format("reads         {:.0f} pages of rules a second with 1 caller", rate(1, s, one)));
}

result<void> measure(const std::string& path, const shape& s) {
  {
    SP_TRY(const auto store, storage::open_control_store({.path = path}));
    SP_TRY(const auto totals, store->read()->totals());
    if (totals.zones == 0) SP_CHECK(import_all(*store, s));
    change(*store, s, 16);
  }
  SP_TRY(const auto store, storage::open_control_store({.path = path}));
  SP_TRY(const auto table, make_table(*store));
  decide(*table, s);
  read(*store, s);
  for (const std::size_t callers : {1, 4, 16, 64}) change(*store, s, callers);
  return {};
}

int run(int argc, char** argv) {
  static constexpr option_spec specs[] = {
      {"--path", "", "folder of the store; filled if it is empty, not removed afterwards"},
      {"--zones", "100000", "how many zones"},
      {"--rules-per-zone", "10", "how many rules each has"},
      {"--phase", "3", "seconds for which each rate is measured"},
  };
  const auto given = parse_or_exit("control_store --path DIR [options]", specs, argc, argv);
  configure_logging({.level = log_level::warning});
  const shape s{.zones = value_or_exit(given.number("--zones")),
                .rules_per_zone = value_or_exit(given.number("--rules-per-zone")),
                .phase = std::chrono::seconds(value_or_exit(given.number("--phase")))};
  if (given.text("--path").empty() || s.zones == 0 || s.rules_per_zone == 0) {
    std::fprintf(stderr, "control_store: --path, --zones and --rules-per-zone must be given\n");
    return 2;
  }
  if (const auto done = measure(given.text("--path"), s); !done) {
    std::fprintf(stderr, "control_store: %s\n", to_string(done.error()).c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace signpost::bench

int main(int argc, char** argv) {
  return signpost::bench::run(argc, argv);
}
