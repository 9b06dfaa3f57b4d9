// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A library to preload into a program: it notes, for each file the program writes below one
// directory, how many octets were made durable by fsync or fdatasync, and whether the directory
// that names the file was synced after the file was made. After `kill -9`, tools/crash-test cuts
// the files back to that state: what a disk may hold after a power failure.
//
//   SIGNPOST_SYNC_DIRECTORY  the directory
//   SIGNPOST_SYNC_TABLE      the table's file; it is mapped, so it survives the process
//   SIGNPOST_SYNC_JOURNAL    a file; with it, what POSIX does not promise is noted as well, so that
//                            it can be taken back: names that were removed or changed in a
//                            directory that was not synced since, and octets that were written over
//                            others. What a removed name stood for is kept as JOURNAL.NUMBER.
//
// The model: a file's new octets are behind its old ones, unless pwrite(2) says otherwise; without
// a journal renames and removals are durable at once; sync_file_range(2) promises nothing.
//
// Threads: any. Limits: table_slots files per run of the program, then it aborts.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

namespace {

constexpr std::uint64_t table_slots = 1 << 16;

/// One file, found by its inode. The layout is read by tools/crash-test.
struct slot {
  std::atomic<std::uint64_t> inode;
  std::atomic<std::uint64_t> directory;
  std::atomic<std::uint64_t> synced_octets;
  std::atomic<std::uint64_t> flags;
};
constexpr std::uint64_t flag_synced = 1;  // at least once
constexpr std::uint64_t flag_named =
    2;  // the directory was synced since, or it is older than the run
static_assert(sizeof(slot) == 32);

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

struct tracker {
  char directory[4096] = {};
  std::size_t directory_size = 0;
  slot* slots = nullptr;

  tracker() {
    const char* const wanted = std::getenv("SIGNPOST_SYNC_DIRECTORY");
    const char* const table = std::getenv("SIGNPOST_SYNC_TABLE");
    if (wanted == nullptr || table == nullptr || ::realpath(wanted, directory) == nullptr) return;
    directory_size = std::strlen(directory);
    // The next library's functions: our own ones ask for the tracker that is being made here.
    const auto next_open = real<int(const char*, int, ...)>("open");
    const auto next_ftruncate = real<int(int, off_t)>("ftruncate");
    const int fd = next_open(table, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const std::size_t octets = table_slots * sizeof(slot);
    if (fd < 0 || next_ftruncate(fd, static_cast<off_t>(octets)) != 0) std::abort();
    void* const mapped = ::mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) std::abort();
    ::close(fd);
    slots = static_cast<slot*>(mapped);
  }

  bool owns(const char* path) const {
    return std::strncmp(path, directory, directory_size) == 0 && path[directory_size] == '/';
  }

  slot* find(std::uint64_t inode) const {
    for (std::uint64_t i = 0; i < table_slots; ++i) {
      slot& s = slots[(inode + i) % table_slots];
      const std::uint64_t there = s.inode.load();
      if (there == inode) return &s;
      if (there == 0) return nullptr;
    }
    return nullptr;
  }

