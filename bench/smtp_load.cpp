// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// smtp_load: sends messages with known ids to an SMTP server as fast as it takes them (closed
// loop), or at a given rate (open loop), and measures how long acceptance takes.
//
//   smtp_load --target 127.0.0.1:2525 --sessions 50 --count 100000 --size 5000 --ledger load.ledger
//
// An id stands in the ledger when the 250 after its body was read, before anything else is done. A
// message whose reply never came is not sent again: its id stays out of the ledger, and whether it
// arrives is the sink's to say. One thread; a message costs no allocation.
//
// Not done: STARTTLS, CHUNKING.
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "bench/support/dkim_lead.hpp"
#include "bench/support/latency_histogram.hpp"
#include "bench/support/ledger.hpp"
#include "bench/support/message_template.hpp"
#include "bench/support/options.hpp"
#include "bench/support/sockets.hpp"

namespace signpost::bench {
namespace {

constexpr option_spec specs[] = {
    {"--target", "127.0.0.1:2525", "ADDRESS:PORT of the server"},
    {"--sessions", "50", "parallel sessions"},
    {"--count", "0", "messages to send; 0: until --duration has passed or a signal arrives"},
    {"--duration", "0", "seconds to send; 0: until --count is reached"},
    {"--size", "5000", "octets of header and body"},
    {"--per-conn", "0", "messages per connection; 0: no limit"},
    {"--rate", "0", "open loop: messages per second; 0: closed loop"},
    {"--from", "sender@sender.example", "sender; %d is the message's number"},
    {"--to", "user%03d@zone.example", "recipient; %d counts through --to-count"},
    {"--to-file", "", "file of recipients, one per line, instead of --to"},
    {"--to-count", "1000", "how many recipients --to has"},
    {"--recipients", "1", "recipients per message"},
    {"--dkim-key", "", "sign the messages beforehand with this private key (PEM)"},
    {"--dkim-domain", "sender.example", "d= of the signature"},
    {"--dkim-selector", "load", "s= of the signature"},
    {"--no-pipelining", "", "wait for each reply even if the server offers PIPELINING", true},
    {"--idle", "", "only open the sessions and hold them", true},
    {"--sources", "1", "number of client addresses, from 127.0.0.1 on"},
    {"--run", "r", "name of this run in the ids"},
    {"--start-id", "0", "number of the first message"},
    {"--ledger", "", "append the id of each acknowledged message to this file"},
    {"--reconnect-ms", "50", "wait after a failed connection"},
    {"--give-up-s", "10", "end after this long without an acknowledgement"},
    {"--json", "", "report as one JSON object", true},
};

constexpr std::string_view ehlo_line = "EHLO client.sender.example\r\n";
constexpr std::string_view quit_line = "QUIT\r\n";
constexpr std::size_t input_octets = 2048;
/// Connections begun and not greeted yet: more would only overflow the server's backlog.
constexpr unsigned opening_max = 256;
constexpr std::size_t to_count_max = 1'000'000;

struct settings {
  endpoint target;
  std::size_t sessions = 1;
  std::uint64_t count = 0;
  std::int64_t duration_us = 0;
  std::uint64_t per_connection = 0;
  double rate = 0;
  std::size_t recipients = 1;
  bool pipelining = true;
  bool idle = false;
  unsigned sources = 1;
  std::string run;
  std::uint64_t start_id = 0;
  std::int64_t reconnect_us = 0;
  std::int64_t give_up_us = 0;
  bool json = false;
};

enum class phase { closed, banner, ehlo, ready, envelope, body, final, quit };

/// One connection slot; it lives as long as the run and is connected again and again.
struct session {
  session(std::string_view run, std::string_view lead) : header(run, lead) {
    envelope.reserve(512);
  }

