// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/dns/unbound_resolver.hpp"

#include <unbound-event.h>

#include <algorithm>
#include <cstdint>
#include <future>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "net/dns/unbound_context.hpp"
#include "net/loop/event_loop.hpp"
#include "net/loop/loop_core.hpp"
#include "proto/dns/answer_cache.hpp"
#include "proto/dns/message.hpp"

namespace signpost::net {
namespace {

constexpr int class_in = 1;

dns::security to_security(int sec) {
  return sec == 2   ? dns::security::secure
         : sec == 1 ? dns::security::bogus
                    : dns::security::insecure;
}

dns::answer servfail(std::string reason) {
  return {.status = dns::status::servfail, .reason = std::move(reason)};
}

/// What libunbound hands to its callback, as an answer.
dns::answer to_answer(const dns::question& q, int rcode, std::span<const std::byte> packet, int sec,
                      const char* why_bogus) {
  const auto security = to_security(sec);
  if (security == dns::security::bogus || rcode != 0 || packet.empty()) {
    auto failed = servfail(why_bogus != nullptr ? printable(why_bogus) : "no server could answer");
    failed.security = security;
    return failed;
  }
  auto parsed = dns::parse_response(q, packet);
  if (!parsed) return servfail(to_string(parsed.error()));
  parsed->security = security;
  return std::move(*parsed);
}

/// Relaxed: nothing is decided by these.
void count_query(std::atomic<std::uint64_t>& counter) {
  counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

/// One thread with its libunbound, its cache and its queries. Everything except `resolve` and the
/// counters belongs to the thread.
class unbound_resolver::shard {
 public:
  shard(const unbound_options& options, std::size_t index)
      : timeout_(options.timeout),
        in_flight_max_(std::max<std::size_t>(1, options.in_flight_max / options.threads)),
        cache_(options.cache_entries_max / options.threads),
        thread_({.name = "dns-" + std::to_string(index)}) {}

  ~shard() {
    thread_.loop().post([this] { shut_down(); });
    thread_.join();
  }

  result<void> start(const unbound_options& options) {
    std::promise<result<void>> started;
    thread_.loop().post([&] {
      current_ = this;
      auto made = make_unbound_context(thread_.loop().core().base(), options);
      if (made) context_ = std::move(*made);
      started.set_value(made ? result<void>() : tl::unexpected(made.error()));
    });
    return started.get_future().get();
  }

  void resolve(dns::question q, callback done) {
    thread_.loop().post([this, q = std::move(q), done = std::move(done)]() mutable {
      look_up(std::move(q), std::move(done));
    });
  }

  void add_to(resolver_counts& sum) const {
    sum.questions += questions_;
    sum.cache_hits += cache_hits_;
    sum.coalesced += coalesced_;
    sum.timeouts += timeouts_;
    sum.servfails += servfails_;
    sum.bogus += bogus_;
    sum.refused += refused_;
  }

 private:
  struct pending {
    std::uint64_t id = 0;
    int async_id = 0;
    dns::question question;
    std::vector<callback> waiting;
    std::unique_ptr<timer> deadline;
  };

  void look_up(dns::question q, callback done);
  void ask(const std::string& key, dns::question q, callback done);
  static void answered(void* id, int rcode, void* packet, int packet_size, int sec, char* why_bogus,
                       int was_rate_limited);
  void timed_out(const std::string& key, std::uint64_t id);
  void finish(const std::string& key, std::uint64_t id, const dns::answer& what);
  void shut_down();

  /// The shard of this thread: libunbound's callback only gets a number, which cannot dangle.
  static thread_local shard* current_;

  const milliseconds timeout_;
  const std::size_t in_flight_max_;
  dns::answer_cache cache_;
  std::unordered_map<std::string, pending> pending_;
  std::unordered_map<std::uint64_t, std::string> key_of_;
  std::uint64_t last_id_ = 0;
  std::size_t in_flight_ = 0;
  unbound_context context_;

  std::atomic<std::uint64_t> questions_{0};
  std::atomic<std::uint64_t> cache_hits_{0};
  std::atomic<std::uint64_t> coalesced_{0};
  std::atomic<std::uint64_t> timeouts_{0};
  std::atomic<std::uint64_t> servfails_{0};
  std::atomic<std::uint64_t> bogus_{0};
  std::atomic<std::uint64_t> refused_{0};

  event_loop_thread thread_;  ///< last: the others exist while it runs
};

thread_local unbound_resolver::shard* unbound_resolver::shard::current_ = nullptr;

void unbound_resolver::shard::look_up(dns::question q, callback done) {
  count_query(questions_);
  const std::string key = dns::question_key(q);
  if (const auto cached = cache_.find(key, thread_.loop().now())) {
    count_query(cache_hits_);
    return done(*cached);
  }
  if (in_flight_ >= in_flight_max_) {
    count_query(refused_);
    return done(servfail("too many DNS queries are in progress"));
  }
  if (const auto same = pending_.find(key); same != pending_.end()) {
    count_query(coalesced_);
    ++in_flight_;
    same->second.waiting.push_back(std::move(done));
    return;
  }
  ask(key, std::move(q), std::move(done));
}

void unbound_resolver::shard::ask(const std::string& key, dns::question q, callback done) {
  if (q.name.find('\0') != std::string::npos) {
    return done({.status = dns::status::nxdomain, .reason = "not a domain name"});
  }
  const std::uint64_t id = ++last_id_;
  auto& open = pending_[key];
  ++in_flight_;
  open.id = id;
  open.question = std::move(q);
  open.waiting.push_back(std::move(done));
  open.deadline = thread_.loop().call_after(timeout_, [this, key, id] { timed_out(key, id); });
  key_of_.emplace(id, key);
  // The callback may come before this returns; it only posts, so `open` stays valid.
  const int code = ub_resolve_event(context_.get(),
                                    open.question.name.empty() ? "." : open.question.name.c_str(),
                                    static_cast<int>(open.question.type), class_in,
                                    reinterpret_cast<void*>(id), answered, &open.async_id);
  if (code == 0) return;
  // A name that cannot be written in the DNS cannot be in it: waiting would not help.
  const bool bad_name = code == UB_SYNTAX;
  finish(key, id,
         {.status = bad_name ? dns::status::nxdomain : dns::status::servfail,
          .reason = bad_name ? "not a domain name" : ub_strerror(code)});
}

void unbound_resolver::shard::answered(void* id, int rcode, void* packet, int packet_size, int sec,
                                       char* why_bogus, int) {
  shard& self = *current_;
  const auto number = reinterpret_cast<std::uint64_t>(id);
  const auto found = self.key_of_.find(number);
  if (found == self.key_of_.end()) return;
  const auto& open = self.pending_.at(found->second);
  const auto size =
      packet == nullptr || packet_size < 0 ? 0U : static_cast<std::size_t>(packet_size);
  auto what = to_answer(open.question, rcode, {static_cast<const std::byte*>(packet), size}, sec,
                        why_bogus);
  // Not here: for what it has cached, libunbound calls back inside ub_resolve_event.
  self.thread_.loop().post([&self, number, key = found->second, what = std::move(what)] {
    self.finish(key, number, what);
  });
}

void unbound_resolver::shard::timed_out(const std::string& key, std::uint64_t id) {
  const auto found = pending_.find(key);
  if (found == pending_.end() || found->second.id != id) return;
  count_query(timeouts_);
  if (found->second.async_id != 0) ub_cancel(context_.get(), found->second.async_id);
  // Copied, because the timer that holds the key is destroyed with the query.
  finish(std::string(key), id, {.status = dns::status::timeout, .reason = "no answer in time"});
}

void unbound_resolver::shard::finish(const std::string& key, std::uint64_t id,
                                     const dns::answer& what) {
  const auto found = pending_.find(key);
  if (found == pending_.end() || found->second.id != id) return;
  const pending ended = std::move(found->second);
  pending_.erase(found);
  key_of_.erase(id);
  in_flight_ -= ended.waiting.size();
  if (what.status == dns::status::servfail) count_query(servfails_);
  if (what.security == dns::security::bogus) count_query(bogus_);
  cache_.keep(key, what, thread_.loop().now());
  for (const auto& done : ended.waiting) done(what);
}

void unbound_resolver::shard::shut_down() {
  while (!pending_.empty()) {
    const std::string key = pending_.begin()->first;
    finish(key, pending_.begin()->second.id, servfail("the resolver is stopping"));
  }
  context_.reset();
}

unbound_resolver::unbound_resolver() = default;
unbound_resolver::~unbound_resolver() = default;

result<std::unique_ptr<unbound_resolver>> unbound_resolver::make(unbound_options options) {
  options.threads = std::max<std::size_t>(1, options.threads);
  std::unique_ptr<unbound_resolver> made(new unbound_resolver);
  for (std::size_t i = 0; i < options.threads; ++i) {
    made->shards_.push_back(std::make_unique<shard>(options, i));
    SP_CHECK(made->shards_.back()->start(options));
  }
  return made;
}

void unbound_resolver::resolve(dns::question q, callback done) {
  const auto hash = std::hash<std::string>{}(dns::question_key({q.name, dns::record_type::a}));
  shards_[hash % shards_.size()]->resolve(std::move(q), std::move(done));
}

resolver_counts unbound_resolver::counts() const {
  resolver_counts sum;
  for (const auto& one : shards_) one->add_to(sum);
  return sum;
}

}  // namespace signpost::net
