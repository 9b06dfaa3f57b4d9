// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A library to preload into a program: below one directory the disk is slow, hangs, fails, is full,
// takes less than it was given, or answers with other octets than were written. What it does stands
// in a small file that may be rewritten while the program runs.
//
//   SIGNPOST_FAULT_DIRECTORY  the directory
//   SIGNPOST_FAULT_CONTROL    the file; looked at again about 20 times a second; no file: no faults
//   SIGNPOST_FAULT_COUNTS     a file with eight numbers of 64 bits: faults injected, by kind
//
// The control file: `seed N`, and one fault in a line, of which the first that hits counts:
//
//   KIND [op=OP,…] [path=PATTERN|…] [p=SHARE] [ms=N] [errno=NAME] [free=OCTETS]
//
//   latency   waits for ms milliseconds
//   hang      waits until the line is gone
//   error     fails with errno: EIO (default), ENOSPC, EDQUOT, EROFS, EMFILE, EACCES
//   short     writes or reads only a part, which the system may do at any time
//   rot       one bit is another: in what is read, or in what is written
//   space     statvfs(3) tells of `free` octets and as many inodes
//
// OP: open, create, read, write, sync, rename, unlink, truncate, allocate, mkdir, link, statvfs;
// without it all that the kind can do. PATTERN: as in a shell, for the path below the directory.
//
// The same seed with the same calls gives the same faults. Threads: any.
// Not done: mmap(2), io_uring; RocksDB is set up without both.
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace {

enum kind : unsigned { latency, hang, failure, shortened, rot, space, kinds };
constexpr const char* kind_names[kinds] = {"latency", "hang", "error", "short", "rot", "space"};

enum op : unsigned {
  op_open,
  op_create,
  op_read,
  op_write,
  op_sync,
  op_rename,
  op_unlink,
  op_truncate,
  op_allocate,
  op_mkdir,
  op_link,
  op_statvfs,
  ops
};
constexpr const char* op_names[ops] = {"open",   "create",   "read",     "write",
                                       "sync",   "rename",   "unlink",   "truncate",
                                       "allocate", "mkdir",  "link",     "statvfs"};

constexpr std::int64_t look_ns = 50'000'000;
constexpr std::size_t descriptors_max = 1 << 16;
constexpr std::size_t count_slots = 8;

struct fault {
  unsigned what = kinds;
  unsigned on = ~0U;  // one bit for each op
  std::vector<std::string> paths;
  double share = 1;
  unsigned wait_ms = 0;
  int number = EIO;
  std::uint64_t free_octets = 0;
};

struct plan {
  std::uint64_t seed = 0;
  std::vector<fault> faults;
};

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::int64_t now_ns() {
  struct timespec t {};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

void pause_ms(unsigned ms) {
  struct timespec t {};
  t.tv_sec = ms / 1000;
  t.tv_nsec = static_cast<long>(ms % 1000) * 1'000'000;
  while (::nanosleep(&t, &t) != 0 && errno == EINTR) {
  }
}

std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// ---- the control file --------------------------------------------------------------------------

std::vector<std::string> pieces_of(const std::string& text, const char* separators) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    if (end > at) pieces.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return pieces;
}

int errno_of(const std::string& name) {
  if (name == "ENOSPC") return ENOSPC;
  if (name == "EDQUOT") return EDQUOT;
  if (name == "EROFS") return EROFS;
  if (name == "EMFILE") return EMFILE;
  if (name == "EACCES") return EACCES;
  return EIO;
}

unsigned ops_of(const std::string& names) {
  unsigned bits = 0;
  for (const auto& name : pieces_of(names, ",")) {
    for (unsigned i = 0; i < ops; ++i) {
      if (name == op_names[i]) bits |= 1U << i;
    }
  }
  return bits;
}

void apply_option(fault& f, const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) return;
  const auto key = word.substr(0, equals);
  const auto value = word.substr(equals + 1);
  if (key == "op") f.on = ops_of(value);
  if (key == "path") f.paths = pieces_of(value, "|");
  if (key == "p") f.share = std::strtod(value.c_str(), nullptr);
  if (key == "ms") f.wait_ms = static_cast<unsigned>(std::strtoul(value.c_str(), nullptr, 10));
  if (key == "errno") f.number = errno_of(value);
  if (key == "free") f.free_octets = std::strtoull(value.c_str(), nullptr, 10);
}

plan read_plan(const std::string& text) {
  plan made;
  for (const auto& line : pieces_of(text, "\n")) {
    const auto words = pieces_of(line, " \t\r");
    if (words.empty() || words[0][0] == '#') continue;
    if (words[0] == "seed" && words.size() > 1) {
      made.seed = std::strtoull(words[1].c_str(), nullptr, 10);
      continue;
    }
    fault f;
    for (unsigned i = 0; i < kinds; ++i) {
      if (words[0] == kind_names[i]) f.what = i;
    }
    for (const auto& word : words) apply_option(f, word);
    if (f.what != kinds) made.faults.push_back(std::move(f));
  }
  return made;
}