  file_descriptor fd;
  phase at = phase::closed;
  message_header header;
  std::string envelope;            // MAIL, RCPT..., DATA of the message at hand
  std::array<iovec, 2> pending{};  // what is still to be written
  std::array<char, input_octets> input{};
  std::size_t input_size = 0;
  std::size_t next_command = 0;  // without pipelining: where the next command begins
  unsigned replies_wanted = 0;
  unsigned bad_code = 0;
  std::uint64_t number = 0;
  std::uint64_t sent_here = 0;
  std::int64_t opened_us = 0;
  std::int64_t started_us = 0;
  std::int64_t body_sent_us = 0;
  bool pipelining = false;
  bool reset_first = false;  // the last envelope was refused half way
};

struct counters {
  std::uint64_t started = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t broken = 0;
  std::array<std::uint64_t, 600> refused{};  // by reply code
};

/// What all messages have in common.
struct message_text {
  std::string lead;  ///< fields above the others
  std::string body;
};

class load {
 public:
  load(settings s, std::vector<std::string> recipients, number_template sender, message_text text,
       ledger_writer ledger);
  /// Runs to its end; `unavailable` if the ledger cannot be written.
  result<void> run();
  void report() const;
  [[nodiscard]] bool all_acknowledged() const {
    return settings_.idle || counters_.acknowledged == counters_.started;
  }

 private:
  // Sessions
  void open_waiting(std::int64_t now);
  void open(std::size_t slot, std::int64_t now);
  void close(std::size_t slot, bool failed);
  void break_off(std::size_t slot);
  void on_event(std::size_t slot, std::uint32_t events);
  bool receive(std::size_t slot);
  bool on_lines(std::size_t slot);
  bool on_reply(std::size_t slot, unsigned code);
  bool write_pending(session& s);
  void send(session& s, std::string_view a, std::string_view b = {});
  // Messages
  [[nodiscard]] bool may_start(std::int64_t now) const;
  void become_ready(std::size_t slot);
  void start_message(session& s, std::int64_t now);
  bool on_envelope_reply(session& s, unsigned code);
  void finish_message(std::size_t slot);
  bool refuse_message(std::size_t slot, unsigned code);
  void count_refusal(unsigned code);
  void start_due(std::int64_t now);
  [[nodiscard]] std::int64_t scheduled_us(std::uint64_t n) const;
  void check_time(std::int64_t now);

