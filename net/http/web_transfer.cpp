// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/http/web_transfer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "net/socket/socket_address.hpp"
#include "net/socket/unix_socket.hpp"

namespace signpost::net {
namespace {

constexpr std::size_t url_octets_max = 8192;
/// A kept connection is not used for longer, so that changes in the DNS are noticed.
constexpr long connection_age_s_max = 300;

struct url_deleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using url_ptr = std::unique_ptr<CURLU, url_deleter>;

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string copied(text);
  curl_free(text);
  return copied;
}

bool is_name(std::string_view text) {
  return !text.empty()
         && std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  });
}

/// Fields that only we write: they decide where the request goes and where it ends.
bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 6> ours{"Connection", "Content-Length",    "Expect",
                                                 "Host",       "Transfer-Encoding", "Upgrade"};
  return std::ranges::any_of(ours,
                             [&](std::string_view one) { return equals_ignoring_case(one, name); });
}

web_transfer* as_transfer(void* self) {
  return static_cast<web_transfer*>(self);
}

/// Codes whose text, from libcurl, OpenSSL or the resolver, is helpful.
bool explains_itself(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return true;
    default:
      return false;
  }
}

}  // namespace

result<void> ready_libcurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) return fail(errc::unavailable, curl_easy_strerror(code));
  const auto* version = curl_version_info(CURLVERSION_NOW);
  if ((version->features & CURL_VERSION_SSL) == 0) return fail(errc::unavailable, "no TLS");
  return {};
}

bool web_transfer::uses_proxy() const {
  return options_.use_proxy_environment && request_.addresses == address_policy::any && !is_local();
}

bool web_transfer::allows(const ip_address& address) const {
  return request_.addresses == address_policy::any || address.is_public();
}

result<void> web_transfer::prepare() {
  SP_CHECK(check_url());
  if (is_local()) SP_CHECK(check_unix_path(request_.unix_socket));
  SP_CHECK(make_fields());
  easy_.reset(curl_easy_init());
  if (!easy_) return fail(errc::unavailable, "no memory for a request");
  set_rules();
  set_content();
  return {};
}

result<void> web_transfer::check_url() {
  const url_ptr url(curl_url());
  const bool fits = request_.url.size() <= url_octets_max && is_one_line(request_.url);
  if (!url || !fits
      || curl_url_set(url.get(), CURLUPART_URL, request_.url.c_str(), CURLU_NON_SUPPORT_SCHEME)
             != CURLUE_OK) {
    return fail(errc::malformed, "no URL");
  }
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "https" && scheme != "http") {
    return fail(errc::malformed, "the URL is not an https URL");
  }
  if (scheme == "http" && !request_.allow_http) return fail(errc::denied, "http is not allowed");
  const bool has_user = !part_of(url.get(), CURLUPART_USER).empty()
                        || !part_of(url.get(), CURLUPART_PASSWORD).empty();
  // RFC 9110 §4.2.4: user information must not be generated in a URI.
  if (has_user) return fail(errc::malformed, "the URL has a user name");
  const std::string host = part_of(url.get(), CURLUPART_HOST);
  if (host.empty()) return fail(errc::malformed, "the URL has no host");
  server_ = request_.unix_socket + scheme + "://" + to_lower(host) + ":"
            + part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  return {};
}

result<void> web_transfer::make_fields() {
  const bool is_token = is_name(request_.method) && request_.method == to_upper(request_.method);
  if (!is_token) return fail(errc::malformed, "method " + printable(request_.method));
  bool has_type = false;
  for (const auto& [name, value] : request_.headers) {
    if (!is_name(name) || !is_one_line(value) || is_ours(name)) {
      return fail(errc::malformed, "header field " + printable(name));
    }
    has_type = has_type || equals_ignoring_case(name, "Content-Type");
    // In libcurl's list, a name with a semicolon means a field without a value.
    SP_CHECK(add_field(trim(value).empty() ? name + ";" : name + ": " + value));
  }
  // A name with nothing after the colon keeps libcurl from adding its own field.
  if (!has_type) SP_CHECK(add_field("Content-Type:"));
  return add_field("Expect:");
}