// ---- state -------------------------------------------------------------------------------------

class disk {
 public:
  explicit disk(const char* wanted) {
    const char* const control = std::getenv("SIGNPOST_FAULT_CONTROL");
    char resolved[PATH_MAX];
    if (wanted == nullptr || control == nullptr || ::realpath(wanted, resolved) == nullptr) return;
    directory_ = resolved;
    control_ = control;
    map_counts();
    look();
  }

  [[nodiscard]] bool active() const { return !directory_.empty(); }

  /// The part of a path below the directory; nullptr if it is elsewhere.
  [[nodiscard]] const char* below(const char* path) const {
    const auto size = directory_.size();
    if (path == nullptr || std::strncmp(path, directory_.c_str(), size) != 0) return nullptr;
    return path[size] == '/' ? path + size + 1 : nullptr;
  }

  void opened(int fd, const char* path) {
    const char* const inside = below(path);
    if (inside == nullptr || fd < 0 || static_cast<std::size_t>(fd) >= descriptors_max) return;
    // Never given back: another thread may be reading it.
    names_[fd].store(::strdup(inside));
  }
  void closed(int fd) {
    if (fd >= 0 && static_cast<std::size_t>(fd) < descriptors_max) names_[fd].store(nullptr);
  }
  [[nodiscard]] const char* name_of(int fd) const {
    if (fd < 0 || static_cast<std::size_t>(fd) >= descriptors_max) return nullptr;
    return names_[fd].load();
  }

  /// The fault that hits this call; nullptr if none does. Waiting is done here.
  const fault* strike(unsigned what_op, const char* path) {
    if (path == nullptr) return nullptr;
    look_if_due();
    const auto current = std::atomic_load(&plan_);
    for (const auto& f : current->faults) {
      if (!hits(*current, f, what_op, path)) continue;
      count(f.what);
      if (f.what == latency) {
        pause_ms(f.wait_ms);
        continue;
      }
      if (f.what == hang) {
        wait_while_hanging(what_op, path);
        continue;
      }
      // The plan may be replaced while its fault is read.
      thread_local std::shared_ptr<const plan> kept;
      kept = current;
      return &f;
    }
    return nullptr;
  }

  std::uint64_t draw(std::uint64_t below_this) {
    const auto current = std::atomic_load(&plan_);
    return below_this == 0 ? 0 : mix(current->seed ^ ~calls_.fetch_add(1)) % below_this;
  }

 private:
  bool hits(const plan& p, const fault& f, unsigned what_op, const char* path) {
    if ((f.on & (1U << what_op)) == 0) return false;
    const bool named = f.paths.empty()
                       || std::any_of(f.paths.begin(), f.paths.end(), [&](const std::string& one) {
                            return ::fnmatch(one.c_str(), path, 0) == 0;
                          });
    if (!named) return false;
    if (f.share >= 1) return true;
    const double drawn = static_cast<double>(mix(p.seed ^ calls_.fetch_add(1)) >> 11) * 0x1p-53;
    return drawn < f.share;
  }

  void wait_while_hanging(unsigned what_op, const char* path) {
    for (;;) {
      pause_ms(20);
      look_if_due();
      const auto current = std::atomic_load(&plan_);
      const bool still =
          std::any_of(current->faults.begin(), current->faults.end(), [&](const fault& f) {
            fault sure = f;
            sure.share = 1;
            return f.what == hang && hits(*current, sure, what_op, path);
          });
      if (!still) return;
    }
  }

  void look_if_due() {
    const auto now = now_ns();
    auto last = looked_ns_.load();
    if (now - last < look_ns || !looked_ns_.compare_exchange_strong(last, now)) return;
    look();
  }

