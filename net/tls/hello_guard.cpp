// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/tls/hello_guard.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>

namespace signpost::net {
namespace {

// RFC 8446 §5.1 and §4.
constexpr unsigned char change_cipher_spec = 20;
constexpr unsigned char handshake = 22;
constexpr unsigned char client_hello = 1;

int index_of_guard() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

long look(BIO* socket, int operation, const char* octets, std::size_t, int, long, int returned,
          std::size_t* processed) {
  if (operation != (BIO_CB_READ | BIO_CB_RETURN) || returned <= 0 || processed == nullptr) {
    return returned;
  }
  auto* session = reinterpret_cast<SSL*>(BIO_get_callback_arg(socket));
  auto* guard = static_cast<hello_guard*>(SSL_get_ex_data(session, index_of_guard()));
  const bool is_tls_13 = SSL_version(session) == TLS1_3_VERSION;
  const auto* begin = reinterpret_cast<const unsigned char*>(octets);
  if (guard == nullptr || guard->take({begin, *processed}, is_tls_13)) return returned;
  errno = EMSGSIZE;
  return -1;
}

}  // namespace

void hello_guard::watch(SSL* session) {
  SSL_set_ex_data(session, index_of_guard(), this);
  BIO_set_callback_arg(SSL_get_rbio(session), reinterpret_cast<char*>(session));
  BIO_set_callback_ex(SSL_get_rbio(session), look);
}

void hello_guard::leave(SSL* session) const {
  SSL_set_ex_data(session, index_of_guard(), nullptr);
  BIO_set_callback_ex(SSL_get_rbio(session), nullptr);
}

bool hello_guard::take(std::span<const unsigned char> octets, bool is_tls_13) {
  while (!octets.empty()) {
    if (record_left_ == 0) {
      record_[record_have_++] = octets.front();
      octets = octets.subspan(1);
      if (record_have_ < record_.size()) continue;
      record_have_ = 0;
      record_left_ = std::size_t{record_[3]} << 8 | record_[4];
      // In TLS 1.2 what follows is encrypted; in TLS 1.3 that has a type of its own.
      encrypted_ = encrypted_ || (record_[0] == change_cipher_spec && !is_tls_13);
      continue;
    }
    const auto now = octets.first(std::min(record_left_, octets.size()));
    if (record_[0] == handshake && !encrypted_ && !take_handshake(now)) return false;
    record_left_ -= now.size();
    octets = octets.subspan(now.size());
  }
  return true;
}

bool hello_guard::take_handshake(std::span<const unsigned char> octets) {
  while (!octets.empty()) {
    if (message_left_ > 0) {
      const auto now = std::min(message_left_, octets.size());
      message_left_ -= now;
      octets = octets.subspan(now);
      continue;
    }
    message_[message_have_++] = octets.front();
    octets = octets.subspan(1);
    if (message_have_ < message_.size()) continue;
    message_have_ = 0;
    message_left_ = std::size_t{message_[1]} << 16 | std::size_t{message_[2]} << 8 | message_[3];
    if (message_[0] == client_hello && message_left_ > client_hello_octets_max) return false;
  }
  return true;
}

}  // namespace signpost::net
