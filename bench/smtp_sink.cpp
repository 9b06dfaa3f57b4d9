// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// smtp_sink: an SMTP server (RFC 5321) that takes everything, keeps nothing, and notes which ids of
// smtp_load arrived and how long they took. With its options it misbehaves on purpose.
//
//   smtp_sink --listen 127.0.0.1:2526 --ledger sink.ledger
//
// Prints `listening ADDRESS:PORT` for each listener, its counts at SIGUSR1, and its report at
// SIGTERM or SIGINT. One thread; a message costs no allocation.
//
// Not done: TLS, CHUNKING, line length limits; it is a tool for tests, never for the Internet.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.hpp"
#include "base/text.hpp"
#include "bench/support/latency_histogram.hpp"
#include "bench/support/ledger.hpp"
#include "bench/support/options.hpp"
#include "bench/support/sockets.hpp"

namespace signpost::bench {
namespace {

constexpr option_spec specs[] = {
    {"--listen", "", "ADDRESS:PORT; port 0 chooses one; may be given more than once"},
    {"--ledger", "", "append the id of each arrived copy to this file"},
    {"--delay-ms", "0", "wait this long before the reply to the final dot"},
    {"--reject-rate", "0", "share of recipients refused with 550"},
    {"--defer-rate", "0", "share of recipients deferred with 451"},
    {"--defer-first-n", "0", "defer each recipient this many times with 451 (greylisting)"},
    {"--fail-connect", "none", "none, refuse (close at once), busy (421), hang (no banner)"},
    {"--seed", "1", "seed of the rates"},
    {"--json", "", "report as one JSON object", true},
};

constexpr std::string_view banner = "220 sink.example ESMTP\r\n";
constexpr std::string_view busy_banner = "421 4.3.2 busy\r\n";
constexpr std::string_view ehlo_reply =
    "250-sink.example\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n"
    "250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n";
constexpr std::string_view end_of_data = "\r\n.\r\n";

constexpr std::size_t receive_octets = 256 * 1024;
/// Consumed octets kept in front of what is read next, so that the end mark is found across reads.
constexpr std::size_t headroom = end_of_data.size() - 1;
constexpr std::size_t line_octets_max = 1000;  // RFC 5321 §4.5.3.1.6
constexpr std::size_t header_line_octets = 96;

enum class connect_failure { none, refuse, busy, hang };

struct settings {
  std::int64_t delay_us = 0;
  double reject_rate = 0;
  double defer_rate = 0;
  std::uint64_t defer_first = 0;
  connect_failure failure = connect_failure::none;
  bool json = false;
};

struct counters {
  std::uint64_t connections = 0;
  std::uint64_t messages = 0;
  std::uint64_t unidentified = 0;
  std::uint64_t deferred_recipients = 0;
  std::uint64_t rejected_recipients = 0;
  std::uint64_t octets = 0;
  std::int64_t first_us = 0;
  std::int64_t last_us = 0;
};

/// One client. The body of a message passes through; of its header only the lines of smtp_load
/// stay.
struct connection {
  file_descriptor fd;
  std::uint64_t serial = 0;
  bool in_data = false;
  bool in_header = false;
  bool closing = false;
  unsigned recipients = 0;
  std::string line;         // the unfinished command line
  std::string header_line;  // the start of the unfinished header line
  std::string output;       // what could not be sent yet
  char tail[headroom] = {};
  std::string run;
  std::uint64_t number = 0;
  std::int64_t sent_us = -1;
};

class sink {
 public:
  sink(settings s, std::uint64_t seed, ledger_writer ledger)
      : settings_(s),
        random_(seed),
        ledger_(std::move(ledger)),
        buffer_(headroom + receive_octets) {
    connections_.resize(1024);
  }

  result<void> listen(const endpoint& local);
  /// Serves until SIGTERM or SIGINT.
  result<void> run();

 private:
  void take_connections(int listener);
  void on_event(const epoll_event& event);
  bool receive(connection& c);
  void feed(connection& c, std::string_view bytes);
  std::string_view take_command(connection& c, std::string_view bytes);
  std::string_view take_data(connection& c, std::string_view bytes);
  void on_command(connection& c, std::string_view line);
  void on_recipient(connection& c, std::string_view line);
  void begin_data(connection& c);
  void scan_header(connection& c, std::string_view bytes);
  void on_header_line(connection& c, std::string_view line);
  void finish_message(connection& c);
  void answer(connection& c, std::string_view reply) { c.output.append(reply); }
  bool send_output(connection& c);
  void answer_delayed();
  bool chance(double share) {
    return share > 0 && static_cast<double>(random_.below(1'000'000)) < share * 1e6;
  }
  [[nodiscard]] int timeout_ms() const { return delayed_.empty() ? 500 : 1; }
  void report() const;

