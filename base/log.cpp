// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
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
  static log_state& s = [] () -> log_state& {
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

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  const bool valid = is_utf8(text);
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (octet < 0x20 || octet == 0x7f || (octet >= 0x80 && !valid)) {
      out += fmt::format("\\u{:04x}", octet);
    } else {
      out += c;
    }
  }
  out += '"';
}

bool is_bare(std::string_view text) {
  return !text.empty() && text.find_first_of(" =\"\\") == std::string_view::npos && is_utf8(text)
         && std::string_view::npos == text.find_first_of(std::string_view(
                "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25\26\27\30\31\32\33\34"
                "\35\36\37\177", 33));
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
    out += fmt::format("{:.3f}", *real);
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

void flush_logs() { current_lines()->flush(); }

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
  current_lines()->log(level >= log_level::warning ? spdlog::level::err : spdlog::level::info, line);
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
