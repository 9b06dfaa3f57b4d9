// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/sockets/socket_link.hpp"

#include <future>
#include <optional>
#include <utility>

#include "cluster/link/engine_link.hpp"
#include "cluster/sockets/link_sockets.hpp"

namespace signpost::cluster {

class socket_link::inside {
 public:
  inside() : thread_({.name = "link"}) {}

  template <typename F>
  std::invoke_result_t<F> on_thread(const F& f) {
    std::packaged_task<std::invoke_result_t<F>()> task(f);
    auto done = task.get_future();
    thread_.loop().post([&task] { task(); });
    return done.get();
  }

  result<void> open(const socket_link_options& options, random_source& random, const clock& time) {
    return on_thread([&]() -> result<void> {
      sockets_.emplace(options, thread_.loop(), random, time);
      SP_CHECK(sockets_->listen());
      bound_ = sockets_->bound();
      posts_ = sockets_->posts();
      link_.emplace(sockets_->engine(), posts_);
      return {};
    });
  }
  ~inside() {
    // What others have posted runs before the end, and they can post no more.
    if (sockets_) sockets_->shut();
    on_thread([this] { sockets_.reset(); });
    thread_.join();
  }
  inside(const inside&) = delete;
  inside& operator=(const inside&) = delete;

  [[nodiscard]] link::engine_link& link() { return *link_; }
  [[nodiscard]] const endpoint& bound() const { return bound_; }
  [[nodiscard]] const link::poster& posts() const { return posts_; }
  [[nodiscard]] socket_link_counts counts() {
    return on_thread([this] { return sockets_->counts(); });
  }

 private:
  net::event_loop_thread thread_;
  std::optional<link_sockets> sockets_;  // of the thread
  std::optional<link::engine_link> link_;
  endpoint bound_;
  link::poster posts_;
};

socket_link::socket_link(std::unique_ptr<inside> made) : inside_(std::move(made)) {}
socket_link::~socket_link() = default;

result<std::unique_ptr<socket_link>> socket_link::open(const socket_link_options& options,
                                                       random_source& random, const clock& time) {
  auto made = std::make_unique<inside>();
  SP_CHECK(made->open(options, random, time));
  return std::unique_ptr<socket_link>(new socket_link(std::move(made)));
}

link::node_link& socket_link::link() {
  return inside_->link();
}

endpoint socket_link::bound() const {
  return inside_->bound();
}

socket_link_counts socket_link::counts() const {
  return inside_->counts();
}

link::poster socket_link::posts() const {
  return inside_->posts();
}

}  // namespace signpost::cluster
