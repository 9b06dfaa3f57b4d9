// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_dns_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace signpost::test {
namespace {

constexpr std::chrono::seconds patience{20};
constexpr std::uint16_t type_soa = 6;

void put16(std::string& out, unsigned value) {
  out.push_back(static_cast<char>(value >> 8U & 0xffU));
  out.push_back(static_cast<char>(value & 0xffU));
}

void put32(std::string& out, std::uint32_t value) {
  put16(out, value >> 16U);
  put16(out, value & 0xffffU);
}

unsigned get16(std::string_view in, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(in[at])) << 8U
         | static_cast<unsigned char>(in[at + 1]);
}

struct parsed_question {
  std::string name;
  std::uint16_t type = 0;
  std::string wire;
};

std::optional<parsed_question> read_question(std::string_view message) {
  if (message.size() < 12 || get16(message, 4) != 1) return std::nullopt;
  parsed_question q;
  std::size_t at = 12;
  while (at < message.size() && message[at] != 0) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(message[at]));
    if (length > 63 || at + 1 + length >= message.size()) return std::nullopt;
    if (!q.name.empty()) q.name.push_back('.');
    q.name += to_lower(message.substr(at + 1, length));
    at += 1 + length;
  }
  if (at + 5 > message.size()) return std::nullopt;
  q.type = static_cast<std::uint16_t>(get16(message, at + 1));
  q.wire = message.substr(12, at + 5 - 12);
  return q;
}

void put_record(std::string& out, std::string_view owner, unsigned type, std::uint32_t ttl,
                std::string_view data) {
  out += wire_name(owner);
  put16(out, type);
  put16(out, 1);
  put32(out, ttl);
  put16(out, static_cast<unsigned>(data.size()));
  out += data;
}

std::string soa_data(std::uint32_t minimum) {
  std::string data = wire_name("ns.example") + wire_name("hostmaster.example");
  for (const std::uint32_t number : {1U, 3600U, 600U, 86400U, minimum}) put32(data, number);
  return data;
}

std::string build(std::string_view request, const parsed_question& q, const dns_script& how,
                  bool truncated) {
  const bool with_soa = how.records.empty() && how.negative_ttl > 0 && !truncated;
  std::string out(request.substr(0, 2));
  // QR, AA, RD as asked, RA.
  put16(out, 0x8480U | (get16(request, 2) & 0x0100U) | (truncated ? 0x0200U : 0U) | how.rcode);
  put16(out, 1);
  put16(out, truncated ? 0 : static_cast<unsigned>(how.records.size()));
  put16(out, with_soa ? 1 : 0);
  put16(out, 0);
  out += q.wire;
  if (truncated) return out;
  for (const auto& one : how.records) {
    put_record(out, one.owner, static_cast<unsigned>(one.type), one.ttl, one.data);
  }
  if (with_soa) put_record(out, "example", type_soa, how.negative_ttl, soa_data(how.negative_ttl));
  return out;
}

}  // namespace

std::string wire_name(std::string_view name) {
  std::string out;
  if (!name.empty()) {
    for (const auto label : split(name, '.')) {
      out.push_back(static_cast<char>(label.size()));
      out += label;
    }
  }
  out.push_back('\0');
  return out;
}

std::string a_data(std::string_view address) {
  const auto parsed = ip_address::parse(address);
  SP_ASSERT(parsed);
  const auto octets = parsed->octets();
  return {octets.begin(), octets.end()};
}

std::string mx_data(std::uint16_t preference, std::string_view host) {
  std::string data;
  put16(data, preference);
  return data + wire_name(host);
}

std::string txt_data(const std::vector<std::string>& strings) {
  std::string data;
  for (const auto& one : strings) {
    data.push_back(static_cast<char>(one.size()));
    data += one;
  }
  return data;
}

