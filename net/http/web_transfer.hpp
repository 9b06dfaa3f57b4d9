// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One request of web_client and its response, as libcurl sees it. Not for other folders.
//
// Threads: one at a time.
#pragma once

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http/rest_feed.hpp"
#include "net/http/web_client.hpp"

namespace signpost::net {

/// Initializes libcurl for this process, once. errc::unavailable if that fails or TLS is missing.
result<void> ready_libcurl();

class web_transfer {
 public:
  /// `options` must outlive the transfer.
  web_transfer(web_request request, const web_client_options& options)
      : request_(std::move(request)), options_(options) {}
  web_transfer(const web_transfer&) = delete;
  web_transfer& operator=(const web_transfer&) = delete;

  /// Checks the request and creates `handle()`. errc::malformed, errc::denied, errc::unavailable as
  /// in web_client.hpp.
  result<void> prepare();
  /// `wake` is called, on any thread, when there is more of the content to send: curl_easy_pause()
  /// must be called then. Without it everything must be in memory.
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }
  /// Once `prepare` has succeeded. The handle calls back into this object.
  [[nodiscard]] CURL* handle() const { return easy_.get(); }
  /// `https://host:443`, for counting requests under way to one server; after `prepare`.
  [[nodiscard]] const std::string& server() const { return server_; }
  /// The same for one tenant.
  [[nodiscard]] std::string lane() const { return server_ + ' ' + request_.tenant; }
  [[nodiscard]] const std::string& tenant() const { return request_.tenant; }
  /// The meaning of libcurl's result.
  result<web_response> finish(CURLcode code);

 private:
  struct easy_deleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct list_deleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  result<void> check_url();
  result<void> make_fields();
  result<void> add_field(const std::string& line);
  void set_rules();
  void set_content();
  [[nodiscard]] bool uses_proxy() const;
  [[nodiscard]] bool is_local() const { return !request_.unix_socket.empty(); }
  [[nodiscard]] error socket_failure(CURLcode code) const;
  [[nodiscard]] bool allows(const ip_address& address) const;
  [[nodiscard]] bool sent_all() const { return chunk_ == request_.body.size(); }
  error failure(CURLcode code) const;

  std::size_t read(char* to, std::size_t room);
  std::size_t read_rest(char* to, std::size_t room);
  bool rewind(curl_off_t to);
  std::size_t write(std::string_view bytes);
  std::size_t header(std::string_view line);
  curl_socket_t open_socket(const curl_sockaddr& where);
  bool may_send_to(const char* address);

  static std::size_t on_read(char* to, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t to, int origin);
  static std::size_t on_write(char* from, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* from, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* where);
  static int on_connected(void* self, char* address, char* local, int port, int local_port);

  const web_request request_;
  const web_client_options& options_;
  std::unique_ptr<CURL, easy_deleter> easy_;
  std::unique_ptr<curl_slist, list_deleter> fields_;
  std::string server_;
  std::array<char, CURL_ERROR_SIZE> reason_{};
  web_response response_;
  std::size_t header_octets_ = 0;
  std::size_t chunk_ = 0;   ///< the part of the body that is being sent
  std::size_t offset_ = 0;  ///< and how much of its octets in memory has been sent
  std::shared_ptr<rest_feed> feed_;  ///< its rest, once its turn has come
  std::function<void()> wake_;
  bool unreadable_ = false;
  bool head_complete_ = false;
  bool header_too_large_ = false;
  bool address_refused_ = false;
  bool address_allowed_ = false;
};

}  // namespace signpost::net