  slot& take(std::uint64_t inode, bool& is_new) const {
    for (std::uint64_t i = 0; i < table_slots; ++i) {
      slot& s = slots[(inode + i) % table_slots];
      std::uint64_t there = 0;
      is_new = s.inode.compare_exchange_strong(there, inode);
      if (is_new || there == inode) return s;
    }
    std::abort();
  }
};

/// What can be taken back. The layout is read by tools/crash-test: a header, then `octets` of text
/// or content.
struct journal_header {
  std::uint64_t kind;
  std::uint64_t inode;   // of the directory, or of the file
  std::uint64_t offset;  // in the file; of a sync: how far the journal was when it began
  std::uint64_t octets;
};
constexpr std::uint64_t journal_renamed = 1;  // from NUL to NUL number of what was replaced
constexpr std::uint64_t journal_removed = 2;  // path NUL number
constexpr std::uint64_t journal_directory_synced = 3;
constexpr std::uint64_t journal_overwritten = 4;  // the octets from before
constexpr std::uint64_t journal_file_synced = 5;

class journal {
 public:
  journal() {
    const char* const path = std::getenv("SIGNPOST_SYNC_JOURNAL");
    if (path == nullptr) return;
    std::snprintf(path_, sizeof path_, "%s", path);
    fd_ = real<int(const char*, int, ...)>("open")(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                                                   0600);
    if (fd_ < 0) std::abort();
  }
  [[nodiscard]] bool on() const { return fd_ >= 0; }
  [[nodiscard]] std::uint64_t size() const {
    struct stat info {};
    return ::fstat(fd_, &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
  }
  void note(journal_header header, const void* content) {
    static const auto next = real<ssize_t(int, const struct iovec*, int)>("writev");
    struct iovec parts[2] = {{&header, sizeof header},
                             {const_cast<void*>(content), static_cast<std::size_t>(header.octets)}};
    const auto whole = static_cast<ssize_t>(sizeof header + header.octets);
    if (next(fd_, parts, 2) != whole) std::abort();
  }
  /// Another name for what `path` stands for; its number, 0 if there is nothing.
  std::uint64_t keep(const char* path) {
    char grave[4200];
    const std::uint64_t number = next_.fetch_add(1);
    std::snprintf(grave, sizeof grave, "%s.%llu", path_, static_cast<unsigned long long>(number));
    return ::link(path, grave) == 0 ? number : 0;
  }
  std::mutex order;  // names change one after another

 private:
  char path_[4096] = {};
  int fd_ = -1;
  std::atomic<std::uint64_t> next_{1};
};

journal& past() {
  static journal& the_journal = *new journal;
  return the_journal;
}

tracker& state() {
  static tracker the_tracker;
  return the_tracker;
}

std::uint64_t inode_of_parent(const char* path) {
  char parent[4096];
  const char* const slash = std::strrchr(path, '/');
  const auto size = static_cast<std::size_t>(slash - path);
  std::memcpy(parent, path, size);
  parent[size] = '\0';
  struct stat info {};
  return ::stat(parent, &info) == 0 ? info.st_ino : 0;
}

/// The program is told how its own call has failed, not how one of ours did.
struct kept_errno {
  const int number = errno;
  ~kept_errno() { errno = number; }
};

// A file was opened for writing. An empty one counts as just made; one with content that was not
// seen before in this run survived the last power failure and is durable as it is.
void opened(int fd) {
  const kept_errno kept;
  const tracker& t = state();
  if (fd < 0 || t.slots == nullptr) return;
  char link[32];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = ::readlink(link, path, sizeof path - 1);
  if (size <= 0) return;
  path[size] = '\0';
  struct stat info {};
  if (!t.owns(path) || ::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return;
  bool is_new = false;
  slot& s = t.take(info.st_ino, is_new);
  if (info.st_size == 0) {
    s.directory = inode_of_parent(path);
    s.synced_octets = 0;
    s.flags = 0;
  } else if (is_new) {
    s.synced_octets = static_cast<std::uint64_t>(info.st_size);
    s.flags = flag_synced | flag_named;
  }
}

void synced_directory(const tracker& t, std::uint64_t inode) {
  for (std::uint64_t i = 0; i < table_slots; ++i) {
    if (t.slots[i].directory.load() == inode) t.slots[i].flags |= flag_named;
  }
}

// The size is taken before the sync: what is appended meanwhile is not promised.
int sync_with(int (*sync)(int), int fd) {
  const tracker& t = state();
  struct stat before {};
  const bool known = t.slots != nullptr && ::fstat(fd, &before) == 0;
  const std::uint64_t began = past().on() && known ? past().size() : 0;
  const int status = sync(fd);
  if (status != 0 || !known) return status;
  if (past().on()) {
    const bool folder = S_ISDIR(before.st_mode);
    if (folder || t.find(before.st_ino) != nullptr) {
      const auto kind = folder ? journal_directory_synced : journal_file_synced;
      past().note({kind, before.st_ino, began, 0}, "");
    }
  }
  if (S_ISDIR(before.st_mode)) {
    synced_directory(t, before.st_ino);
  } else if (slot* const s = t.find(before.st_ino)) {
    const auto size = static_cast<std::uint64_t>(before.st_size);
    std::uint64_t noted = s->synced_octets.load();
    while (noted < size && !s->synced_octets.compare_exchange_weak(noted, size)) {
    }
    s->flags |= flag_synced;
  }
  return status;
}

int truncate_with(int (*next)(int, off_t), int fd, off_t size) {
  const int status = next(fd, size);
  const tracker& t = state();
  struct stat info {};
  if (status != 0 || t.slots == nullptr || ::fstat(fd, &info) != 0) return status;
  const auto octets = static_cast<std::uint64_t>(size);
  slot* const s = t.find(info.st_ino);
  if (s != nullptr && s->synced_octets > octets) s->synced_octets = octets;
  return status;
}

void renamed(const char* path) {
  const tracker& t = state();
  struct stat info {};
  if (t.slots == nullptr || ::stat(path, &info) != 0) return;
  slot* const s = t.find(info.st_ino);
  if (s == nullptr) return;
  if (past().on()) {
    s->directory = inode_of_parent(path);
  } else {
    s->flags |= flag_named;
  }
}

// The octets that are about to be written over.
void overwriting(int fd, std::size_t size, off_t offset) {
  const tracker& t = state();
  struct stat info {};
  if (t.slots == nullptr || !past().on() || ::fstat(fd, &info) != 0) return;
  if (offset >= info.st_size || t.find(info.st_ino) == nullptr) return;
  const std::size_t old = std::min(size, static_cast<std::size_t>(info.st_size - offset));
  std::string octets(old, '\0');
  // The descriptor may be for writing only.
  char link[32];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const int reader = real<int(const char*, int, ...)>("open")(link, O_RDONLY | O_CLOEXEC);
  if (reader < 0) return;
  const ssize_t n = ::pread(reader, octets.data(), old, offset);
  ::close(reader);
  if (n != static_cast<ssize_t>(old)) return;
  past().note({journal_overwritten, info.st_ino, static_cast<std::uint64_t>(offset), old},
              octets.data());
}

int rename_noted(int (*next)(const char*, const char*), const char* from, const char* to) {
  const std::lock_guard lock(past().order);
  const std::uint64_t replaced = past().keep(to);
  const int status = next(from, to);
  if (status != 0) return status;
  std::string text(from);
  text += '\0';
  text += to;
  text += '\0' + std::to_string(replaced);
  past().note({journal_renamed, inode_of_parent(to), 0, text.size()}, text.data());
  return status;
}

int unlink_noted(int (*next)(const char*), const char* path) {
  const std::lock_guard lock(past().order);
  const std::uint64_t kept = past().keep(path);
  const int status = next(path);
  if (status != 0 || kept == 0) return status;
  std::string text(path);
  text += '\0' + std::to_string(kept);
  past().note({journal_removed, inode_of_parent(path), 0, text.size()}, text.data());
  return status;
}

bool writes(int flags) {
  return (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0;
}

mode_t mode_argument(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

int open_with(const char* name, const char* path, int flags, mode_t mode) {
  const int fd = real<int(const char*, int, ...)>(name)(path, flags, mode);
  if (writes(flags)) opened(fd);
  return fd;
}

int openat_with(const char* name, int directory, const char* path, int flags, mode_t mode) {
  const int fd = real<int(int, const char*, int, ...)>(name)(directory, path, flags, mode);
  if (writes(flags)) opened(fd);
  return fd;
}

std::FILE* fopen_with(const char* name, const char* path, const char* mode) {
  std::FILE* const file = real<std::FILE*(const char*, const char*)>(name)(path, mode);
  if (file != nullptr && std::strpbrk(mode, "wa+") != nullptr) opened(::fileno(file));
  return file;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_with("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_with("open64", path, flags, mode);
}
int openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return openat_with("openat", directory, path, flags, mode);
}
int openat64(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return openat_with("openat64", directory, path, flags, mode);
}
std::FILE* fopen(const char* path, const char* mode) {
  return fopen_with("fopen", path, mode);
}
std::FILE* fopen64(const char* path, const char* mode) {
  return fopen_with("fopen64", path, mode);
}

int fsync(int fd) {
  static const auto next = real<int(int)>("fsync");
  return sync_with(next, fd);
}
int fdatasync(int fd) {
  static const auto next = real<int(int)>("fdatasync");
  return sync_with(next, fd);
}
int ftruncate(int fd, off_t size) {
  static const auto next = real<int(int, off_t)>("ftruncate");
  return truncate_with(next, fd, size);
}
int ftruncate64(int fd, off_t size) {
  static const auto next = real<int(int, off_t)>("ftruncate64");
  return truncate_with(next, fd, size);
}
int rename(const char* from, const char* to) {
  static const auto next = real<int(const char*, const char*)>("rename");
  const bool noted = state().slots != nullptr && past().on() && state().owns(to);
  const int status = noted ? rename_noted(next, from, to) : next(from, to);
  if (status == 0) renamed(to);
  return status;
}
int unlink(const char* path) {
  static const auto next = real<int(const char*)>("unlink");
  const bool noted = state().slots != nullptr && past().on() && state().owns(path);
  return noted ? unlink_noted(next, path) : next(path);
}
ssize_t pwrite(int fd, const void* octets, std::size_t size, off_t offset) {
  static const auto next = real<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  overwriting(fd, size, offset);
  return next(fd, octets, size, offset);
}
ssize_t pwrite64(int fd, const void* octets, std::size_t size, off_t offset) {
  return pwrite(fd, octets, size, offset);
}

}  // extern "C"
