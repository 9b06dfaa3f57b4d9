// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/dns/dns_advice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/dns/dns_judgement.hpp"
#include "api/frame/rest_call.hpp"

namespace signpost::api {
namespace {

// Cloudflare's clients know two faults of MX records.
void add_mx_faults(const dns_plan& wanted, const record_report& r, const dns::answer& a,
                   std::size_t record, dns_check& out) {
  const auto& domain = wanted.name.domain;
  const auto foreign = foreign_hosts(a, wanted.mx_host);
  for (const auto& host : foreign) {
    out.faults.push_back(
        {"mx.foreign", fmt::format("{} has an MX record for another host: {}", domain, host),
         record});
  }
  if (foreign.size() == r.found.size()) {
    out.faults.push_back({"mx.missing",
                          fmt::format("{} has no MX record for {}", domain, wanted.mx_host),
                          record});
  }
}

}  // namespace

dns_plan routing_records(const rest_world& world, const std::string& domain, bool has_keys) {
  auto plan = plan_of(world, {.domain = domain, .zone = domain, .has_keys = has_keys});
  std::erase_if(plan.records, [](const record_report& r) { return !r.required; });
  return plan;
}

dns_check judge(const dns_plan& wanted, const std::vector<std::optional<dns::answer>>& answers) {
  dns_check out{.when = {}, .complete = true, .faults = {}};
  const auto reports = judged(wanted, answers);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto& r = reports[i];
    if (r.fault.starts_with("dns.")) {
      out.complete = false;
    } else if (r.purpose == record_purpose::mx) {
      add_mx_faults(wanted, r, *answers[i], i, out);
    } else if (r.status == record_status::missing || r.status == record_status::wrong) {
      out.faults.push_back({r.fault, r.text, i});
    }
  }
  return out;
}

struct dns_watch::memory {
  struct entry {
    std::optional<dns_check> last;
    bool running = false;
  };
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, entry, std::less<>> domains;  // guarded by mutex
};

namespace {

// Another account's zone with this name needs different records.
std::string memory_key(const dns_plan& wanted) {
  return fmt::format("{} {}", wanted.name.domain, wanted.records.size());
}

/// Answers of one check as they come in.
struct check_round {
  dns_plan wanted;
  steady_time started;
  std::mutex mutex;
  std::vector<std::optional<dns::answer>> answers;  // guarded by mutex
  std::size_t open = 0;                             // guarded by mutex

  /// True for the last one.
  bool take(std::size_t index, const dns::answer& a) {
    const std::lock_guard lock(mutex);
    answers[index] = a;
    return --open == 0;
  }
};

}  // namespace

std::shared_ptr<dns_watch> make_dns_watch() {
  return std::make_shared<dns_watch>();
}

dns_watch::dns_watch() : memory_(std::make_shared<memory>()) {}

void dns_watch::start(const rest_world& world, const dns_plan& wanted) {
  {
    const std::lock_guard lock(memory_->mutex);
    auto& domains = memory_->domains;
    auto& entry = domains[memory_key(wanted)];
    const auto now = world.time.steady_now();
    if (entry.running || (entry.last && now - entry.last->when < fresh_for)) return;
    entry.running = true;
    if (domains.size() > domains_max) {
      const auto old =
          std::ranges::find_if(domains, [](const auto& d) { return !d.second.running; });
      if (old != domains.end()) domains.erase(old);
    }
  }
  const auto questions = record_questions_of(wanted);
  const auto running = std::make_shared<check_round>();
  running->wanted = wanted;
  running->started = world.time.steady_now();
  running->answers.resize(questions.size());
  running->open = questions.size();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    world.resolver.resolve(questions[i], [running, i, memory = memory_](const dns::answer& a) {
      if (!running->take(i, a)) return;
      auto check = judge(running->wanted, running->answers);
      check.when = running->started;
      const std::lock_guard lock(memory->mutex);
      auto& entry = memory->domains[memory_key(running->wanted)];
      entry.running = false;
      entry.last = std::move(check);
      memory->changed.notify_all();
    });
  }
}

std::optional<dns_check> dns_watch::last(const rest_world& world, const dns_plan& wanted) {
  start(world, wanted);
  const std::lock_guard lock(memory_->mutex);
  const auto at = memory_->domains.find(memory_key(wanted));
  return at == memory_->domains.end() ? std::nullopt : at->second.last;
}

std::optional<dns_check> dns_watch::wait(const rest_world& world, const dns_plan& wanted) {
  start(world, wanted);
  std::unique_lock lock(memory_->mutex);
  // Limited, because the thread is one of the gateway's few.
  memory_->changed.wait_for(lock, wait_max, [&] {
    const auto at = memory_->domains.find(memory_key(wanted));
    return at == memory_->domains.end() || !at->second.running;
  });
  const auto at = memory_->domains.find(memory_key(wanted));
  return at == memory_->domains.end() ? std::nullopt : at->second.last;
}

}  // namespace signpost::api
