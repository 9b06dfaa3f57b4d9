// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/dns_advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "api/rest/dns_judgement.hpp"
#include "api/rest/rest_call.hpp"
#include "base/text.hpp"
#include "proto/spf/record.hpp"

namespace signpost::api::rest {
namespace {

constexpr std::uint16_t mx_priority = 10;

bool has_mechanism(std::string_view record, std::string_view mechanism) {
  return std::ranges::any_of(split(record, ' '),
                             [&](auto term) { return is_mechanism(term, mechanism); });
}

bool answered(const dns::answer& a) {
  return a.security != dns::security::bogus
         && (a.status == dns::status::records || a.status == dns::status::nodata
             || a.status == dns::status::nxdomain);
}

void judge_mx(const domain_records& wanted, const dns::answer& a, dns_check& out) {
  bool ours = false;
  for (const auto& mx : a.records) {
    if (equals_ignoring_case(mx.name, wanted.mx_host)) {
      ours = true;
    } else {
      out.faults.push_back({"mx.foreign",
                            fmt::format("{} has an MX record for another host: {}", wanted.domain,
                                        printable(mx.name, 255)),
                            0});
    }
  }
  if (!ours) {
    out.faults.push_back({"mx.missing",
                          fmt::format("{} has no MX record for {}", wanted.domain, wanted.mx_host),
                          0});
  }
}

void judge_spf(const domain_records& wanted, const dns::answer& a, dns_check& out) {
  std::vector<std::string_view> found;
  for (const auto& txt : a.records) {
    if (spf::is_spf_record(txt.text)) found.push_back(txt.text);
  }
  if (found.empty()) {
    out.faults.push_back({"spf.missing", fmt::format("{} has no SPF record", wanted.domain), 1});
  } else if (found.size() > 1) {
    // RFC 7208 §4.5: more than one is a permanent error for every receiver.
    out.faults.push_back(
        {"spf.several",
         fmt::format("{} has {} SPF records; only one may exist", wanted.domain, found.size()), 1});
  } else if (!has_mechanism(found.front(), wanted.spf_mechanism)) {
    out.faults.push_back(
        {"spf.mechanism",
         fmt::format("the SPF record of {} lacks {}", wanted.domain, wanted.spf_mechanism), 1});
  }
}

void judge_dkim(const domain_records& wanted, std::size_t index, const dns::answer& a,
                dns_check& out) {
  const auto& record = wanted.records[index];
  if (a.records.empty()) {
    out.faults.push_back({"dkim.missing", fmt::format("{} has no DKIM key", record.name), index});
    return;
  }
  const auto key = key_of(record.content);
  const bool same =
      std::ranges::any_of(a.records, [&](const auto& txt) { return key_of(txt.text) == key; });
  if (!same) {
    out.faults.push_back(
        {"dkim.differs", fmt::format("the DKIM key at {} is another", record.name), index});
  }
}

}  // namespace

domain_records routing_records(const rest_world& world, const std::string& domain,
                               bool has_keys) {
  domain_records out{.domain = domain,
                     .mx_host = world.host_name,
                     .spf_mechanism = world.spf_mechanism,
                     .records = {}};
  out.records.push_back(
      {.type = "MX", .name = domain, .content = world.host_name, .priority = mx_priority});
  out.records.push_back({.type = "TXT",
                         .name = domain,
                         .content = fmt::format("v=spf1 {} ~all", world.spf_mechanism),
                         .priority = {}});
  if (world.dkim_records && has_keys) {
    for (auto& record : world.dkim_records(domain)) out.records.push_back(std::move(record));
  }
  return out;
}

std::vector<dns::question> questions_of(const domain_records& wanted) {
  std::vector<dns::question> out{{.name = wanted.domain, .type = dns::record_type::mx},
                                 {.name = wanted.domain, .type = dns::record_type::txt}};
  for (std::size_t i = 2; i < wanted.records.size(); ++i) {
    out.push_back({.name = wanted.records[i].name, .type = dns::record_type::txt});
  }
  return out;
}

dns_check judge(const domain_records& wanted, const std::vector<dns::answer>& answers) {
  dns_check out{.when = {}, .complete = true, .faults = {}};
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answered(answers[i])) {
      out.complete = false;
    } else if (i == 0) {
      judge_mx(wanted, answers[i], out);
    } else if (i == 1) {
      judge_spf(wanted, answers[i], out);
    } else {
      judge_dkim(wanted, i, answers[i], out);
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

// Another account's zone of the name wants other records.
std::string memory_key(const domain_records& wanted) {
  return fmt::format("{} {}", wanted.domain, wanted.records.size());
}

/// Answers of one check as they come in.
struct check_round {
  domain_records wanted;
  steady_time started;
  std::mutex mutex;
  std::vector<dns::answer> answers;  // guarded by mutex
  std::size_t open = 0;              // guarded by mutex

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

void dns_watch::start(const rest_world& world, const domain_records& wanted) {
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
  const auto questions = questions_of(wanted);
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

std::optional<dns_check> dns_watch::last(const rest_world& world, const domain_records& wanted) {
  start(world, wanted);
  const std::lock_guard lock(memory_->mutex);
  const auto at = memory_->domains.find(memory_key(wanted));
  return at == memory_->domains.end() ? std::nullopt : at->second.last;
}

std::optional<dns_check> dns_watch::wait(const rest_world& world, const domain_records& wanted) {
  start(world, wanted);
  std::unique_lock lock(memory_->mutex);
  // Bounded: the thread is one of the gateway's few.
  memory_->changed.wait_for(lock, wait_max, [&] {
    const auto at = memory_->domains.find(memory_key(wanted));
    return at == memory_->domains.end() || !at->second.running;
  });
  const auto at = memory_->domains.find(memory_key(wanted));
  return at == memory_->domains.end() ? std::nullopt : at->second.last;
}

}  // namespace signpost::api::rest
