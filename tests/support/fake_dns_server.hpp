// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A small name server on the loopback interface, UDP and TCP on one port, that answers from a table
// and misbehaves when told to.
//
// Threads: every method may be called from any thread; it answers on its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/ip.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::test {

/// RDATA as it stands on the wire; names are not compressed.
std::string wire_name(std::string_view name);
std::string a_data(std::string_view address);
std::string mx_data(std::uint16_t preference, std::string_view host);
std::string txt_data(const std::vector<std::string>& strings);

struct wire_record {
  std::string owner;
  dns::record_type type{};
  std::uint32_t ttl = 300;
  std::string data;
};

/// What to do with questions for one name and type.
struct dns_script {
  std::vector<wire_record> records;
  unsigned rcode = 0;
  /// TTL of the SOA that goes with an answer without records; 0 = no SOA.
  std::uint32_t negative_ttl = 60;
  /// Nothing is answered.
  bool drop = false;
  /// Nothing is answered until `release` is called.
  bool hold = false;
  /// Over UDP an empty answer with TC is given; the whole one over TCP (RFC 7766).
  bool truncate = false;
};

class fake_dns_server {
 public:
  fake_dns_server();
  ~fake_dns_server();

  /// Questions without a script are answered NXDOMAIN.
  void script(std::string_view name, dns::record_type type, dns_script what);
  /// Answers what is held, and holds no more.
  void release();
  /// How often the question came, over UDP and TCP.
  [[nodiscard]] int asked(std::string_view name, dns::record_type type) const;
  /// False if the question did not come `times` times within the patience of tests.
  bool wait_until_asked(std::string_view name, dns::record_type type, int times = 1);
  /// `127.0.0.1@port`, as libunbound writes it.
  [[nodiscard]] std::string address() const;

 private:
  using key = std::pair<std::string, std::uint16_t>;
  struct held_answer {
    std::string message;
    std::vector<char> to;
  };

  void serve();
  void serve_datagram();
  void serve_stream();
  /// Empty: no answer for now.
  std::string answer(std::string_view message, bool over_udp, const std::vector<char>& from);

  int udp_ = -1;
  int tcp_ = -1;
  int wake_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable asked_changed_;
  std::map<key, dns_script> scripts_;  // guarded by mutex_
  std::map<key, int> asked_;           // guarded by mutex_
  std::vector<held_answer> held_;      // guarded by mutex_
  bool released_ = false;              // guarded by mutex_
  bool stopping_ = false;              // guarded by mutex_
  std::thread thread_;
};

}  // namespace signpost::test