  settings settings_;
  std::vector<std::string> recipients_;
  number_template sender_;
  std::string body_;
  ledger_writer ledger_;
  poller poller_;
  std::vector<session> sessions_;
  struct waiting_slot {
    std::int64_t due_us;
    std::size_t slot;
  };
  std::deque<waiting_slot> waiting_;  // closed, to be opened from then on; due times only grow
  std::vector<std::size_t> ready_;    // connected, with nothing to send
  unsigned opening_ = 0;
  std::size_t open_ = 0;
  bool stopping_ = false;
  bool idle_said_ = false;
  std::int64_t start_us_ = 0;
  std::int64_t last_progress_us_ = 0;
  std::int64_t end_us_ = 0;
  counters counters_;
  latency_histogram accept_;
  latency_histogram commit_;
};

load::load(settings s, std::vector<std::string> recipients, number_template sender,
           message_text text, ledger_writer ledger)
    : settings_(std::move(s)),
      recipients_(std::move(recipients)),
      sender_(std::move(sender)),
      body_(std::move(text.body)),
      ledger_(std::move(ledger)) {
  sessions_.reserve(settings_.sessions);
  for (std::size_t i = 0; i < settings_.sessions; ++i) {
    sessions_.emplace_back(settings_.run, text.lead);
    waiting_.push_back({0, i});
  }
  ready_.reserve(settings_.sessions);
}

constexpr std::uint64_t signal_tag = std::uint64_t{1} << 33;

result<void> load::run() {
  const file_descriptor signals = signal_descriptor({SIGTERM, SIGINT});
  poller_.add(signals.get(), signal_tag);
  start_us_ = last_progress_us_ = monotonic_us();
  while (!stopping_ || open_ > 0) {
    const int timeout_ms = settings_.rate > 0 ? 1 : waiting_.empty() ? 200 : 5;
    for (const auto& event : poller_.wait(timeout_ms)) {
      if (event.data.u64 != signal_tag) {
        on_event(static_cast<std::size_t>(event.data.u64), event.events);
      } else if (take_signal(signals.get()) != 0) {
        stopping_ = true;
        break;
      }
    }
    const std::int64_t now = monotonic_us();
    check_time(now);
    if (stopping_ && counters_.started == counters_.acknowledged) break;
    open_waiting(now);
    start_due(now);
    SP_CHECK(ledger_.flush());
  }
  end_us_ = counters_.acknowledged > 0 ? last_progress_us_ : monotonic_us();
  return ledger_.flush();
}

void load::check_time(std::int64_t now) {
  if (settings_.duration_us > 0 && now - start_us_ >= settings_.duration_us) stopping_ = true;
  if (settings_.count > 0 && counters_.started >= settings_.count) stopping_ = true;
  const bool silent = now - last_progress_us_ >= settings_.give_up_us;
  if (!settings_.idle && silent) {
    std::fprintf(stderr, "no acknowledgement for %lld s, giving up\n",
                 static_cast<long long>(settings_.give_up_us / 1'000'000));
    stopping_ = true;
    for (std::size_t i = 0; i < sessions_.size(); ++i) break_off(i);
  }
  if (!stopping_) return;
  // Sessions with nothing in flight have nothing to wait for.
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    if (sessions_[i].at < phase::envelope) close(i, false);
  }
}

void load::open_waiting(std::int64_t now) {
  if (stopping_) return;
  // The open loop opens a session only for a message that is due.
  std::uint64_t wanted = waiting_.size();
  if (settings_.rate > 0 && !settings_.idle) {
    std::uint64_t due = 0;
    while (due < waiting_.size() && scheduled_us(counters_.started + due) <= now) ++due;
    wanted = due > opening_ + ready_.size() ? due - opening_ - ready_.size() : 0;
  }
  while (wanted-- > 0 && opening_ < opening_max && waiting_.front().due_us <= now) {
    const std::size_t slot = waiting_.front().slot;
    waiting_.pop_front();
    open(slot, now);
  }
}

void load::open(std::size_t slot, std::int64_t now) {
  session& s = sessions_[slot];
  ip_address source;
  if (settings_.sources > 1) {
    const auto n = static_cast<std::uint8_t>(slot % settings_.sources + 1);
    source = *ip_address::from_bytes(std::array<std::uint8_t, 4>{127, 0, 0, n});
  }
  auto fd = connect_to(settings_.target, source);
  if (!fd) {
    ++counters_.connect_failures;
    waiting_.push_back({now + settings_.reconnect_us, slot});
    return;
  }
  s.fd = std::move(*fd);
  s.at = phase::banner;
  s.opened_us = now;
  s.sent_here = 0;
  s.input_size = 0;
  s.pending = {};
  s.reset_first = false;
  ++opening_;
  ++open_;
  poller_.add(s.fd.get(), slot);
}

// A closed session waits for its next connection: at once after a good end, else a while later.
void load::close(std::size_t slot, bool failed) {
  session& s = sessions_[slot];
  if (s.at == phase::closed) return;
  if (s.at == phase::banner) --opening_;
  if (s.at == phase::ready) std::erase(ready_, slot);
  s.fd.reset();
  s.at = phase::closed;
  --open_;
  const std::int64_t now = monotonic_us();
  if (failed) {
    waiting_.push_back({now + settings_.reconnect_us, slot});
  } else {
    waiting_.push_front({now, slot});
  }
}

// The connection ended in the wrong place; the message at hand, if any, stays unacknowledged.
void load::break_off(std::size_t slot) {
  session& s = sessions_[slot];
  if (s.at == phase::closed) return;
  if (s.at == phase::banner) {
    ++counters_.connect_failures;
  } else if (s.at != phase::quit) {
    ++counters_.broken;
  }
  close(slot, s.at != phase::quit);
}

void load::on_event(std::size_t slot, std::uint32_t events) {
  session& s = sessions_[slot];
  if (s.at == phase::closed) return;
  if (!write_pending(s)) return break_off(slot);
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) return;
  if (!receive(slot)) break_off(slot);
}

// False if the connection broke. A short read empties the socket (epoll(7), edge-triggered).
bool load::receive(std::size_t slot) {
  session& s = sessions_[slot];
  while (s.at != phase::closed) {
    const std::size_t room = input_octets - s.input_size;
    if (room == 0) return false;
    const ssize_t n = ::read(s.fd.get(), s.input.data() + s.input_size, room);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    s.input_size += static_cast<std::size_t>(n);
    if (!on_lines(slot) || (s.at != phase::closed && !write_pending(s))) return false;
    if (static_cast<std::size_t>(n) < room) return true;
  }
  return true;
}