result<void> web_transfer::add_field(const std::string& line) {
  curl_slist* longer = curl_slist_append(fields_.get(), line.c_str());
  if (longer == nullptr) return fail(errc::unavailable, "no memory for a request");
  std::ignore = fields_.release();
  fields_.reset(longer);
  return {};
}

/// What applies to every request, no matter who wrote its URL.
void web_transfer::set_rules() {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, request_.allow_http ? "https,http" : "https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});  // RFC 8996
  if (!options_.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  if (!uses_proxy()) {
    // An empty proxy keeps libcurl from reading the environment.
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  }
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  // A resolver that does not answer is abandoned: waiting for its thread would hold up everything.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, connection_age_s_max);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, long{request_.connect_timeout.count()});
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, long{request_.timeout.count()});
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason_.data());
}

void web_transfer::set_content() {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  if (is_local()) curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request_.unix_socket.c_str());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields_.get());
  const bool has_content = !request_.body.empty() || request_.method == "POST"
                           || request_.method == "PUT" || request_.method == "PATCH";
  if (has_content) {
    curl_off_t octets = 0;
    for (const auto& part : request_.body) octets += static_cast<curl_off_t>(part->size());
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, octets);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, this);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
    if (octets == 0) chunk_ = request_.body.size();
  }
  if (request_.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
}

std::size_t web_transfer::read(char* to, std::size_t room) {
  std::size_t copied = 0;
  while (!sent_all()) {
    const auto& body = *request_.body[chunk_];
    const std::string_view part = body.octets().substr(offset_);
    const std::size_t piece = std::min(room - copied, part.size());
    std::memcpy(to + copied, part.data(), piece);
    copied += piece;
    offset_ += piece;
    if (piece < part.size()) break;
    if (body.rest()) {
      const auto more = read_rest(to + copied, room - copied);
      if (more == CURL_READFUNC_ABORT) return more;
      if (more == CURL_READFUNC_PAUSE) return copied > 0 ? copied : more;
      copied += more;
      if (feed_->look() != rest_feed::state::ended) break;
    }
    ++chunk_;
    offset_ = 0;
    feed_.reset();
  }
  return copied;
}

/// The next octets of the part that is being sent, or libcurl's code if there are none.
std::size_t web_transfer::read_rest(char* to, std::size_t room) {
  if (!feed_) {
    feed_ = std::make_shared<rest_feed>(request_.body[chunk_]->rest(), wake_ ? wake_ : [] {});
  }
  std::size_t copied = 0;
  while (copied < room) {
    const auto state = feed_->look();
    if (state == rest_feed::state::ended) break;
    if (state == rest_feed::state::failed || (state == rest_feed::state::awaited && !wake_)) {
      unreadable_ = true;
      return CURL_READFUNC_ABORT;
    }
    if (state == rest_feed::state::awaited) return copied > 0 ? copied : CURL_READFUNC_PAUSE;
    const auto piece = feed_->piece().substr(0, room - copied);
    std::memcpy(to + copied, piece.data(), piece.size());
    feed_->take(piece.size());
    copied += piece.size();
  }
  return copied;
}

/// libcurl starts over when a kept connection turns out to be dead.
bool web_transfer::rewind(curl_off_t to) {
  if (to != 0) return false;
  chunk_ = 0;
  offset_ = 0;
  feed_.reset();
  return true;
}

std::size_t web_transfer::write(std::string_view bytes) {
  const std::size_t room = request_.response_octets_max - response_.body.size();
  response_.body.append(bytes.substr(0, room));
  if (bytes.size() <= room) return bytes.size();
  response_.truncated = true;
  return 0;
}

std::size_t web_transfer::header(std::string_view line) {
  header_octets_ += line.size();
  if (header_octets_ > web_header_octets_max) {
    header_too_large_ = true;
    return 0;
  }
  const std::string_view text = trim(line);
  if (text.empty()) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    head_complete_ = status >= 200;
    return line.size();
  }
  // A status line begins a section: interim responses (RFC 9110 §15.2), then the final one.
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();
    return line.size();
  }
  // The content is followed by trailer fields, which are not part of the header.
  const auto colon = text.find(':');
  if (head_complete_ || colon == std::string_view::npos) return line.size();
  response_.headers.push_back(
      {std::string(text.substr(0, colon)), std::string(trim(text.substr(colon + 1)))});
  return line.size();
}