  struct delayed_answer {
    std::int64_t due_us = 0;
    int fd = -1;
    std::uint64_t serial = 0;
  };

  settings settings_;
  seeded_random random_;
  ledger_writer ledger_;
  poller poller_;
  std::vector<file_descriptor> listeners_;
  std::vector<std::unique_ptr<connection>> connections_;  // by descriptor
  std::vector<char> buffer_;
  std::deque<delayed_answer> delayed_;
  std::unordered_map<std::string, std::uint64_t> tries_;
  id_counts seen_;
  latency_histogram end_to_end_;
  counters counters_;
  std::uint64_t next_serial_ = 1;
};

constexpr std::uint64_t listener_tag = std::uint64_t{1} << 32;
constexpr std::uint64_t signal_tag = std::uint64_t{1} << 33;

result<void> sink::listen(const endpoint& local) {
  SP_TRY(file_descriptor fd, listen_on(local));
  const endpoint bound{local.address, local_port(fd.get())};
  std::printf("listening %s\n", bound.to_string().c_str());
  poller_.add(fd.get(), listener_tag | static_cast<std::uint64_t>(fd.get()));
  listeners_.push_back(std::move(fd));
  return {};
}

result<void> sink::run() {
  const file_descriptor signals = signal_descriptor({SIGTERM, SIGINT, SIGUSR1});
  poller_.add(signals.get(), signal_tag);
  std::fflush(stdout);
  while (true) {
    for (const auto& event : poller_.wait(timeout_ms())) {
      if (event.data.u64 != signal_tag) {
        on_event(event);
        continue;
      }
      while (const int signal = take_signal(signals.get())) {
        SP_CHECK(ledger_.flush());
        report();
        if (signal != SIGUSR1) return {};
      }
    }
    if (!delayed_.empty()) answer_delayed();
    SP_CHECK(ledger_.flush());
  }
}

void sink::on_event(const epoll_event& event) {
  if ((event.data.u64 & listener_tag) != 0) {
    take_connections(static_cast<int>(event.data.u64 & 0xffffffff));
    return;
  }
  const auto slot = static_cast<std::size_t>(event.data.u64);
  if (slot >= connections_.size() || !connections_[slot]) return;
  connection& c = *connections_[slot];
  bool open = send_output(c);
  if (open && (event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    open = receive(c) && send_output(c);
  }
  if (!open || (c.closing && c.output.empty())) connections_[slot].reset();
}

void sink::take_connections(int listener) {
  while (true) {
    file_descriptor fd = accept_from(listener);
    if (!fd.open()) return;
    ++counters_.connections;
    if (settings_.failure == connect_failure::refuse) continue;
    const auto slot = static_cast<std::size_t>(fd.get());
    if (slot >= connections_.size()) connections_.resize(slot * 2);
    auto c = std::make_unique<connection>();
    c->fd = std::move(fd);
    c->serial = next_serial_++;
    if (settings_.failure == connect_failure::none) answer(*c, banner);
    if (settings_.failure == connect_failure::busy) {
      answer(*c, busy_banner);
      c->closing = true;
    }
    poller_.add(c->fd.get(), slot);
    connections_[slot] = std::move(c);  // the first event says "writable" and sends the banner
  }
}

// False if the connection is over. A short read empties the socket (epoll(7), edge-triggered).
bool sink::receive(connection& c) {
  while (true) {
    char* const start = buffer_.data() + headroom;
    const ssize_t n = ::recv(c.fd.get(), start, receive_octets, 0);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    if (settings_.failure != connect_failure::hang) {
      feed(c, {start, static_cast<std::size_t>(n)});
    }
    if (static_cast<std::size_t>(n) < receive_octets) return true;
  }
}

void sink::feed(connection& c, std::string_view bytes) {
  while (!bytes.empty() && !c.closing) {
    bytes = c.in_data ? take_data(c, bytes) : take_command(c, bytes);
  }
}

std::string_view sink::take_command(connection& c, std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  const std::string_view part = bytes.substr(0, end);
  if (c.line.size() + part.size() > line_octets_max) {
    answer(c, "500 5.5.2 line too long\r\n");
    c.closing = true;
    return {};
  }
  if (end == std::string_view::npos) {
    c.line.append(part);
    return {};
  }
  if (c.line.empty()) {
    on_command(c, trim(part));
  } else {
    c.line.append(part);
    on_command(c, trim(c.line));
    c.line.clear();
  }
  return bytes.substr(end + 1);
}

void sink::on_command(connection& c, std::string_view line) {
  const std::string_view verb = line.substr(0, 4);
  if (equals_ignoring_case(verb, "MAIL")) {
    c.recipients = 0;
    answer(c, "250 2.1.0 ok\r\n");
  } else if (equals_ignoring_case(verb, "RCPT")) {
    on_recipient(c, line);
  } else if (equals_ignoring_case(verb, "DATA")) {
    begin_data(c);
  } else if (equals_ignoring_case(verb, "EHLO")) {
    answer(c, ehlo_reply);
  } else if (equals_ignoring_case(verb, "QUIT")) {
    answer(c, "221 2.0.0 bye\r\n");
    c.closing = true;
  } else if (equals_ignoring_case(verb, "HELO") || equals_ignoring_case(verb, "RSET")
             || equals_ignoring_case(verb, "NOOP")) {
    c.recipients = 0;
    answer(c, "250 2.0.0 ok\r\n");
  } else {
    answer(c, "502 5.5.1 not known\r\n");
  }
}

void sink::on_recipient(connection& c, std::string_view line) {
  if (settings_.defer_first > 0) {
    const std::size_t begin = line.find('<');
    const std::string address(line.substr(std::min(begin, line.size()), line.find('>') - begin));
    if (tries_[address]++ < settings_.defer_first) {
      ++counters_.deferred_recipients;
      return answer(c, "451 4.7.1 greylisted, try again\r\n");
    }
  }
  if (chance(settings_.defer_rate)) {
    ++counters_.deferred_recipients;
    return answer(c, "451 4.2.1 not now\r\n");
  }
  if (chance(settings_.reject_rate)) {
    ++counters_.rejected_recipients;
    return answer(c, "550 5.1.1 no such user\r\n");
  }
  ++c.recipients;
  answer(c, "250 2.1.5 ok\r\n");
}

void sink::begin_data(connection& c) {
  if (c.recipients == 0) return answer(c, "554 5.5.1 no valid recipients\r\n");
  c.in_data = c.in_header = true;
  c.header_line.clear();
  c.sent_us = -1;
  c.run.clear();
  // An empty message is ".CRLF": the line end before it was that of the DATA command.
  std::memcpy(c.tail, "\0\0\r\n", headroom);
  answer(c, "354 go\r\n");
}

std::string_view sink::take_data(connection& c, std::string_view bytes) {
  // The octets in front of `bytes` are consumed already; the last ones of the message belong there.
  char* const begin = const_cast<char*>(bytes.data()) - headroom;
  std::memcpy(begin, c.tail, headroom);
  const std::string_view probe(begin, bytes.size() + headroom);
  const void* found = ::memmem(probe.data(), probe.size(), end_of_data.data(), end_of_data.size());
  if (found == nullptr) {
    counters_.octets += bytes.size();
    if (c.in_header) scan_header(c, bytes);
    std::memcpy(c.tail, probe.data() + probe.size() - headroom, headroom);
    return {};
  }
  const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - probe.data())
                   + end_of_data.size() - headroom;
  counters_.octets += end;
  if (c.in_header) scan_header(c, bytes.substr(0, end));
  c.in_data = false;
  finish_message(c);
  return bytes.substr(end);
}

void sink::scan_header(connection& c, std::string_view bytes) {
  while (!bytes.empty() && c.in_header) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    const std::size_t room = header_line_octets - c.header_line.size();
    c.header_line.append(part.substr(0, std::min(part.size(), room)));
    if (end == std::string_view::npos) return;
    on_header_line(c, trim(c.header_line));
    c.header_line.clear();
    bytes.remove_prefix(end + 1);
  }
}

void sink::on_header_line(connection& c, std::string_view line) {
  constexpr std::string_view id_field = "X-Load-Id: ";
  constexpr std::string_view time_field = "X-Load-Time: ";
  if (line.empty()) {
    c.in_header = false;
  } else if (starts_with_ignoring_case(line, id_field)) {
    if (const auto id = parse_message_id(line.substr(id_field.size()))) {
      c.run.assign(id->run);
      c.number = id->number;
    }
  } else if (starts_with_ignoring_case(line, time_field)) {
    if (const auto time = parse_uint(line.substr(time_field.size()))) {
      c.sent_us = static_cast<std::int64_t>(*time);
    }
  }
}

void sink::finish_message(connection& c) {
  const std::int64_t now = monotonic_us();
  if (counters_.messages++ == 0) counters_.first_us = now;
  counters_.last_us = now;
  for (unsigned i = 0; i < c.recipients; ++i) {
    if (c.run.empty() || !seen_.add({c.run, c.number})) {
      ++counters_.unidentified;
      continue;
    }
    ledger_.append({c.run, c.number});
    if (c.sent_us >= 0) end_to_end_.record(now - c.sent_us);
  }
  c.recipients = 0;
  if (settings_.delay_us == 0) return answer(c, "250 2.0.0 taken\r\n");
  delayed_.push_back({now + settings_.delay_us, c.fd.get(), c.serial});
}

void sink::answer_delayed() {
  const std::int64_t now = monotonic_us();
  while (!delayed_.empty() && delayed_.front().due_us <= now) {
    const auto due = delayed_.front();
    delayed_.pop_front();
    auto& c = connections_[static_cast<std::size_t>(due.fd)];
    if (!c || c->serial != due.serial) continue;  // it went away meanwhile
    answer(*c, "250 2.0.0 taken\r\n");
    if (!send_output(*c)) c.reset();
  }
}

bool sink::send_output(connection& c) {
  while (!c.output.empty()) {
    const ssize_t n = ::send(c.fd.get(), c.output.data(), c.output.size(), MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    c.output.erase(0, static_cast<std::size_t>(n));
  }
  return true;
}

void sink::report() const {
  const double span = static_cast<double>(counters_.last_us - counters_.first_us) / 1e6;
  const double rate = span > 0 ? static_cast<double>(counters_.messages - 1) / span : 0;
  const char* const format =
      settings_.json
          ? "{\"messages\":%llu,\"recipients\":%llu,\"distinct\":%llu,\"duplicates\":%llu,"
            "\"unidentified\":%llu,\"deferred\":%llu,\"rejected\":%llu,\"connections\":%llu,"
            "\"octets\":%llu,\"per_s\":%.1f,\"e2e_p50_ms\":%.2f,\"e2e_p99_ms\":%.2f,"
            "\"e2e_max_ms\":%.2f,\"cpu_s\":%.3f}\n"
          : "messages %llu recipients %llu distinct %llu duplicates %llu unidentified %llu "
            "deferred %llu rejected %llu connections %llu octets %llu per_s %.1f "
            "e2e_p50_ms %.2f e2e_p99_ms %.2f e2e_max_ms %.2f cpu_s %.3f\n";
  const auto u = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf(format, u(counters_.messages), u(seen_.total() + counters_.unidentified),
              u(seen_.distinct()), u(seen_.total() - seen_.distinct()), u(counters_.unidentified),
              u(counters_.deferred_recipients), u(counters_.rejected_recipients),
              u(counters_.connections), u(counters_.octets), rate, end_to_end_.percentile_ms(0.5),
              end_to_end_.percentile_ms(0.99), end_to_end_.max_ms(), own_cpu_seconds());
  std::fflush(stdout);
}

connect_failure to_connect_failure(const std::string& name) {
  if (name == "none") return connect_failure::none;
  if (name == "refuse") return connect_failure::refuse;
  if (name == "busy") return connect_failure::busy;
  if (name == "hang") return connect_failure::hang;
  usage_error({errc::malformed, "--fail-connect must be none, refuse, busy or hang"});
}

settings read_settings(const options& given) {
  return {.delay_us = static_cast<std::int64_t>(value_or_exit(given.number("--delay-ms"))) * 1000,
          .reject_rate = value_or_exit(given.real("--reject-rate")),
          .defer_rate = value_or_exit(given.real("--defer-rate")),
          .defer_first = value_or_exit(given.number("--defer-first-n")),
          .failure = to_connect_failure(given.text("--fail-connect")),
          .json = given.flag("--json")};
}

int serve(const options& given) {
  raise_file_limit();
  const std::string path = given.text("--ledger");
  sink s(read_settings(given), value_or_exit(given.number("--seed")),
         path.empty() ? ledger_writer() : value_or_exit(ledger_writer::open(path)));
  const auto listeners = given.all("--listen");
  if (listeners.empty()) usage_error({errc::malformed, "--listen must be given"});
  for (const auto& text : listeners) {
    const auto local = endpoint::parse(text);
    if (!local) usage_error({errc::malformed, "not ADDRESS:PORT: " + text});
    if (const auto listening = s.listen(*local); !listening) usage_error(listening.error());
  }
  if (const auto served = s.run(); !served) usage_error(served.error());
  return 0;
}

}  // namespace
}  // namespace signpost::bench

int main(int argc, char** argv) {
  using namespace signpost::bench;
  return serve(parse_or_exit("smtp_sink --listen ADDRESS:PORT [option]...", specs, argc, argv));
}
