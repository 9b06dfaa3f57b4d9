// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/http/web_client.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "net/http/web_transfer.hpp"
#include "net/socket/socket_address.hpp"

namespace signpost::net {
namespace {

/// `send` wakes the thread; this covers what libcurl fails to signal.
constexpr int wait_ms_max = 1000;
/// How many hosts are remembered as having answered; beyond that, all have to prove it again.
constexpr std::size_t answered_max = 4096;

struct multi_deleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

struct job {
  std::unique_ptr<web_transfer> transfer;
  web_client::on_done done;
};

/// Transfers whose content has arrived: reported by its readers, processed by the client's thread.
class resumed_transfers {
 public:
  explicit resumed_transfers(CURLM* multi) : multi_(multi) {}

  void add(CURL* easy) {
    const std::lock_guard lock(mutex_);
    if (multi_ == nullptr) return;
    handles_.push_back(easy);
    curl_multi_wakeup(multi_);
  }
  [[nodiscard]] std::vector<CURL*> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(handles_, {});
  }
  /// The client is being destroyed; readers may still be working.
  void close() {
    const std::lock_guard lock(mutex_);
    multi_ = nullptr;
  }

 private:
  std::mutex mutex_;
  CURLM* multi_;                // guarded by mutex_
  std::vector<CURL*> handles_;  // guarded by mutex_
};

using counts = std::unordered_map<std::string, std::size_t>;

std::size_t count_of(const counts& all, const std::string& key) {
  const auto at = all.find(key);
  return at == all.end() ? 0 : at->second;
}

void count_down(counts& all, const std::string& key) {
  const auto at = all.find(key);
  if (--at->second == 0) all.erase(at);
}

std::size_t less(std::size_t all, std::size_t used) {
  return all - std::min(all, used);
}

result<void> check_readable(const std::string& path) {
  if (path.empty() || ::access(path.c_str(), R_OK) == 0) return {};
  return fail(errno == ENOENT ? errc::not_found : errc::denied, path + ": " + errno_text(errno));
}

}  // namespace

std::string_view web_response::header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [&](const http_header& one) { return equals_ignoring_case(one.name, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

class web_client::impl {
 public:
  explicit impl(web_client_options options)
      : options_(std::move(options)),
        multi_(curl_multi_init()),
        resumed_(std::make_shared<resumed_transfers>(multi_.get())) {}
  ~impl();
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  result<void> start();
  void send(web_request request, on_done done);
  [[nodiscard]] std::size_t pending() const { return pending_; }

 private:
  void run();
  bool take_posted();
  [[nodiscard]] bool may_begin(const web_transfer& one) const;
  void begin_what_may();
  void note_answer(const std::string& server, bool answered);
  void begin(job one);
  void resume();
  void end_what_is_done();
  void end(job one, result<web_response> outcome);
  void end_all();

  const web_client_options options_;
  std::unique_ptr<CURLM, multi_deleter> multi_;
  const std::shared_ptr<resumed_transfers> resumed_;
  std::atomic<std::size_t> pending_{0};
  std::mutex mutex_;
  std::deque<job> posted_;  ///< guarded by mutex_
  bool stopping_ = false;   ///< guarded by mutex_
  // Used by the thread only.
  std::deque<job> waiting_;
  std::unordered_map<CURL*, job> active_;
  counts active_to_;   ///< by server
  counts active_for_;  ///< by tenant
  counts active_in_;   ///< by both
  std::unordered_set<std::string> answered_;
  std::thread thread_;
};

result<void> web_client::impl::start() {
  if (!multi_) return fail(errc::unavailable, "libcurl: no memory");
  // As in loop_core: libcurl cannot keep SIGPIPE from a thread without touching all of them.
  std::signal(SIGPIPE, SIG_IGN);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.active_max));
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "web-client");
    run();
  });
  return {};
}

web_client::impl::~impl() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  resumed_->close();
  if (!thread_.joinable()) return;
  curl_multi_wakeup(multi_.get());
  thread_.join();
}

void web_client::impl::send(web_request request, on_done done) {
  ++pending_;
  job one{std::make_unique<web_transfer>(std::move(request), options_), std::move(done)};
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(one));
  }
  curl_multi_wakeup(multi_.get());
}

void web_client::impl::run() {
  while (take_posted()) {
    begin_what_may();
    resume();
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    end_what_is_done();
    // Requests that have ended have made room.
    begin_what_may();
    curl_multi_poll(multi_.get(), nullptr, 0, wait_ms_max, nullptr);
  }
  end_all();
}