  void look() {
    const std::lock_guard lock(mutex_);
    static const auto next_open = real<int(const char*, int, ...)>("open");
    static const auto next_read = real<ssize_t(int, void*, std::size_t)>("read");
    static const auto next_close = real<int(int)>("close");
    std::string text;
    const int saved = errno;
    const int fd = next_open(control_.c_str(), O_RDONLY | O_CLOEXEC);
    char buffer[4096];
    for (ssize_t n = 0; fd >= 0 && (n = next_read(fd, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(n));
    }
    if (fd >= 0) next_close(fd);
    errno = saved;
    if (text == text_) return;
    text_ = text;
    std::atomic_store(&plan_, std::shared_ptr<const plan>(new plan(read_plan(text))));
  }

  void map_counts() {
    const char* const path = std::getenv("SIGNPOST_FAULT_COUNTS");
    if (path == nullptr) return;
    const auto next_open = real<int(const char*, int, ...)>("open");
    const auto next_ftruncate = real<int(int, off_t)>("ftruncate");
    const int fd = next_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    constexpr std::size_t octets = count_slots * sizeof(std::uint64_t);
    if (fd < 0 || next_ftruncate(fd, octets) != 0) return;
    void* const mapped = ::mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    real<int(int)>("close")(fd);
    if (mapped != MAP_FAILED) counts_ = static_cast<std::atomic<std::uint64_t>*>(mapped);
  }

  void count(unsigned what) {
    if (counts_ != nullptr) counts_[what].fetch_add(1);
  }

  std::string directory_;
  std::string control_;
  std::string text_;  // guarded by mutex_
  std::mutex mutex_;
  std::atomic<std::int64_t> looked_ns_{0};
  std::atomic<std::uint64_t> calls_{0};
  std::shared_ptr<const plan> plan_ = std::make_shared<const plan>();
  std::atomic<std::uint64_t>* counts_ = nullptr;
  std::unique_ptr<std::atomic<const char*>[]> names_{
      new std::atomic<const char*>[descriptors_max]()};
};

// Both live as long as the process: files are closed after static objects are gone. While the disk
// is being made, other preloaded libraries may call back: for them nothing is wrong.
disk& state() {
  static std::atomic<disk*> made{nullptr};
  static thread_local bool making = false;
  if (disk* const there = made.load()) return *there;
  static disk& harmless = *new disk(nullptr);
  if (making) return harmless;
  making = true;
  static disk& the_disk = *new disk(std::getenv("SIGNPOST_FAULT_DIRECTORY"));
  making = false;
  made.store(&the_disk);
  return the_disk;
}

/// True if the call is to fail; errno says how.
bool fails(unsigned what_op, const char* path) {
  const fault* const f = state().strike(what_op, path);
  if (f == nullptr || f->what != failure) return false;
  errno = f->number;
  return true;
}

bool fails_at(unsigned what_op, const char* whole_path) {
  return state().active() && fails(what_op, state().below(whole_path));
}

void flip_one(void* octets, std::size_t size) {
  if (size == 0) return;
  auto* const bytes = static_cast<unsigned char*>(octets);
  bytes[state().draw(size)] ^= static_cast<unsigned char>(1U << state().draw(8));
}

/// What `call(octets to do)` gives, disturbed; `buffer` is where it puts them.
template <typename Call>
ssize_t disturbed_read(int fd, void* buffer, std::size_t size, Call call) {
  const char* const name = state().active() ? state().name_of(fd) : nullptr;
  const fault* const f = state().strike(op_read, name);
  if (f != nullptr && f->what == failure) {
    errno = f->number;
    return -1;
  }
  if (f != nullptr && f->what == shortened && size > 1) size = 1 + state().draw(size - 1);
  const ssize_t n = call(size);
  if (f != nullptr && f->what == rot && n > 0) flip_one(buffer, static_cast<std::size_t>(n));
  return n;
}

template <typename Call>
ssize_t disturbed_write(int fd, const void* buffer, std::size_t size, Call call) {
  const char* const name = state().active() ? state().name_of(fd) : nullptr;
  const fault* const f = state().strike(op_write, name);
  if (f == nullptr) return call(buffer, size);
  if (f->what == failure) {
    errno = f->number;
    return -1;
  }
  if (f->what == shortened && size > 1) return call(buffer, 1 + state().draw(size - 1));
  if (f->what != rot) return call(buffer, size);
  std::string wrong(static_cast<const char*>(buffer), size);
  flip_one(wrong.data(), wrong.size());
  return call(wrong.data(), size);
}

bool makes_file(const char* path, int flags) {
  return (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
}

int open_with(const char* name, const char* path, int flags, mode_t mode) {
  const auto next = real<int(const char*, int, ...)>(name);
  if (!state().active() || state().below(path) == nullptr) return next(path, flags, mode);
  if (fails_at(op_open, path) || (makes_file(path, flags) && fails_at(op_create, path))) return -1;
  const int fd = next(path, flags, mode);
  state().opened(fd, path);
  return fd;
}

std::FILE* fopen_with(const char* name, const char* path, const char* mode) {
  const auto next = real<std::FILE*(const char*, const char*)>(name);
  if (!state().active() || state().below(path) == nullptr) return next(path, mode);
  const int flags = mode[0] == 'r' ? 0 : O_CREAT;
  if (fails_at(op_open, path) || (makes_file(path, flags) && fails_at(op_create, path))) {
    return nullptr;
  }
  std::FILE* const file = next(path, mode);
  if (file != nullptr) state().opened(::fileno(file), path);
  return file;
}

int sync_with(const char* name, int fd) {
  if (state().active() && fails(op_sync, state().name_of(fd))) return -1;
  return real<int(int)>(name)(fd);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_with("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_with("open64", path, flags, mode);
}
std::FILE* fopen(const char* path, const char* mode) {
  return fopen_with("fopen", path, mode);
}
std::FILE* fopen64(const char* path, const char* mode) {
  return fopen_with("fopen64", path, mode);
}
int close(int fd) {
  static const auto next = real<int(int)>("close");
  state().closed(fd);
  return next(fd);
}
int fclose(std::FILE* file) {
  static const auto next = real<int(std::FILE*)>("fclose");
  state().closed(::fileno(file));
  return next(file);
}

ssize_t read(int fd, void* buffer, std::size_t size) {
  static const auto next = real<ssize_t(int, void*, std::size_t)>("read");
  return disturbed_read(fd, buffer, size, [&](std::size_t n) { return next(fd, buffer, n); });
}
ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) {
  static const auto next = real<ssize_t(int, void*, std::size_t, off_t)>("pread");
  return disturbed_read(fd, buffer, size,
                        [&](std::size_t n) { return next(fd, buffer, n, offset); });
}
ssize_t pread64(int fd, void* buffer, std::size_t size, off_t offset) {
  return pread(fd, buffer, size, offset);
}
std::size_t fread_unlocked(void* buffer, std::size_t size, std::size_t count, std::FILE* file) {
  static const auto next =
      real<std::size_t(void*, std::size_t, std::size_t, std::FILE*)>("fread_unlocked");
  const char* const name = state().active() ? state().name_of(::fileno(file)) : nullptr;
  const fault* const f = state().strike(op_read, name);
  if (f != nullptr && f->what == failure) {
    errno = f->number;
    return 0;
  }
  const std::size_t n = next(buffer, size, count, file);
  if (f != nullptr && f->what == rot) flip_one(buffer, n * size);
  return n;
}
ssize_t write(int fd, const void* buffer, std::size_t size) {
  static const auto next = real<ssize_t(int, const void*, std::size_t)>("write");
  return disturbed_write(fd, buffer, size,
                         [&](const void* b, std::size_t n) { return next(fd, b, n); });
}
ssize_t pwrite(int fd, const void* buffer, std::size_t size, off_t offset) {
  static const auto next = real<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  return disturbed_write(fd, buffer, size,
                         [&](const void* b, std::size_t n) { return next(fd, b, n, offset); });
}
ssize_t pwrite64(int fd, const void* buffer, std::size_t size, off_t offset) {
  return pwrite(fd, buffer, size, offset);
}

int fsync(int fd) {
  return sync_with("fsync", fd);
}
int fdatasync(int fd) {
  return sync_with("fdatasync", fd);
}
int ftruncate(int fd, off_t size) {
  static const auto next = real<int(int, off_t)>("ftruncate");
  if (state().active() && fails(op_truncate, state().name_of(fd))) return -1;
  return next(fd, size);
}
int ftruncate64(int fd, off_t size) {
  return ftruncate(fd, size);
}
int fallocate(int fd, int mode, off_t offset, off_t size) {
  static const auto next = real<int(int, int, off_t, off_t)>("fallocate");
  if (state().active() && fails(op_allocate, state().name_of(fd))) return -1;
  return next(fd, mode, offset, size);
}
int posix_fallocate(int fd, off_t offset, off_t size) {
  static const auto next = real<int(int, off_t, off_t)>("posix_fallocate");
  if (state().active() && fails(op_allocate, state().name_of(fd))) return errno;
  return next(fd, offset, size);
}
int rename(const char* from, const char* to) {
  static const auto next = real<int(const char*, const char*)>("rename");
  return fails_at(op_rename, to) ? -1 : next(from, to);
}
int unlink(const char* path) {
  static const auto next = real<int(const char*)>("unlink");
  return fails_at(op_unlink, path) ? -1 : next(path);
}
int link(const char* from, const char* to) {
  static const auto next = real<int(const char*, const char*)>("link");
  return fails_at(op_link, to) ? -1 : next(from, to);
}
int mkdir(const char* path, mode_t mode) {
  static const auto next = real<int(const char*, mode_t)>("mkdir");
  return fails_at(op_mkdir, path) ? -1 : next(path, mode);
}
int statvfs(const char* path, struct statvfs* out) {
  static const auto next = real<int(const char*, struct statvfs*)>("statvfs");
  const fault* const f =
      state().active() ? state().strike(op_statvfs, state().below(path)) : nullptr;
  if (f != nullptr && f->what == failure) {
    errno = f->number;
    return -1;
  }
  const int status = next(path, out);
  if (status == 0 && f != nullptr && f->what == space) {
    out->f_bavail = out->f_bfree = f->free_octets / out->f_frsize;
    out->f_favail = out->f_ffree = f->free_octets;
  }
  return status;
}

}  // extern "C"