bool load::on_lines(std::size_t slot) {
  session& s = sessions_[slot];
  std::string_view rest(s.input.data(), s.input_size);
  while (s.at != phase::closed) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const auto code = parse_uint(line.substr(0, 3));
    if (!code || *code < 200 || *code > 599) return false;
    const bool last = line.size() < 4 || line[3] != '-';
    // RFC 1854 and RFC 2920 §3.2: the keyword stands alone on its line.
    if (s.at == phase::ehlo && line.find("PIPELINING") == 4) s.pipelining = true;
    if (last && !on_reply(slot, static_cast<unsigned>(*code))) return false;
  }
  if (s.at == phase::closed) return true;
  std::memmove(s.input.data(), rest.data(), rest.size());
  s.input_size = rest.size();
  return true;
}

// False if the connection is of no more use.
bool load::on_reply(std::size_t slot, unsigned code) {
  session& s = sessions_[slot];
  switch (s.at) {
    case phase::banner:
      if (code != 220) return false;
      --opening_;
      s.at = phase::ehlo;
      s.pipelining = false;
      send(s, ehlo_line);
      return true;
    case phase::ehlo:
      if (code != 250) return false;
      s.pipelining = s.pipelining && settings_.pipelining;
      become_ready(slot);
      return true;
    case phase::envelope:
      if (on_envelope_reply(s, code)) return true;
      // A server that takes DATA for some of the recipients waits for a body that will not come.
      if (code == 354) {
        count_refusal(s.bad_code);
        return false;
      }
      return refuse_message(slot, s.bad_code);
    case phase::body:  // an early refusal; what was sent of the body cannot be taken back
      count_refusal(code);
      return false;
    case phase::final:
      if (code != 250) return refuse_message(slot, code);
      finish_message(slot);
      return true;
    case phase::quit:
      close(slot, false);
      return true;
    case phase::ready:  // 421: the server ends an idle session
    case phase::closed:
      break;
  }
  return false;
}

void load::send(session& s, std::string_view a, std::string_view b) {
  const auto piece = [](std::string_view v) {
    return iovec{const_cast<char*>(v.data()), v.size()};
  };
  s.pending = {piece(a), piece(b)};
}

bool load::write_pending(session& s) {
  auto& p = s.pending;
  while (p[0].iov_len + p[1].iov_len > 0) {
    const ssize_t n = ::writev(s.fd.get(), p.data(), static_cast<int>(p.size()));
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    auto written = static_cast<std::size_t>(n);
    for (auto& piece : p) {
      const std::size_t part = std::min(written, piece.iov_len);
      piece.iov_base = static_cast<char*>(piece.iov_base) + part;
      piece.iov_len -= part;
      written -= part;
    }
  }
  if (s.at == phase::body) {
    s.at = phase::final;
    s.body_sent_us = monotonic_us();
  }
  return true;
}

bool load::may_start(std::int64_t now) const {
  if (stopping_ || settings_.idle) return false;
  if (settings_.count > 0 && counters_.started >= settings_.count) return false;
  return settings_.rate == 0 || scheduled_us(counters_.started) <= now;
}

std::int64_t load::scheduled_us(std::uint64_t n) const {
  return start_us_ + static_cast<std::int64_t>(static_cast<double>(n) * 1e6 / settings_.rate);
}

void load::become_ready(std::size_t slot) {
  session& s = sessions_[slot];
  const std::int64_t now = monotonic_us();
  if (settings_.per_connection > 0 && s.sent_here >= settings_.per_connection) {
    s.at = phase::quit;
    return send(s, quit_line);
  }
  if (may_start(now)) return start_message(s, now);
  s.at = phase::ready;
  ready_.push_back(slot);
}

void load::start_due(std::int64_t now) {
  while (!ready_.empty() && may_start(now)) {
    const std::size_t slot = ready_.back();
    ready_.pop_back();
    start_message(sessions_[slot], now);
    if (!write_pending(sessions_[slot])) break_off(slot);
  }
  if (settings_.idle && !idle_said_ && ready_.size() == sessions_.size()) {
    idle_said_ = true;
    std::printf("idle %zu\n", ready_.size());
    std::fflush(stdout);
  }
}