/// False if the client is being destroyed.
bool web_client::impl::take_posted() {
  std::deque<job> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
    if (stopping_) {
      std::ranges::move(posted, std::back_inserter(waiting_));
      return false;
    }
  }
  for (job& one : posted) {
    if (waiting_.size() >= options_.waiting_max) {
      end(std::move(one), fail(errc::limit_exceeded, "too many requests are waiting"));
    } else if (auto ready = one.transfer->prepare(); !ready) {
      end(std::move(one), tl::unexpected(std::move(ready).error()));
    } else {
      waiting_.push_back(std::move(one));
    }
  }
  return true;
}

// A host gets no more connections than it leaves to others, and hosts that have not answered lately
// leave a quarter to those that have, so that hanging hosts, however many, do not take everything.
// The same holds for a tenant, over all its hosts and at each of them.
bool web_client::impl::may_begin(const web_transfer& one) const {
  const auto kept = answered_.contains(one.server()) ? 0 : options_.active_max / 4;
  const auto left = less(options_.active_max - kept, active_.size());
  const auto at_host = count_of(active_to_, one.server());
  if (at_host >= left) return false;
  const auto most = options_.active_per_host_max;
  if (one.tenant().empty()) return at_host < most;
  if (count_of(active_for_, one.tenant()) >= left) return false;
  return count_of(active_in_, one.lane())
         < std::min(most, less(web_tenants_at_host * most, at_host));
}

void web_client::impl::begin_what_may() {
  for (auto at = waiting_.begin(); at != waiting_.end() && active_.size() < options_.active_max;) {
    if (!may_begin(*at->transfer)) {
      ++at;
      continue;
    }
    job one = std::move(*at);
    at = waiting_.erase(at);
    begin(std::move(one));
  }
}

void web_client::impl::note_answer(const std::string& server, bool answered) {
  if (!answered) {
    answered_.erase(server);
    return;
  }
  if (answered_.size() >= answered_max) answered_.clear();
  answered_.insert(server);
}

void web_client::impl::begin(job one) {
  CURL* easy = one.transfer->handle();
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  one.transfer->set_wake([resumed = resumed_, easy] { resumed->add(easy); });
  if (const CURLMcode code = curl_multi_add_handle(multi_.get(), easy); code != CURLM_OK) {
    return end(std::move(one), fail(errc::unavailable, curl_multi_strerror(code)));
  }
  ++active_to_[one.transfer->server()];
  ++active_for_[one.transfer->tenant()];
  ++active_in_[one.transfer->lane()];
  active_.emplace(easy, std::move(one));
}

// A transfer that has ended since is no longer in the map; for one that was not paused this has no
// effect.
void web_client::impl::resume() {
  for (CURL* easy : resumed_->take()) {
    if (active_.contains(easy)) curl_easy_pause(easy, CURLPAUSE_CONT);
  }
}

void web_client::impl::end_what_is_done() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    auto node = active_.extract(message->easy_handle);
    job one = std::move(node.mapped());
    curl_multi_remove_handle(multi_.get(), one.transfer->handle());
    count_down(active_to_, one.transfer->server());
    count_down(active_for_, one.transfer->tenant());
    count_down(active_in_, one.transfer->lane());
    auto outcome = one.transfer->finish(code);
    note_answer(one.transfer->server(), outcome.has_value());
    end(std::move(one), std::move(outcome));
  }
}

void web_client::impl::end(job one, result<web_response> outcome) {
  one.transfer.reset();
  --pending_;
  one.done(std::move(outcome));
}

void web_client::impl::end_all() {
  for (auto& [easy, one] : active_) {
    curl_multi_remove_handle(multi_.get(), easy);
    waiting_.push_back(std::move(one));
  }
  active_.clear();
  for (job& one : std::exchange(waiting_, {})) {
    end(std::move(one), fail(errc::unavailable, "the client was stopped"));
  }
}

web_client::web_client(std::unique_ptr<impl> inside) : impl_(std::move(inside)) {}

web_client::~web_client() = default;

result<std::unique_ptr<web_client>> web_client::make(web_client_options options) {
  SP_CHECK(ready_libcurl());
  SP_CHECK(check_readable(options.ca_file));
  auto inside = std::make_unique<impl>(std::move(options));
  SP_CHECK(inside->start());
  return std::unique_ptr<web_client>(new web_client(std::move(inside)));
}

void web_client::send(web_request request, on_done done) {
  impl_->send(std::move(request), std::move(done));
}

std::size_t web_client::pending() const {
  return impl_->pending();
}

}  // namespace signpost::net
