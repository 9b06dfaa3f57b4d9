// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/http/http_server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/body.hpp"
#include "base/client_rates.hpp"
#include "base/flood_gate.hpp"
#include "base/log.hpp"
#include "net/http/http_connection.hpp"
#include "net/loop/connection.hpp"
#include "net/loop/listener.hpp"
#include "net/loop/loop_core.hpp"
#include "net/socket/socket_address.hpp"
#include "net/socket/unix_socket.hpp"

namespace signpost::net {
namespace {

const logger log_("net.http");

constexpr int backlog = 512;
/// New connections that misuse of TLS counts as: it costs about so many handshakes.
constexpr int misuse_arrivals = 100;

/// Tells a client why it is not served, as far as this is possible without waiting for it.
void turn_away(unique_fd fd, const http_server_options& options) {
  const std::string text = write_http_response(
      in_form_of(options, {},
                 {.status = 503,
                  .body = "too many connections\n",
                  .headers = {{"Retry-After", "10"}}}),
      {});
  ::send(fd.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(fd.get(), SHUT_WR);
  // An unread request would turn the close into a reset.
  std::array<char, 4096> space{};
  ::recv(fd.get(), space.data(), space.size(), MSG_DONTWAIT);
}

}  // namespace

/// What the server, its connections and its responders share. On the loop's thread, except
/// `answer`.
class http_core final : public std::enable_shared_from_this<http_core>,
                        private http_connection::owner {
 public:
  http_core(event_loop& loop, http_server_options options, http_server::handler handle)
      : loop_(&loop),
        core_(loop.core()),
        options_(std::move(options)),
        handle_(std::move(handle)),
        memory_(options_.memory_octets_max),
        arrivals_(options_.new_connections_per_minute_max) {}

  result<void> start();
  void stop();
  /// Any thread. Nothing: the handler has dropped the request.
  void answer(std::uint64_t connection, std::uint64_t serial,
              std::optional<http_response> response);
  [[nodiscard]] const std::vector<endpoint>& bound() const { return bound_; }
  [[nodiscard]] std::size_t connections() const { return open_.size(); }

 private:
  /// What one client has.
  struct share {
    explicit share(std::size_t octets) : memory(octets) {}
    std::size_t connections = 0;
    memory_budget memory;
  };
  struct entry {
    std::unique_ptr<http_connection> connection;
    ip_address client;  ///< whom it counts for
    bool counted = false;
  };

  void handle(std::uint64_t connection, std::uint64_t serial, http_request request) override;
  void forget(std::uint64_t connection) override;
  void misused(std::uint64_t connection) override;
  [[nodiscard]] const http_server_options& options() const override { return options_; }
  [[nodiscard]] memory_budget& memory() override { return memory_; }

  void accepted(unique_fd fd, const endpoint& peer);
  void accepted_locally(unique_fd fd);
  void admit(unique_fd fd, const endpoint& peer, entry made, http_connection::origin from);
  [[nodiscard]] bool has_room_for(const ip_address& client) const;

  std::mutex mutex_;
  event_loop* loop_;  ///< guarded by mutex_; null: stopped
  loop_core& core_;
  const http_server_options options_;
  const http_server::handler handle_;
  memory_budget memory_;
  client_rates arrivals_;
  flood_gate lines_{{.burst = 5, .per_second = 1, .total_per_second = 50, .sources_max = 1024}};
  std::vector<std::unique_ptr<listener>> listeners_;
  std::vector<endpoint> bound_;
  bool owns_unix_socket_ = false;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, entry> open_;
  std::map<ip_address, share> clients_;  ///< outlive the connections that hold of them
};

class http_responder::duty {
 public:
  duty(std::weak_ptr<http_core> core, std::uint64_t connection, std::uint64_t serial)
      : core_(std::move(core)), connection_(connection), serial_(serial) {}
  ~duty() { answer(std::nullopt); }
  duty(const duty&) = delete;
  duty& operator=(const duty&) = delete;

  void answer(std::optional<http_response> response) {
    if (answered_.exchange(true)) return;
    if (const auto core = core_.lock()) core->answer(connection_, serial_, std::move(response));
  }