void load::start_message(session& s, std::int64_t now) {
  // A new connection is part of the price of its first message; in the open loop the clock starts
  // when the message was due, so that a slow server cannot hide its delay.
  s.started_us = s.sent_here == 0 ? s.opened_us : now;
  if (settings_.rate > 0) s.started_us = scheduled_us(counters_.started);
  s.number = settings_.start_id + counters_.started++;
  ++s.sent_here;
  s.header.patch(s.number, s.started_us);
  s.envelope = s.reset_first ? "RSET\r\nMAIL FROM:<" : "MAIL FROM:<";
  sender_.append_to(s.envelope, s.number);
  s.envelope += ">\r\n";
  for (std::size_t i = 0; i < settings_.recipients; ++i) {
    s.envelope += recipients_[(s.number * settings_.recipients + i) % recipients_.size()];
  }
  s.envelope += "DATA\r\n";
  s.at = phase::envelope;
  s.bad_code = 0;
  s.replies_wanted = static_cast<unsigned>(settings_.recipients) + (s.reset_first ? 3 : 2);
  s.reset_first = false;
  s.next_command = s.pipelining ? s.envelope.size() : s.envelope.find('\n') + 1;
  send(s, std::string_view(s.envelope).substr(0, s.next_command));
}

// False when the server refused the envelope and the message ends here.
bool load::on_envelope_reply(session& s, unsigned code) {
  if (code >= 400 && s.bad_code == 0) s.bad_code = code;
  --s.replies_wanted;
  if (s.bad_code != 0) {
    // With pipelining, what follows was sent already and its replies are still to come.
    return s.pipelining && s.replies_wanted > 0;
  }
  if (s.replies_wanted == 0) {
    s.at = phase::body;
    send(s, s.header.text(), body_);
  } else if (!s.pipelining) {
    const std::size_t begin = s.next_command;
    s.next_command = s.envelope.find('\n', begin) + 1;
    send(s, std::string_view(s.envelope).substr(begin, s.next_command - begin));
  }
  return true;
}

void load::finish_message(std::size_t slot) {
  session& s = sessions_[slot];
  ledger_.append({settings_.run, s.number});
  // At once: whatever happens next, this message counts as promised.
  if (!ledger_.flush()) stopping_ = true;
  const std::int64_t now = last_progress_us_ = monotonic_us();
  ++counters_.acknowledged;
  accept_.record(now - s.started_us);
  commit_.record(now - s.body_sent_us);
  become_ready(slot);
}

void load::count_refusal(unsigned code) {
  last_progress_us_ = monotonic_us();
  ++counters_.refused[code];
}

// False if the server is about to end the session (RFC 5321 §3.8: 421).
bool load::refuse_message(std::size_t slot, unsigned code) {
  session& s = sessions_[slot];
  count_refusal(code);
  if (code == 421) return false;
  s.reset_first = true;
  become_ready(slot);
  return true;
}

void print_refusals(const counters& c, bool json) {
  bool first = true;
  for (std::size_t code = 0; code < c.refused.size(); ++code) {
    if (c.refused[code] == 0) continue;
    const auto n = static_cast<unsigned long long>(c.refused[code]);
    if (json) {
      std::printf("%s\"%zu\":%llu", first ? "" : ",", code, n);
    } else {
      std::printf(" refused_%zu %llu", code, n);
    }
    first = false;
  }
}

void load::report() const {
  const double span = static_cast<double>(end_us_ - start_us_) / 1e6;
  const double rate = span > 0 ? static_cast<double>(counters_.acknowledged) / span : 0;
  const char* const format =
      settings_.json
          ? "{\"started\":%llu,\"acknowledged\":%llu,\"seconds\":%.3f,\"per_s\":%.1f,"
            "\"accept_p50_ms\":%.2f,\"accept_p99_ms\":%.2f,\"accept_max_ms\":%.2f,"
            "\"commit_p50_ms\":%.2f,\"commit_p99_ms\":%.2f,\"connect_failures\":%llu,"
            "\"broken\":%llu,\"cpu_s\":%.3f,\"refused\":{"
          : "started %llu acknowledged %llu seconds %.3f per_s %.1f accept_p50_ms %.2f "
            "accept_p99_ms %.2f accept_max_ms %.2f commit_p50_ms %.2f commit_p99_ms %.2f "
            "connect_failures %llu broken %llu cpu_s %.3f";
  const auto u = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf(format, u(counters_.started), u(counters_.acknowledged), span, rate,
              accept_.percentile_ms(0.5), accept_.percentile_ms(0.99), accept_.max_ms(),
              commit_.percentile_ms(0.5), commit_.percentile_ms(0.99),
              u(counters_.connect_failures), u(counters_.broken), own_cpu_seconds());
  print_refusals(counters_, settings_.json);
  std::puts(settings_.json ? "}}" : "");
  std::fflush(stdout);
}