curl_socket_t web_transfer::open_socket(const curl_sockaddr& where) {
  sockaddr_storage storage{};
  std::memcpy(&storage, &where.addr, std::min<std::size_t>(where.addrlen, sizeof storage));
  const bool is_ip = where.family == AF_INET || where.family == AF_INET6;
  const bool allowed = is_local() ? where.family == AF_UNIX
                                  : is_ip && allows(to_endpoint(storage).address);
  if (!allowed) {
    address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  address_allowed_ = true;
  return ::socket(where.family, where.socktype | SOCK_CLOEXEC, where.protocol);
}

/// Kept connections too, since they may have been opened for a request that may go anywhere.
bool web_transfer::may_send_to(const char* address) {
  if (is_local()) return true;
  const auto parsed = ip_address::parse(address == nullptr ? "" : address);
  if (parsed && allows(*parsed)) return true;
  address_refused_ = true;
  address_allowed_ = false;
  return false;
}

std::size_t web_transfer::on_read(char* to, std::size_t size, std::size_t count, void* self) {
  return as_transfer(self)->read(to, size * count);
}

int web_transfer::on_seek(void* self, curl_off_t to, int origin) {
  const bool done = origin == SEEK_SET && as_transfer(self)->rewind(to);
  return done ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

std::size_t web_transfer::on_write(char* from, std::size_t size, std::size_t count, void* self) {
  return as_transfer(self)->write({from, size * count});
}

std::size_t web_transfer::on_header(char* from, std::size_t size, std::size_t count, void* self) {
  return as_transfer(self)->header({from, size * count});
}

curl_socket_t web_transfer::on_open(void* self, curlsocktype, curl_sockaddr* where) {
  return as_transfer(self)->open_socket(*where);
}

int web_transfer::on_connected(void* self, char* address, char*, int, int) {
  return as_transfer(self)->may_send_to(address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

error web_transfer::socket_failure(CURLcode code) const {
  long number = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &number);
  const auto cause = static_cast<int>(number);
  const auto kind = cause == ENOENT                    ? errc::not_found
                    : cause == EACCES || cause == EPERM ? errc::denied
                                                        : errc::unavailable;
  return {kind, request_.unix_socket + ": "
                    + (cause != 0 ? errno_text(cause) : std::string(curl_easy_strerror(code)))};
}

error web_transfer::failure(CURLcode code) const {
  if (is_local() && code == CURLE_COULDNT_CONNECT) return socket_failure(code);
  if (address_refused_ && !address_allowed_) {
    return {errc::denied, "the host has no address that connections are allowed to"};
  }
  if (header_too_large_) return {errc::unavailable, "the response's header is too large"};
  if (code == CURLE_URL_MALFORMAT) return {errc::malformed, curl_easy_strerror(code)};
  // The scheme was checked before, so it is the peer that speaks another protocol.
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY) {
    return {errc::unavailable, "the answer is not HTTP"};
  }
  const bool has_reason = explains_itself(code) && reason_.front() != '\0';
  return {errc::unavailable, printable(has_reason ? reason_.data() : curl_easy_strerror(code))};
}

result<web_response> web_transfer::finish(CURLcode code) {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (unreadable_) return fail(errc::corrupt, "the message cannot be read at present");
  if (!head_complete_ || (code != CURLE_OK && header_too_large_)) {
    return tl::unexpected(failure(code == CURLE_OK ? CURLE_WEIRD_SERVER_REPLY : code));
  }
  // A success before the end of the content cannot refer to this request.
  if (status < 300 && !sent_all()) {
    return fail(errc::unavailable, "the server answered before it had received the whole request");
  }
  response_.status = static_cast<int>(status);
  response_.truncated = response_.truncated || code != CURLE_OK;
  char* address = nullptr;
  long port = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_IP, &address);
  curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_PORT, &port);
  const auto parsed = ip_address::parse(address == nullptr ? "" : address);
  if (parsed && !uses_proxy()) response_.server = {*parsed, static_cast<std::uint16_t>(port)};
  return std::move(response_);
}

}  // namespace signpost::net
