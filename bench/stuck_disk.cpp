// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A library to preload into a program: a disk that stops answering. While one of these files is
// there, calls that concern what lies below the directory do not return; they go on when it goes.
//
//   SIGNPOST_STUCK_DIRECTORY  the directory whose files are concerned
//   SIGNPOST_STUCK_SWITCHES   a directory: a file `sync` holds fsync, fdatasync; `stat` holds
//                             statvfs (free space); `read` holds pread; `write` holds write(2) to
//                             any file but a socket
//
// Threads: any.
#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool is_held(const char* what) {
  static const char* const switches = std::getenv("SIGNPOST_STUCK_SWITCHES");
  if (switches == nullptr) return false;
  char path[4096];
  std::snprintf(path, sizeof path, "%s/%s", switches, what);
  return ::access(path, F_OK) == 0;
}

bool is_below(const char* path) {
  static const char* const directory = std::getenv("SIGNPOST_STUCK_DIRECTORY");
  return directory != nullptr && std::strncmp(path, directory, std::strlen(directory)) == 0;
}

bool concerns(int fd) {
  char link[32];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = ::readlink(link, path, sizeof path - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  return is_below(path);
}

void hold(const char* what) {
  constexpr timespec pause{.tv_sec = 0, .tv_nsec = 10'000'000};
  while (is_held(what)) ::nanosleep(&pause, nullptr);
}

}  // namespace

extern "C" {

int fsync(int fd) {
  static const auto next = real<int(int)>("fsync");
  if (is_held("sync") && concerns(fd)) hold("sync");
  return next(fd);
}
int fdatasync(int fd) {
  static const auto next = real<int(int)>("fdatasync");
  if (is_held("sync") && concerns(fd)) hold("sync");
  return next(fd);
}
int statvfs(const char* path, struct statvfs* about) {
  static const auto next = real<int(const char*, struct statvfs*)>("statvfs");
  if (is_below(path)) hold("stat");
  return next(path, about);
}
int statvfs64(const char* path, struct statvfs64* about) {
  static const auto next = real<int(const char*, struct statvfs64*)>("statvfs64");
  if (is_below(path)) hold("stat");
  return next(path, about);
}
ssize_t pread(int fd, void* to, size_t size, off_t at) {
  static const auto next = real<ssize_t(int, void*, size_t, off_t)>("pread");
  if (is_held("read") && concerns(fd)) hold("read");
  return next(fd, to, size, at);
}
ssize_t pread64(int fd, void* to, size_t size, off64_t at) {
  static const auto next = real<ssize_t(int, void*, size_t, off64_t)>("pread64");
  if (is_held("read") && concerns(fd)) hold("read");
  return next(fd, to, size, at);
}
ssize_t write(int fd, const void* from, size_t size) {
  static const auto next = real<ssize_t(int, const void*, size_t)>("write");
  if (is_held("write")) {
    struct stat about {};
    if (::fstat(fd, &about) == 0 && (S_ISREG(about.st_mode) || fd == STDERR_FILENO)) hold("write");
  }
  return next(fd, from, size);
}

}  // extern "C"
