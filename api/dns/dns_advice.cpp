// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/dns/dns_advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

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

dns_check judge(const dns_plan& wanted, const std::vector<std::optional<dns::answer>>& answers,
                spf_look look) {
  dns_check out{.when = {}, .complete = true, .faults = {}};
  other_answers others;
  others.spf = std::move(look);
  const auto reports = judged(wanted, answers, others);
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

/// One check: the questions about the records and the node's addresses, then those that follow
/// from them for SPF, round by round.
class check_round : public std::enable_shared_from_this<check_round> {
 public:
  using told = std::function<void(dns_check)>;
  check_round(dns::resolver& resolver, dns_plan wanted, told tell)
      : resolver_(resolver), wanted_(std::move(wanted)), tell_(std::move(tell)) {}

  void start() {
    auto questions = record_questions_of(wanted_);
    for (const auto type : {dns::record_type::a, dns::record_type::aaaa}) {
      questions.push_back({.name = wanted_.mx_host, .type = type});
    }
    ask(questions);
  }

 private:
  void ask(const std::vector<dns::question>& questions) {
    {
      const std::lock_guard lock(mutex_);
      answers_.assign(questions.size(), std::nullopt);
      open_ = questions.size();
    }
    for (std::size_t i = 0; i < questions.size(); ++i) {
      resolver_.resolve(questions[i], [self = shared_from_this(), i](const dns::answer& a) {
        if (self->take(i, a)) self->go_on();
      });
    }
  }
  /// True for the last one of the round.
  bool take(std::size_t index, const dns::answer& a) {
    const std::lock_guard lock(mutex_);
    answers_[index] = a;
    return --open_ == 0;
  }
  // Nobody else has a question open now.
  void go_on() {
    if (records_.empty()) {
      records_ = std::move(answers_);
      const auto behind = wanted_.records.size();
      look_ = spf_look(wanted_.name.domain, wanted_.mx_host,
                       senders_of(records_[behind], records_[behind + 1]));
    } else {
      look_.answer(answers_);
    }
    // What the DNS does not answer ends there: the resolver may be about to end.
    if (const auto questions = look_.questions(); !questions.empty()) return ask(questions);
    tell_(judge(wanted_, records_, std::move(look_)));
  }

  dns::resolver& resolver_;
  const dns_plan wanted_;
  const told tell_;
  std::mutex mutex_;
  std::vector<std::optional<dns::answer>> answers_;  // guarded by mutex_
  std::size_t open_ = 0;                             // guarded by mutex_
  std::vector<std::optional<dns::answer>> records_;
  spf_look look_;
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
  const auto started = world.time.steady_now();
  std::make_shared<check_round>(
      world.resolver, wanted,
      [key = memory_key(wanted), started, memory = memory_](dns_check check) {
        check.when = started;
        const std::lock_guard lock(memory->mutex);
        auto& entry = memory->domains[key];
        entry.running = false;
        entry.last = std::move(check);
        memory->changed.notify_all();
      })
      ->start();
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