 private:
  const std::weak_ptr<http_core> core_;
  const std::uint64_t connection_;
  const std::uint64_t serial_;
  std::atomic<bool> answered_{false};
};

void http_responder::respond(http_response response) const {
  duty_->answer(std::move(response));
}

result<void> http_core::start() {
  const auto on_tcp = [this](unique_fd fd, const endpoint& peer) { accepted(std::move(fd), peer); };
  const auto on_unix = [this](unique_fd fd, const endpoint&) { accepted_locally(std::move(fd)); };
  for (const auto& where : options_.endpoints) {
    SP_TRY(unique_fd fd, listen_tcp(where, {.backlog = backlog}));
    bound_.push_back(local_endpoint(fd.get()));
    listeners_.push_back(accept_on(*loop_, std::move(fd), on_tcp, options_.descriptors));
  }
  if (!options_.unix_socket.empty()) {
    SP_TRY(unique_fd fd, listen_unix(options_.unix_socket));
    owns_unix_socket_ = true;
    listeners_.push_back(accept_on(*loop_, std::move(fd), on_unix, options_.descriptors));
  }
  return {};
}

bool http_core::has_room_for(const ip_address& client) const {
  if (open_.size() >= options_.connections_max) return false;
  const auto found = clients_.find(client);
  return options_.connections_per_client_max == 0 || found == clients_.end()
         || found->second.connections < options_.connections_per_client_max;
}

void http_core::accepted(unique_fd fd, const endpoint& peer) {
  if (in_any(options_.proxies, peer.address)) {
    if (open_.size() >= options_.connections_max) return turn_away(std::move(fd), options_);
    return admit(std::move(fd), peer, {},
                 {.peer = peer.address.to_string(), .tls = options_.tls != nullptr});
  }
  const ip_address client = client_of(peer.address);
  if (!has_room_for(client) || arrivals_.count(client, system_clock{}.steady_now()) > 0) {
    log_.debug("http.turned_away", {{"client", peer.address.to_string()}});
    // In TLS a refusal in words would cost the handshake, which is what a flood is after.
    if (!options_.tls) turn_away(std::move(fd), options_);
    return;
  }
  const auto most = options_.memory_per_client_octets_max;
  auto& its = clients_.try_emplace(client, most > 0 ? most : options_.memory_octets_max)
                  .first->second;
  ++its.connections;
  admit(std::move(fd), peer, {.client = client, .counted = true},
        {.peer = peer.address.to_string(),
         .tls = options_.tls != nullptr,
         .client_memory = &its.memory});
}

void http_core::accepted_locally(unique_fd fd) {
  if (open_.size() >= options_.connections_max) return turn_away(std::move(fd), options_);
  admit(std::move(fd), {}, {}, {.peer = "unix"});
}

void http_core::admit(unique_fd fd, const endpoint& peer, entry made,
                      http_connection::origin from) {
  from.id = ++last_id_;
  const std::uint64_t id = from.id;
  auto stream = make_connection(
      core_, std::move(fd), peer,
      {.context = from.tls ? options_.tls : nullptr, .spoken = tls_protocol::http_1});
  http_connection::owner& self = *this;
  made.connection =
      std::make_unique<http_connection>(core_, self, std::move(stream), std::move(from));
  open_.emplace(id, std::move(made));
}

void http_core::forget(std::uint64_t connection) {
  auto node = open_.extract(connection);
  if (node.empty() || !node.mapped().counted) return;
  const auto client = clients_.find(node.mapped().client);
  if (--client->second.connections > 0) return;
  node.mapped().connection.reset();  // it holds of its client's memory
  clients_.erase(client);
}

void http_core::misused(std::uint64_t connection) {
  const auto at = open_.find(connection);
  if (at == open_.end() || !at->second.counted) return;
  const auto client = at->second.client;
  const auto now = system_clock{}.steady_now();
  for (int i = 0; i < misuse_arrivals; ++i) (void)arrivals_.count(client, now);
  if (const auto times = lines_.admit("tls.too_many_messages", client.to_string(), now, true)) {
    log_.info("tls.too_many_messages", {{"client", client.to_string()}, {"times", times}});
  }
}

void http_core::handle(std::uint64_t connection, std::uint64_t serial, http_request request) {
  http_responder responder(
      std::make_shared<http_responder::duty>(weak_from_this(), connection, serial));
  handle_(std::move(request), std::move(responder));
}

void http_core::answer(std::uint64_t connection, std::uint64_t serial,
                       std::optional<http_response> response) {
  const std::lock_guard lock(mutex_);
  if (loop_ == nullptr) return;
  loop_->post([weak = weak_from_this(), connection, serial, response = std::move(response)] {
    const auto self = weak.lock();
    if (!self) return;
    const auto found = self->open_.find(connection);
    if (found == self->open_.end()) return;
    auto& to = *found->second.connection;
    if (response) {
      to.respond(serial, *response);
    } else {
      to.give_up(serial);
    }
  });
}

void http_core::stop() {
  {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }
  listeners_.clear();
  for (auto& [id, one] : open_) one.connection->close();
  open_.clear();
  clients_.clear();
  if (std::exchange(owns_unix_socket_, false)) ::unlink(options_.unix_socket.c_str());
}

result<std::unique_ptr<http_server>> http_server::start(event_loop& loop,
                                                        http_server_options options,
                                                        handler handle) {
  auto core = std::make_shared<http_core>(loop, std::move(options), std::move(handle));
  std::unique_ptr<http_server> made(new http_server(core));
  SP_CHECK(core->start());
  for (const auto& one : made->bound()) {
    log_.info("http.listening", {{"endpoint", one.to_string()}});
  }
  return made;
}

http_server::~http_server() {
  core_->stop();
}

const std::vector<endpoint>& http_server::bound() const {
  return core_->bound();
}

std::size_t http_server::connections() const {
  return core_->connections();
}

}  // namespace signpost::net
