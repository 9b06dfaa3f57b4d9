// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/sockets/link_sockets.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/client_network.hpp"
#include "base/log.hpp"
#include "net/tls/mutual_tls.hpp"

namespace signpost::cluster {
namespace {

const logger log("cluster.sockets");

constexpr milliseconds complain_every{1'000};
constexpr milliseconds expiry_every{1'000};

}  // namespace

/// One connection. Its owner is the waiting list until it is authenticated, then the table by id.
class link_sockets::socket final : public net::connection_handler {
 public:
  socket(link_sockets& owner, link::connection_id id) : id_(id), owner_(owner) {}

  void own(std::unique_ptr<net::connection> made) {
    connection_ = std::move(made);
    connection_->set_handler(this);
  }
  void on_data(std::string_view bytes) override {
    if (id_ != 0) owner_.engine_.received(id_, bytes);
  }
  void on_drained() override {}
  void on_tls(const net::tls_state&) override { owner_.authenticated(*this); }
  void on_closed(std::string_view reason) override { owner_.ended(*this, reason); }

  link::connection_id id_;
  link::identity who_;
  steady_time since_{};
  bool greeted_ = false;  ///< authenticated
  std::unique_ptr<net::connection> connection_;
  std::optional<waiting_list::iterator> place_;

 private:
  link_sockets& owner_;
};

link_sockets::link_sockets(const socket_link_options& options, net::event_loop& loop,
                           random_source& random, const clock& time)
    : options_(options),
      loop_(loop),
      time_(time),
      door_(std::make_shared<door>()),
      engine_((door_->loop = &loop, options.us), options.limits, *this, random) {}

link_sockets::~link_sockets() {
  shut();
}

void link_sockets::shut() {
  const std::lock_guard lock(door_->mutex);
  door_->loop = nullptr;
}

result<void> link_sockets::listen() {
  SP_TRY(listener_, net::listen(loop_, options_.listen, {.backlog = 128},
                                [this](std::unique_ptr<net::connection> made) {
                                  accept(std::move(made));
                                }));
  reload_at_ = now() + options_.reload_every;
  tick();
  return {};
}

socket_link_counts link_sockets::counts() const {
  auto counts = counts_;
  counts.waiting = waiting_.size();
  return counts;
}

link::poster link_sockets::posts() {
  return [to = door_](std::function<void()> task) {
    const std::lock_guard lock(to->mutex);
    if (to->loop != nullptr) to->loop->post(std::move(task));
  };
}

// ---- connections that come in ------------------------------------------------------------------

bool link_sockets::has_place(const ip_address& client) const {
  const auto found = places_.find(client);
  return found == places_.end() || found->second < options_.waiting_per_client;
}

void link_sockets::accept(std::unique_ptr<net::connection> made) {
  ++counts_.accepted;
  const auto client = client_of(made->peer().address);
  if (!has_place(client)) {
    ++counts_.turned_away;
    return complain(made->peer(), "too many connections of it are not authenticated");
  }
  if (waiting_.size() >= options_.waiting_max) evict();
  ++places_[client];
  waiting_.push_back(std::make_unique<socket>(*this, 0));
  auto& s = *waiting_.back();
  s.place_ = std::prev(waiting_.end());
  s.since_ = now();
  s.own(std::move(made));
  s.connection_->start_tls_mutual(
      {.context = options_.tls, .as_server = true, .judge = [this, &s](const auto& shown) {
         return judge(s, {}, shown.uris, shown.until);
       }});
}

// Strangers first, and without a charge: whoever is evicted has done nothing wrong.
void link_sockets::evict() {
  auto which = std::ranges::find_if(waiting_, [this](const auto& each) {
    return !member_clients_.contains(client_of(each->connection_->peer().address));
  });
  if (which == waiting_.end()) which = waiting_.begin();
  const auto peer = (*which)->connection_->peer();
  give_back_place(client_of(peer.address));
  waiting_.erase(which);
  ++counts_.evicted;
  complain(peer, "others come in");
}

void link_sockets::give_back_place(const ip_address& client) {
  const auto found = places_.find(client);
  if (--found->second == 0) places_.erase(found);
}

void link_sockets::look_at_members() {
  member_clients_.clear();
  for (const auto& address : engine_.member_addresses()) {
    if (const auto at = endpoint::parse(address)) member_clients_.insert(client_of(at->address));
  }
}

result<void> link_sockets::judge(socket& s, const std::string& expected,
                                 const std::vector<std::string>& uris, wall_time until) {
  SP_TRY(auto who, link::read_identity(uris));
  if (who.cluster != options_.us.cluster) {
    return fail(errc::denied, "the certificate is for another cluster");
  }
  if (engine_.is_removed(who.name)) {
    return fail(errc::denied, "node '" + who.name + "' was removed from the cluster");
  }
  if (who.name == options_.us.name || (!expected.empty() && who.name != expected)) {
    return fail(errc::denied, "the certificate is that of '" + who.name + "'");
  }
  who.until = until;
  s.who_ = std::move(who);
  return {};
}

void link_sockets::authenticated(socket& s) {
  s.greeted_ = true;
  if (!s.place_) return engine_.dialed(s.id_, s.who_);
  ++counts_.authenticated;
  give_back_place(client_of(s.connection_->peer().address));
  auto taken = std::move(**s.place_);
  waiting_.erase(*std::exchange(s.place_, std::nullopt));
  const auto id = engine_.accepted(taken->who_);
  // Without a wish for it, it is closed here.
  if (id == 0) return;
  taken->id_ = id;
  sockets_.emplace(id, std::move(taken));
}

// The client keeps its place for a while: a failure costs it time, not us.
void link_sockets::refuse(waiting_list::iterator which, std::string_view reason) {
  const auto peer = (*which)->connection_->peer();
  kept_places_.emplace(now() + options_.failure_costs, client_of(peer.address));
  waiting_.erase(which);
  complain(peer, reason);
}

void link_sockets::complain(const endpoint& who, std::string_view reason) {
  ++not_told_;
  if (now() < complain_again_) return;
  complain_again_ = now() + complain_every;
  log.warning("link.not_authenticated", {{"address", who.to_string()},
                                         {"reason", reason},
                                         {"since_the_last_line", std::exchange(not_told_, 0)}});
}

void link_sockets::ended(socket& s, std::string_view reason) {
  if (s.place_) {
    ++counts_.refused;
    return refuse(*s.place_, reason);
  }
  const auto id = s.id_;
  const std::string why(reason);
  sockets_.erase(id);
  engine_.lost(id, why);
}

// ---- connections that are opened ---------------------------------------------------------------

void link_sockets::dial(link::connection_id id, const link::member& to) {
  sockets_.emplace(id, std::make_unique<socket>(*this, id));
  const auto where = endpoint::parse(to.address);
  if (!where) {
    return posts()([this, id, to] {
      dialed(id, to, fail(errc::malformed, "'" + to.address + "' is not ADDRESS:PORT"));
    });
  }
  loop_.connect(*where, {}, options_.connect_within,
                [this, id, to, alive = std::weak_ptr(alive_)](auto made) {
                  if (!alive.expired()) dialed(id, to, std::move(made));
                });
}

void link_sockets::dialed(link::connection_id id, const link::member& to,
                          result<std::unique_ptr<net::connection>> made) {
  const auto found = sockets_.find(id);
  if (found == sockets_.end()) return;
  auto& s = *found->second;
  if (!made) {
    sockets_.erase(found);
    return engine_.lost(id, made.error().context);
  }
  s.since_ = now();
  s.own(std::move(*made));
  s.connection_->start_tls_mutual(
      {.context = options_.tls, .judge = [this, &s, name = to.name](const auto& shown) {
         return judge(s, name, shown.uris, shown.until);
       }});
}

void link_sockets::write(link::connection_id id, std::string_view octets) {
  const auto found = sockets_.find(id);
  if (found != sockets_.end()) found->second->connection_->write(octets);
}

std::size_t link_sockets::unsent(link::connection_id id) const {
  const auto found = sockets_.find(id);
  if (found == sockets_.end() || !found->second->connection_) return 0;
  return found->second->connection_->unsent();
}

void link_sockets::close(link::connection_id id) {
  const auto found = sockets_.find(id);
  if (found == sockets_.end()) return;
  const auto taken = std::move(found->second);
  sockets_.erase(found);
  if (taken->connection_) taken->connection_->close();
}

// ---- time --------------------------------------------------------------------------------------

void link_sockets::tick() {
  ticking_ = loop_.call_after(options_.limits.tick_every(), [this] { tick(); });
  give_up_late();
  while (!kept_places_.empty() && kept_places_.begin()->first <= now()) {
    give_back_place(kept_places_.begin()->second);
    kept_places_.erase(kept_places_.begin());
  }
  if (now() >= expiry_at_) check_expiry();
  if (now() >= reload_at_) reload();
  engine_.tick();
}

void link_sockets::give_up_late() {
  const auto before = now() - options_.authenticate_within;
  while (!waiting_.empty() && waiting_.front()->since_ < before) {
    ++counts_.late;
    refuse(waiting_.begin(), "it was not authenticated in time");
  }
  std::vector<link::connection_id> late;
  for (const auto& [id, s] : sockets_) {
    if (s->connection_ && !s->greeted_ && s->since_ < before) late.push_back(id);
  }
  for (const auto id : late) {
    sockets_.erase(id);
    engine_.lost(id, "the TLS handshake did not end in time");
  }
}

void link_sockets::check_expiry() {
  expiry_at_ = now() + expiry_every;
  look_at_members();
  std::vector<link::connection_id> expired;
  for (const auto& [id, s] : sockets_) {
    if (s->greeted_ && s->who_.until < time_.now()) expired.push_back(id);
  }
  for (const auto id : expired) {
    close(id);
    engine_.lost(id, "its certificate has expired");
  }
}

void link_sockets::reload() {
  reload_at_ = now() + options_.reload_every;
  const auto loaded = options_.tls->reload_if_changed();
  if (!loaded) log.error("link.certificate_not_loaded", {{"reason", loaded.error().context}});
}

}  // namespace signpost::cluster
