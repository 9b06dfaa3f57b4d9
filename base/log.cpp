// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <cmath>
#include <mutex>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace signpost {
namespace {

constexpr std::array<std::string_view, 6> level_names{"trace",   "debug", "info",
                                                      "warning", "error", "off"};

struct log_state {
  std::atomic<log_level> level{log_level::warning};
  std::atomic<bool> json{false};
  std::atomic<bool> full_addresses{true};
  std::mutex mutex;  // guards `lines` while it is replaced
  std::shared_ptr<spdlog::logger> lines;
};

std::shared_ptr<spdlog::logger> make_lines(spdlog::sink_ptr sink) {
  auto lines = std::make_shared<spdlog::logger>("signpost", std::move(sink));
  lines->set_pattern("%v");
  lines->set_level(spdlog::level::trace);
  lines->flush_on(spdlog::level::info);
  return lines;
}

// Leaked on purpose: threads may log while static objects are being destroyed.
log_state& state() {
  static log_state& s = []() -> log_state& {
    auto* made = new log_state;
    made->lines = make_lines(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    return *made;
  }();
  return s;
}

std::shared_ptr<spdlog::logger> current_lines() {
  auto& s = state();
  const std::lock_guard lock(s.mutex);
  return s.lines;
}

// A character that must not reach a terminal or a viewer unescaped, and its octets.
struct unsafe_character {
  unsigned code_point = 0;
  std::size_t octets = 0;  // 0: there is none
};

// Reads the start of `text`: control characters, octets that are not UTF-8 (unless `valid`),
// U+0080 to U+009F (control sequences to some terminals), line separators and the marks that change
// the direction of the text that follows. All of them could make a line look like something else.
unsafe_character unsafe_at_start(std::string_view text, bool valid) {
  const auto octet = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = octet(0);
  if (lead < 0x20 || lead == 0x7f || (lead >= 0x80 && !valid)) return {lead, 1};
  if (lead == 0xc2 && octet(1) < 0xa0) return {octet(1), 2};
  if (lead != 0xe2) return {};
  const unsigned code_point = 0x2000U | (octet(1) & 0x3fU) << 6 | (octet(2) & 0x3fU);
  const bool unsafe = (code_point >= 0x200e && code_point <= 0x200f)
                      || (code_point >= 0x2028 && code_point <= 0x202e)
                      || (code_point >= 0x2066 && code_point <= 0x2069);
  return unsafe ? unsafe_character{code_point, 3} : unsafe_character{};
}

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (const bool valid = is_utf8(text); !text.empty();) {
    if (const auto unsafe = unsafe_at_start(text, valid); unsafe.octets > 0) {
      out += fmt::format("\\u{:04x}", unsafe.code_point);
      text.remove_prefix(unsafe.octets);
      continue;
    }
    if (text.front() == '"' || text.front() == '\\') out += '\\';
    out += text.front();
    text.remove_prefix(1);
  }
  out += '"';
}

bool is_bare(std::string_view text) {
  if (text.empty() || text.find_first_of(" =\"\\") != std::string_view::npos) return false;
  for (const bool valid = is_utf8(text); !text.empty(); text.remove_prefix(1)) {
    if (unsafe_at_start(text, valid).octets > 0) return false;
  }
  return true;
}

void append_value(std::string& out, bool json, const log_field& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    if (json || !is_bare(*text)) {
      append_json_text(out, *text);
    } else {
      out += *text;
    }
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    // JSON has no notation for NaN.
    out += json && !std::isfinite(*real) ? "null" : fmt::format("{:.3f}", *real);
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

}  // namespace

std::string_view to_string(log_level level) {
  return level_names[static_cast<std::size_t>(level)];
}

log_level parse_log_level(std::string_view text, bool& ok) {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (level_names[i] == text) {
      ok = true;
      return static_cast<log_level>(i);
    }
  }
  ok = false;
  return log_level::info;
}

std::string configure_logging(const log_options& options) {
  spdlog::sink_ptr sink;
  try {
    if (options.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    }
  } catch (const spdlog::spdlog_ex& e) {
    return e.what();
  }
  auto& s = state();
  const std::lock_guard lock(s.mutex);
  s.lines = make_lines(std::move(sink));
  s.level = options.level;
  s.json = options.json;
  s.full_addresses = options.full_addresses;
  return {};
}

void flush_logs() {
  current_lines()->flush();
}

std::string loggable_address(std::string_view address) {
  if (state().full_addresses) return std::string(address);
  const auto at = address.rfind('@');
  return at == std::string_view::npos ? "*" : "*" + std::string(address.substr(at));
}

bool logger::enabled(log_level level) const {
  return level >= state().level.load(std::memory_order_relaxed);
}

void logger::write(log_level level, std::string_view event, log_fields fields) const {
  if (!enabled(level)) return;
  const auto line = format_log_line(state().json.load(std::memory_order_relaxed),
                                    to_rfc3339(system_clock{}.now()), level, name_, event, fields);
  current_lines()->log(level >= log_level::warning ? spdlog::level::err : spdlog::level::info,
                       line);
}

std::string format_log_line(bool json, std::string_view timestamp, log_level level,
                            std::string_view log_name, std::string_view event, log_fields fields) {
  std::string line;
  line.reserve(256);
  if (json) line += '{';
  bool first = true;
  const auto append = [&](const log_field& field) {
    if (!first) line += json ? ',' : ' ';
    first = false;
    if (json) {
      append_json_text(line, field.key);
      line += ':';
    } else {
      line += field.key;
      line += '=';
    }
    append_value(line, json, field);
  };
  append({"ts", timestamp});
  append({"level", to_string(level)});
  append({"log", log_name});
  append({"event", event});
  for (const auto& field : fields) append(field);
  if (json) line += '}';
  return line;
}

}  // namespace signpost