std::vector<std::string> read_recipients(const options& given) {
  std::vector<std::string> addresses;
  if (const std::string path = given.text("--to-file"); !path.empty()) {
    std::FILE* const file = std::fopen(path.c_str(), "r");
    if (file == nullptr) usage_error({errc::unavailable, path + ": " + std::strerror(errno)});
    char line[512];
    while (std::fgets(line, sizeof line, file) != nullptr) addresses.emplace_back(trim(line));
    std::fclose(file);
  } else {
    const auto to = value_or_exit(number_template::parse(given.text("--to")));
    const auto count = to.has_number() ? value_or_exit(given.number("--to-count")) : 1;
    if (count > to_count_max) usage_error({errc::limit_exceeded, "--to-count is too large"});
    for (std::uint64_t i = 0; i < count; ++i) to.append_to(addresses.emplace_back(), i);
  }
  if (addresses.empty()) usage_error({errc::malformed, "no recipients"});
  for (auto& address : addresses) address = "RCPT TO:<" + address + ">\r\n";
  return addresses;
}

settings read_settings(const options& given) {
  const auto target = endpoint::parse(given.text("--target"));
  if (!target) usage_error({errc::malformed, "--target must be ADDRESS:PORT"});
  const auto number = [&](std::string_view name) { return value_or_exit(given.number(name)); };
  const auto in_us = [&](std::string_view name, double unit) {
    return static_cast<std::int64_t>(value_or_exit(given.real(name)) * unit);
  };
  settings s{.target = *target,
             .sessions = number("--sessions"),
             .count = number("--count"),
             .duration_us = in_us("--duration", 1e6),
             .per_connection = number("--per-conn"),
             .rate = value_or_exit(given.real("--rate")),
             .recipients = number("--recipients"),
             .pipelining = !given.flag("--no-pipelining"),
             .idle = given.flag("--idle"),
             .sources = static_cast<unsigned>(number("--sources")),
             .run = given.text("--run"),
             .start_id = number("--start-id"),
             .reconnect_us = in_us("--reconnect-ms", 1e3),
             .give_up_us = in_us("--give-up-s", 1e6),
             .json = given.flag("--json")};
  if (s.sessions == 0 || s.recipients == 0 || s.sources == 0 || s.sources > 250) {
    usage_error({errc::malformed,
                 "--sessions and --recipients must be at least 1, --sources 1 to 250"});
  }
  if (!parse_message_id(s.run + "-0")) usage_error({errc::malformed, "--run is too long"});
  return s;
}

dkim_identity read_identity(const options& given, const std::string& path) {
  std::string pem(64 * 1024, '\0');
  std::FILE* const file = std::fopen(path.c_str(), "re");
  if (file == nullptr) usage_error({errc::not_found, path});
  pem.resize(std::fread(pem.data(), 1, pem.size(), file));
  std::fclose(file);
  return {.domain = given.text("--dkim-domain"),
          .selector = given.text("--dkim-selector"),
          .key = std::make_shared<const crypto::signing_key>(
              value_or_exit(crypto::signing_key::from_pem(pem)))};
}

message_text make_text(const options& given, const std::string& run) {
  const auto size = value_or_exit(given.number("--size"));
  const auto header_size = message_header(run).text().size();
  const auto key_file = given.text("--dkim-key");
  if (key_file.empty()) return {.lead = {}, .body = make_body(size, header_size)};
  const auto identity = read_identity(given, key_file);
  const auto any = value_or_exit(sign_load(identity, run, make_body(size, header_size)));
  auto body = make_body(size, header_size + any.size());
  return {.lead = value_or_exit(sign_load(identity, run, body)), .body = std::move(body)};
}

int drive(const options& given) {
  raise_file_limit();
  settings s = read_settings(given);
  const std::string path = given.text("--ledger");
  auto text = make_text(given, s.run);
  load l(std::move(s), read_recipients(given),
         value_or_exit(number_template::parse(given.text("--from"))), std::move(text),
         path.empty() ? ledger_writer() : value_or_exit(ledger_writer::open(path)));
  if (const auto ran = l.run(); !ran) usage_error(ran.error());
  l.report();
  return l.all_acknowledged() ? 0 : 1;
}

}  // namespace
}  // namespace signpost::bench

int main(int argc, char** argv) {
  using namespace signpost::bench;
  return drive(parse_or_exit("smtp_load --target ADDRESS:PORT [option]...", specs, argc, argv));
}
