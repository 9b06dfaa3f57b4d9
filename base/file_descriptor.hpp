// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A file descriptor with an owner, for files that are opened, used and closed in one place.
// (For sockets, which are handed on and counted against a budget, see net/socket/unique_fd.hpp.)
//
//     const file_descriptor out(::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
//     if (!out.open() || !write_all(out.get(), octets)) …  // errno says why
//
// Threads: values; one at a time.
#pragma once

#include <unistd.h>

#include <string_view>
#include <utility>

namespace signpost {

class file_descriptor {
 public:
  file_descriptor() = default;  ///< none
  /// Negative: none, as when open(2) failed.
  explicit file_descriptor(int fd) : fd_(fd) {}
  file_descriptor(file_descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  file_descriptor& operator=(file_descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~file_descriptor() { reset(); }

  void reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Writes all of it, continuing after signals and short writes. False: errno has the reason, and a
/// part may be written.
[[nodiscard]] bool write_all(int fd, std::string_view octets);

}  // namespace signpost