fake_dns_server::fake_dns_server() {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  auto* address = reinterpret_cast<sockaddr*>(&here);
  // The port must be free for both; another process may hold the one the kernel gave for UDP.
  for (int attempt = 0; attempt < 50; ++attempt) {
    here.sin_port = 0;
    udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SP_ASSERT(::bind(udp_, address, size) == 0 && ::getsockname(udp_, address, &size) == 0);
    if (::bind(tcp_, address, size) == 0 && ::listen(tcp_, 16) == 0) break;
    ::close(udp_);
    ::close(tcp_);
    udp_ = tcp_ = -1;
  }
  SP_ASSERT(udp_ >= 0);
  port_ = ntohs(here.sin_port);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { serve(); });
}

fake_dns_server::~fake_dns_server() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  SP_ASSERT(::write(wake_, &one, sizeof one) == sizeof one);
  thread_.join();
  for (const int fd : {udp_, tcp_, wake_}) ::close(fd);
}

void fake_dns_server::script(std::string_view name, dns::record_type type, dns_script what) {
  const std::lock_guard lock(mutex_);
  scripts_[{to_lower(name), static_cast<std::uint16_t>(type)}] = std::move(what);
}

void fake_dns_server::release() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  for (const auto& one : held_) {
    ::sendto(udp_, one.message.data(), one.message.size(), 0,
             reinterpret_cast<const sockaddr*>(one.to.data()),
             static_cast<socklen_t>(one.to.size()));
  }
  held_.clear();
}

int fake_dns_server::asked(std::string_view name, dns::record_type type) const {
  const std::lock_guard lock(mutex_);
  const auto found = asked_.find({to_lower(name), static_cast<std::uint16_t>(type)});
  return found == asked_.end() ? 0 : found->second;
}

bool fake_dns_server::wait_until_asked(std::string_view name, dns::record_type type, int times) {
  std::unique_lock lock(mutex_);
  return asked_changed_.wait_for(lock, patience, [&] {
    return asked_[{to_lower(name), static_cast<std::uint16_t>(type)}] >= times;
  });
}

std::string fake_dns_server::address() const {
  return "127.0.0.1@" + std::to_string(port_);
}

void fake_dns_server::serve() {
  for (;;) {
    std::array<pollfd, 3> fds{{{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}, {wake_, POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), -1);
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    if (fds[0].revents != 0) serve_datagram();
    if (fds[1].revents != 0) serve_stream();
  }
}

void fake_dns_server::serve_datagram() {
  std::array<char, 4096> space{};
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  const auto got =
      ::recvfrom(udp_, space.data(), space.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
  if (got <= 0) return;
  const auto* bytes = reinterpret_cast<const char*>(&from);
  const std::string reply = answer({space.data(), static_cast<std::size_t>(got)}, true,
                                   std::vector<char>(bytes, bytes + size));
  if (reply.empty()) return;
  ::sendto(udp_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
}

void fake_dns_server::serve_stream() {
  const int fd = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  std::array<char, 4096> space{};
  const auto length = ::recv(fd, space.data(), 2, MSG_WAITALL);
  if (length == 2) {
    const std::size_t wanted = get16({space.data(), 2}, 0);
    const auto got = ::recv(fd, space.data(), std::min(wanted, space.size()), MSG_WAITALL);
    if (got > 0) {
      const auto reply = answer({space.data(), static_cast<std::size_t>(got)}, false, {});
      std::string framed;
      put16(framed, static_cast<unsigned>(reply.size()));
      framed += reply;
      if (!reply.empty()) ::send(fd, framed.data(), framed.size(), MSG_NOSIGNAL);
    }
  }
  ::close(fd);
}

std::string fake_dns_server::answer(std::string_view message, bool over_udp,
                                    const std::vector<char>& from) {
  const auto q = read_question(message);
  if (!q) return {};
  const std::lock_guard lock(mutex_);
  ++asked_[{q->name, q->type}];
  asked_changed_.notify_all();
  const auto found = scripts_.find({q->name, q->type});
  const dns_script how = found == scripts_.end() ? dns_script{.rcode = 3} : found->second;
  if (how.drop) return {};
  std::string reply = build(message, *q, how, how.truncate && over_udp);
  if (how.hold && !released_) {
    held_.push_back({std::move(reply), from});
    return {};
  }
  return reply;
}

}  // namespace signpost::test
