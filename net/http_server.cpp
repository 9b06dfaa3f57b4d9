// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.hpp"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/log.hpp"
#include "net/listener.hpp"
#include "net/loop_core.hpp"
#include "net/socket_address.hpp"
#include "net/unix_socket.hpp"

namespace signpost::net {
namespace {

const logger log("net.http");

constexpr int backlog = 128;
constexpr ev_uint16_t methods = EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT
                                | EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS;

struct evhttp_deleter {
  void operator()(evhttp* http) const { evhttp_free(http); }
};

std::string method_name(evhttp_cmd_type command) {
  switch (command) {
    case EVHTTP_REQ_GET:
      return "GET";
    case EVHTTP_REQ_HEAD:
      return "HEAD";
    case EVHTTP_REQ_POST:
      return "POST";
    case EVHTTP_REQ_PUT:
      return "PUT";
    case EVHTTP_REQ_PATCH:
      return "PATCH";
    case EVHTTP_REQ_DELETE:
      return "DELETE";
    case EVHTTP_REQ_OPTIONS:
      return "OPTIONS";
    default:
      return "";
  }
}

std::string peer_name(evhttp_request* from) {
  evhttp_connection* connection = evhttp_request_get_connection(from);
  const sockaddr* address =
      connection == nullptr ? nullptr : evhttp_connection_get_addr(connection);
  if (address == nullptr || address->sa_family == AF_UNIX) return "unix";
  return to_endpoint(reinterpret_cast<const sockaddr_storage&>(*address)).to_string();
}

http_request read_request(evhttp_request* from) {
  http_request made{.method = method_name(evhttp_request_get_command(from))};
  const evhttp_uri* uri = evhttp_request_get_evhttp_uri(from);
  const char* path = uri == nullptr ? nullptr : evhttp_uri_get_path(uri);
  const char* query = uri == nullptr ? nullptr : evhttp_uri_get_query(uri);
  made.path = path == nullptr || *path == '\0' ? "/" : path;
  made.query = query == nullptr ? "" : query;
  for (const evkeyval* one = evhttp_request_get_input_headers(from)->tqh_first; one != nullptr;
       one = one->next.tqe_next) {
    made.headers.push_back({one->key, one->value});
  }
  evbuffer* body = evhttp_request_get_input_buffer(from);
  made.body.resize(evbuffer_get_length(body));
  evbuffer_remove(body, made.body.data(), made.body.size());
  made.peer = peer_name(from);
  return made;
}

void write_response(evhttp_request* to, const http_response& what) {
  evkeyvalq* headers = evhttp_request_get_output_headers(to);
  // evhttp refuses fields with line breaks: a stranger's bytes cannot add a header.
  for (const auto& one : what.headers)
    evhttp_add_header(headers, one.name.c_str(), one.value.c_str());
  const bool may_have_body = what.status >= 200 && what.status != 204 && what.status != 304;
  if (may_have_body && !what.content_type.empty()) {
    evhttp_add_header(headers, "Content-Type", what.content_type.c_str());
  }
  const bool head = evhttp_request_get_command(to) == EVHTTP_REQ_HEAD;
  if (head) {
    // RFC 9110 §9.3.2: the length that GET would have, and no content.
    evhttp_add_header(headers, "Content-Length", std::to_string(what.body.size()).c_str());
  }
  evbuffer* body = evbuffer_new();
  if (may_have_body && !head) evbuffer_add(body, what.body.data(), what.body.size());
  evhttp_send_reply(to, what.status, std::string(reason_phrase(what.status)).c_str(), body);
  evbuffer_free(body);
}

}  // namespace

/// What the server, its open requests and their responders share. On the loop's thread, except
/// `answer`.
class http_core : public std::enable_shared_from_this<http_core> {
 public:
  http_core(event_loop& loop, http_server_options options, http_server::handler handle)
      : loop_(&loop),
        options_(std::move(options)),
        handle_(std::move(handle)),
        http_(evhttp_new(loop.core().base())) {}

  result<void> start();
  void stop();
  /// Any thread.
  void answer(std::uint64_t id, http_response response);
  [[nodiscard]] const std::vector<endpoint>& bound() const { return bound_; }

 private:
  result<void> accept_on(unique_fd fd);
  void received(evhttp_request* request);
  void send(std::uint64_t id, const http_response& response);
  static void connection_closed(evhttp_connection*, void* self);

