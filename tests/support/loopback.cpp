// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/loopback.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/assert.hpp"

namespace signpost::test {

void recorder::own(std::unique_ptr<net::connection> connection) {
  connection_ = std::move(connection);
  connection_->set_handler(this);
}

void recorder::drop() {
  connection_.reset();
}

template <typename Condition>
bool recorder::wait(Condition condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, condition);
}

bool recorder::wait_for_bytes(std::size_t count) {
  return wait([&] { return received_.size() >= count; });
}

bool recorder::wait_for_text(std::string_view text) {
  return wait([&] { return received_.find(text) != std::string::npos; });
}

bool recorder::wait_for_drained() {
  return wait([&] { return drained_; });
}

bool recorder::wait_for_tls() {
  return wait([&] { return tls_.has_value(); });
}

bool recorder::wait_for_closed() {
  return wait([&] { return closed_.has_value(); });
}

std::string recorder::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

std::string recorder::close_reason() const {
  const std::lock_guard lock(mutex_);
  return closed_.value_or("");
}

net::tls_state recorder::tls() const {
  const std::lock_guard lock(mutex_);
  return tls_.value_or(net::tls_state{});
}

int recorder::data_calls() const {
  const std::lock_guard lock(mutex_);
  return data_calls_;
}

void recorder::on_data(std::string_view bytes) {
  {
    const std::lock_guard lock(mutex_);
    received_.append(bytes);
    ++data_calls_;
  }
  changed_.notify_all();
  if (when_data) when_data(bytes);
}

void recorder::on_drained() {
  {
    const std::lock_guard lock(mutex_);
    drained_ = true;
  }
  changed_.notify_all();
  if (when_drained) when_drained();
}

void recorder::on_tls(const net::tls_state& state) {
  {
    const std::lock_guard lock(mutex_);
    tls_ = state;
  }
  changed_.notify_all();
  if (when_tls) when_tls(state);
}

void recorder::on_closed(std::string_view reason) {
  {
    const std::lock_guard lock(mutex_);
    closed_ = std::string(reason);
  }
  changed_.notify_all();
  if (when_closed) when_closed(reason);
}

temporary_directory::temporary_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "signpost-test-XXXXXX").string();
  SP_ASSERT(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string temporary_directory::path(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

void write_file(const std::string& path, std::string_view text) {
  FILE* file = std::fopen(path.c_str(), "w");
  SP_ASSERT(file != nullptr);
  SP_ASSERT(std::fwrite(text.data(), 1, text.size(), file) == text.size());
  SP_ASSERT(std::fclose(file) == 0);
}

std::string read_file(const std::string& path) {
  FILE* file = std::fopen(path.c_str(), "r");
  if (file == nullptr) return {};
  std::string text;
  char space[4096];
  while (const auto got = std::fread(space, 1, sizeof space, file)) text.append(space, got);
  std::fclose(file);
  return text;
}

}  // namespace signpost::test
