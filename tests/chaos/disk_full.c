// Preloaded into a redis-server under test: while the file named by DISK_FULL_FILE is there, the disk below the
// server's directory (its append-only file and what it rewrites it to) takes nothing more. As on a real disk, the
// first write still goes in by half. Its log, on the standard outputs, is left alone, so that it can say why it ended.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *flag;
static atomic_bool was_full;
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static size_t (*real_fwrite)(const void *, size_t, size_t, FILE *);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void find_real(void) {
  if (real_write) return;
  const char *named = getenv("DISK_FULL_FILE");
  flag = named ? strdup(named) : NULL;  // Redis writes its title over the environment
  real_pwrite = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");
  real_writev = (ssize_t(*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev");
  real_fwrite = (size_t(*)(const void *, size_t, size_t, FILE *))dlsym(RTLD_NEXT, "fwrite");
  real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  real_write = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
}

// Whether `fd` is a file on the full disk. errno stays as it was.
static bool refused(int fd) {
  find_real();
  const int before = errno;
  bool full = flag && access(flag, F_OK) == 0;
  if (!full) atomic_store(&was_full, false);
  if (full && fd > STDERR_FILENO) {
    char link[64], path[4096], directory[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, path, sizeof path);
    full = length > 0 && getcwd(directory, sizeof directory);
    const size_t prefix = full ? strlen(directory) : 0;
    full = full && (size_t)length > prefix && strncmp(path, directory, prefix) == 0 && path[prefix] == '/';
  } else {
    full = false;
  }
  errno = before;
  return full;
}

static int no_space(void) {
  errno = ENOSPC;
  return -1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  if (!refused(fd)) return real_write(fd, bytes, count);
  if (count > 1 && !atomic_exchange(&was_full, true)) return real_write(fd, bytes, count / 2);
  return no_space();
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
  return refused(fd) ? no_space() : real_pwrite(fd, bytes, count, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
  return pwrite64(fd, bytes, count, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  return refused(fd) ? no_space() : real_writev(fd, parts, count);
}

// The C library writes its streams without coming past write() above: the rewritten file is one.
size_t fwrite(const void *bytes, size_t size, size_t count, FILE *stream) {
  const int fd = fileno(stream);
  if (fd < 0 || !refused(fd)) return real_fwrite(bytes, size, count, stream);
  no_space();
  return 0;
}

int fsync(int fd) {
  return refused(fd) ? no_space() : real_fsync(fd);
}

int fdatasync(int fd) {
  return refused(fd) ? no_space() : real_fdatasync(fd);
}
