// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs the simulation many times: tools/simulate is its face.
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/sim/controls.hpp"
#include "tests/sim/world.hpp"

namespace {

using signpost::sim::controls;
using signpost::sim::find_control;
using signpost::sim::run_result;
using signpost::sim::world;
using signpost::sim::world_options;

struct arguments {
  std::uint64_t runs = 1000;
  std::uint64_t seed = 1;
  unsigned nodes = 5;
  unsigned copies = 2;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  bool trace = false;
  bool quiet = false;
  bool list = false;
  std::string control;
};

[[noreturn]] void wrong(const std::string& what) {
  std::fprintf(stderr, "simulate: %s; see tools/simulate --help\n", what.c_str());
  std::exit(2);
}

std::uint64_t number(std::string_view option, const char* text) {
  std::uint64_t v = 0;
  const char* end = text == nullptr ? nullptr : text + std::strlen(text);
  if (text == nullptr || std::from_chars(text, end, v).ptr != end || *text == '\0') {
    wrong(std::string(option) + " needs a number");
  }
  return v;
}

arguments read(int argc, char** argv) {
  arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string_view o = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (o == "--trace") { a.trace = true; continue; }
    if (o == "--quiet") { a.quiet = true; continue; }
    if (o == "--controls") { a.list = true; continue; }
    ++i;
    if (o == "--control") {
      if (value == nullptr || find_control(value) == nullptr) {
        wrong("--control needs a name that --controls lists");
      }
      a.control = value;
    } else if (o == "--runs") {
      a.runs = number(o, value);
    } else if (o == "--seed") {
      a.seed = number(o, value);
    } else if (o == "--nodes") {
      a.nodes = static_cast<unsigned>(number(o, value));
    } else if (o == "--copies") {
      a.copies = static_cast<unsigned>(number(o, value));
    } else if (o == "--jobs") {
      a.jobs = static_cast<unsigned>(number(o, value));
    } else {
      wrong("unknown option " + std::string(o));
    }
  }
  if (a.nodes < 2 || a.nodes > 30) wrong("--nodes is from 2 to 30");
  if (a.copies < 1 || a.copies > a.nodes) wrong("--copies is from 1 to the number of nodes");
  if (a.runs == 0) wrong("--runs is at least 1");
  return a;
}

world_options options_of(const arguments& a, std::uint64_t seed) {
  return {.nodes = a.nodes,
          .copies = a.copies,
          .seed = seed,
          .trace = a.trace,
          .with = a.control.empty() ? nullptr : find_control(a.control)};
}

void print(const arguments& a, std::uint64_t runs, const run_result& r, double seconds) {
  std::printf("nodes %u copies %u runs %llu acknowledged %llu lost %llu stuck %llu left %llu "
              "needless %llu unjust %llu duplicated %llu (%.2f %%) adopted %llu fences %llu faults "
              "%llu wiped %llu drained %llu/%llu quarantined %llu events %llu seconds %.1f\n",
              a.nodes, a.copies, static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(r.acknowledged),
              static_cast<unsigned long long>(r.lost), static_cast<unsigned long long>(r.stuck),
              static_cast<unsigned long long>(r.left_over),
              static_cast<unsigned long long>(r.needless + r.revived),
              static_cast<unsigned long long>(r.unjust),
              static_cast<unsigned long long>(r.duplicated),
              100.0 * static_cast<double>(r.duplicated)
                  / static_cast<double>(std::max<std::uint64_t>(r.delivered, 1)),
              static_cast<unsigned long long>(r.adopted),
              static_cast<unsigned long long>(r.fences),
              static_cast<unsigned long long>(r.faults),
              static_cast<unsigned long long>(r.wiped),
              static_cast<unsigned long long>(r.drained),
              static_cast<unsigned long long>(r.drains),
              static_cast<unsigned long long>(r.quarantined),
              static_cast<unsigned long long>(r.events), seconds);
}

class series {
 public:
  explicit series(const arguments& a) : with_(a) {}

  int run() {
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::thread> workers;
    for (unsigned j = 0; j < with_.jobs; ++j) workers.emplace_back([this] { work(); });
    for (auto& w : workers) w.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    if (!with_.quiet) std::fprintf(stderr, "\r%60s\r", "");
    for (const auto& line : failures_) std::printf("%s\n", line.c_str());
    print(with_, done_, sum_, took.count());
    if (with_.control.empty()) return sum_.failed() ? 1 : 0;
    std::printf("control %s: %s\n", with_.control.c_str(),
                sum_.failed() ? "found, as it must be" : "NOT FOUND");
    return sum_.failed() ? 0 : 1;
  }

 private:
  void work() {
    for (;;) {
      const auto i = next_.fetch_add(1);
      if (i >= with_.runs) return;
      const auto seed = with_.seed + i;
      const auto r = world(options_of(with_, seed)).run();
      const std::scoped_lock lock(mutex_);
      sum_.add(r);
      ++done_;
      if (r.failed() && failures_.size() < 10) {
        failures_.push_back("seed " + std::to_string(seed) + ": " + r.first_failure);
      }
      if (!with_.quiet && done_ % 100 == 0) {
        std::fprintf(stderr, "\r%llu of %llu runs, %zu failures",
                     static_cast<unsigned long long>(done_),
                     static_cast<unsigned long long>(with_.runs), failures_.size());
      }
    }
  }

  const arguments& with_;
  std::atomic<std::uint64_t> next_{0};
  std::mutex mutex_;
  std::uint64_t done_ = 0;
  run_result sum_;
  std::vector<std::string> failures_;
};

}  // namespace

int main(int argc, char** argv) {
  auto a = read(argc, argv);
  if (a.list) {
    for (const auto& c : controls()) {
      std::printf("%-18s %s\n", std::string(c.name).c_str(), std::string(c.what).c_str());
    }
    return 0;
  }
  if (a.trace) {
    a.jobs = 1;
    a.runs = 1;
    a.quiet = true;
  }
  return series(a).run();
}