  std::mutex mutex_;
  event_loop* loop_;  ///< guarded by mutex_; null: stopped
  const http_server_options options_;
  const http_server::handler handle_;
  std::unique_ptr<evhttp, evhttp_deleter> http_;
  std::vector<endpoint> bound_;
  bool owns_unix_socket_ = false;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, evhttp_request*> open_;
};

class http_responder::duty {
 public:
  duty(std::weak_ptr<http_core> core, std::uint64_t id) : core_(std::move(core)), id_(id) {}
  ~duty() { answer({.status = 500, .body = "the request was not answered\n"}); }
  duty(const duty&) = delete;
  duty& operator=(const duty&) = delete;

  void answer(http_response response) {
    if (answered_.exchange(true)) return;
    if (const auto core = core_.lock()) core->answer(id_, std::move(response));
  }

 private:
  const std::weak_ptr<http_core> core_;
  const std::uint64_t id_;
  std::atomic<bool> answered_{false};
};

void http_responder::respond(http_response response) const {
  duty_->answer(std::move(response));
}

result<void> http_core::start() {
  evhttp_set_max_body_size(http_.get(), static_cast<ev_ssize_t>(options_.body_octets_max));
  evhttp_set_max_headers_size(http_.get(), static_cast<ev_ssize_t>(options_.header_octets_max));
  evhttp_set_timeout(http_.get(), static_cast<int>(options_.timeout.count()));
  evhttp_set_allowed_methods(http_.get(), methods);
  evhttp_set_default_content_type(http_.get(), nullptr);
  evhttp_set_gencb(
      http_.get(),
      [](evhttp_request* request, void* self) { static_cast<http_core*>(self)->received(request); },
      this);
  for (const auto& where : options_.endpoints) {
    SP_TRY(unique_fd fd, listen_tcp(where, {.backlog = backlog}));
    bound_.push_back(local_endpoint(fd.get()));
    SP_CHECK(accept_on(std::move(fd)));
  }
  if (!options_.unix_socket.empty()) {
    SP_TRY(unique_fd fd, listen_unix(options_.unix_socket));
    owns_unix_socket_ = true;
    SP_CHECK(accept_on(std::move(fd)));
  }
  return {};
}

result<void> http_core::accept_on(unique_fd fd) {
  if (evhttp_accept_socket(http_.get(), fd.get()) != 0) {
    return fail(errc::unavailable, "http: " + errno_text(errno));
  }
  std::ignore = fd.release();  // evhttp closes it
  return {};
}

void http_core::stop() {
  {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }
  // A request that has lost its connection is ours to end; the others end with theirs.
  for (const auto& [id, request] : std::exchange(open_, {})) {
    if (evhttp_request_get_connection(request) == nullptr) write_response(request, {.status = 503});
  }
  http_.reset();
  if (std::exchange(owns_unix_socket_, false)) ::unlink(options_.unix_socket.c_str());
}

void http_core::received(evhttp_request* request) {
  const std::uint64_t id = ++last_id_;
  open_.emplace(id, request);
  // Without interest in the close evhttp frees what we still hold.
  if (auto* connection = evhttp_request_get_connection(request); connection != nullptr) {
    evhttp_connection_set_closecb(connection, connection_closed, this);
  }
  http_responder responder(std::make_shared<http_responder::duty>(weak_from_this(), id));
  handle_(read_request(request), std::move(responder));
}

void http_core::connection_closed(evhttp_connection* connection, void* self) {
  // What is still attached is freed by evhttp with the connection; what it has detached is kept
  // until its answer comes and ends then.
  std::erase_if(static_cast<http_core*>(self)->open_, [&](const auto& one) {
    return evhttp_request_get_connection(one.second) == connection;
  });
}

void http_core::answer(std::uint64_t id, http_response response) {
  const std::lock_guard lock(mutex_);
  if (loop_ == nullptr) return;
  loop_->post([weak = weak_from_this(), id, response = std::move(response)] {
    if (const auto self = weak.lock()) self->send(id, response);
  });
}

void http_core::send(std::uint64_t id, const http_response& response) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  evhttp_request* request = found->second;
  open_.erase(found);
  if (auto* connection = evhttp_request_get_connection(request); connection != nullptr) {
    evhttp_connection_set_closecb(connection, nullptr, nullptr);
  }
  write_response(request, response);
}

result<std::unique_ptr<http_server>> http_server::start(event_loop& loop,
                                                        http_server_options options,
                                                        handler handle) {
  auto core = std::make_shared<http_core>(loop, std::move(options), std::move(handle));
  std::unique_ptr<http_server> made(new http_server(core));
  SP_CHECK(core->start());
  for (const auto& one : made->bound()) {
    log.info("http.listening", {{"endpoint", one.to_string()}});
  }
  return made;
}

http_server::~http_server() {
  core_->stop();
}

const std::vector<endpoint>& http_server::bound() const {
  return core_->bound();
}

}  // namespace signpost::net
