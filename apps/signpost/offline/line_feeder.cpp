// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/offline/line_feeder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/text.hpp"

namespace signpost::cli {
namespace {

/// What getline(3) fills.
struct line_buffer {
  char* text = nullptr;
  std::size_t room = 0;

  line_buffer() = default;
  line_buffer(const line_buffer&) = delete;
  line_buffer& operator=(const line_buffer&) = delete;
  ~line_buffer() { std::free(text); }
};

errc code_of(int number) {
  if (number == ENOENT) return errc::not_found;
  return number == EACCES ? errc::denied : errc::unavailable;
}

}  // namespace

line_feeder::line_feeder(std::string name, std::FILE* file, line_defaults defaults)
    : name_(std::move(name)), file_(file), defaults_(defaults) {
  struct stat about {};
  if (::fstat(::fileno(file), &about) == 0 && S_ISREG(about.st_mode)) {
    size_ = static_cast<std::uint64_t>(about.st_size);
  }
  thread_ = std::thread([this] { run(); });
}

line_feeder::~line_feeder() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

result<std::unique_ptr<line_feeder>> line_feeder::open(const std::string& path,
                                                       line_defaults defaults) {
  if (path == "-") {
    return std::unique_ptr<line_feeder>(new line_feeder("standard input", stdin, defaults));
  }
  auto* const file = std::fopen(path.c_str(), "re");
  if (file == nullptr) {
    const int number = errno;
    return fail(code_of(number), path + ": " + std::strerror(number));
  }
  return std::unique_ptr<line_feeder>(new line_feeder(path, file, defaults));
}

bool line_feeder::hand_over(batch&& ready) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return abandoned_ || ready_.size() < batches_max; });
  if (abandoned_) return false;
  ready_.push_back(std::move(ready));
  changed_.notify_all();
  return true;
}

result<void> line_feeder::read_all() {
  line_buffer buffer;
  batch ready;
  std::uint64_t number = 0;
  std::uint64_t octets = 0;
  for (;;) {
    const auto got = ::getline(&buffer.text, &buffer.room, file_.get());
    if (got < 0) break;
    ++number;
    octets += static_cast<std::uint64_t>(got);
    const auto at = [&] { return fmt::format("{}:{}: ", name_, number); };
    const auto text = trim(std::string_view(buffer.text, static_cast<std::size_t>(got)));
    if (text.size() > line_octets_max) return fail(errc::limit_exceeded, at() + "line too long");
    if (text.empty()) continue;
    auto line = parse_control_line(text, defaults_);
    if (!line) return fail(line.error().code, at() + line.error().context);
    ready.lines.push_back(std::move(*line));
    ready.octets = octets;
    if (ready.lines.size() < batch_lines) continue;
    if (!hand_over(std::exchange(ready, {}))) return {};
  }
  if (std::ferror(file_.get()) != 0) return fail(errc::unavailable, name_ + ": cannot be read");
  if (!ready.lines.empty()) hand_over(std::move(ready));
  return {};
}

void line_feeder::run() {
  const auto all = read_all();
  const std::lock_guard lock(mutex_);
  if (!all) failed_ = all.error();
  ended_ = true;
  changed_.notify_all();
}

result<std::optional<line_feeder::batch>> line_feeder::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || !ready_.empty(); });
  if (ready_.empty()) {
    if (failed_) return tl::unexpected(*failed_);
    return std::nullopt;
  }
  auto first = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return first;
}

}  // namespace signpost::cli
