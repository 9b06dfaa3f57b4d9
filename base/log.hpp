// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Structured logs: an event name and fields, one line each, no prose.
//
//     static const logger log("actors.delivery");
//     log.info("delivery.deferred", {{"queue_id", id}, {"domain", domain}, {"retry_in_s", 900}});
//
// prints, on a terminal (logfmt) or with `--log-format=json`:
//
//     ts=2026-11-23T20:46:00.123Z level=info log=actors.delivery event=delivery.deferred queue_id=…
//
// Levels: error = someone must act; warning = degraded but coping; info = a message's life;
// debug = a decision; trace = bytes (never in production). Never message content.
//
// Threads: any. A line is written whole; lines of one thread keep their order.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace signpost {

enum class log_level { trace, debug, info, warning, error, off };

/// One `key=value` of a line. Text values are escaped: a stranger's bytes cannot forge a line.
struct log_field {
  std::string_view key;
  std::variant<std::int64_t, double, bool, std::string_view> value;

  template <std::integral T>
  log_field(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
  log_field(std::string_view k, bool v) : key(k), value(v) {}
  log_field(std::string_view k, double v) : key(k), value(v) {}
  log_field(std::string_view k, std::string_view v) : key(k), value(v) {}
  log_field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  log_field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
};

using log_fields = std::initializer_list<log_field>;

struct log_options {
  log_level level = log_level::info;
  bool json = false;
  /// If false, mail addresses are logged as `*@domain` (see `loggable_address`).
  bool full_addresses = true;
  /// Empty: standard error.
  std::string file;
};

/// Sets where lines go. Call once, before other threads log; until then lines of level warning
/// and error go to standard error as logfmt. Fails with errc::denied if the file cannot be opened
/// (returned as text, empty on success).
std::string configure_logging(const log_options& options);

/// Writes out what is buffered. Called at shutdown and before an abort.
void flush_logs();

/// `address` as the operator allows it to be logged: whole, or `*@domain`.
std::string loggable_address(std::string_view address);

std::string_view to_string(log_level level);
/// Only the names of `log_level` are understood; `ok` tells whether it was one.
log_level parse_log_level(std::string_view text, bool& ok);

/// A named source of lines; one `static const logger` per file.
class logger {
 public:
  explicit constexpr logger(std::string_view name) : name_(name) {}

  [[nodiscard]] bool enabled(log_level level) const;
  void write(log_level level, std::string_view event, log_fields fields) const;

  void error(std::string_view event, log_fields f) const { write(log_level::error, event, f); }
  void warning(std::string_view event, log_fields f) const { write(log_level::warning, event, f); }
  void info(std::string_view event, log_fields f) const { write(log_level::info, event, f); }
  void debug(std::string_view event, log_fields f) const { write(log_level::debug, event, f); }

 private:
  std::string_view name_;
};

/// Formats one line without writing it; for tests.
std::string format_log_line(bool json, std::string_view timestamp, log_level level,
                            std::string_view log_name, std::string_view event, log_fields fields);

}  // namespace signpost
