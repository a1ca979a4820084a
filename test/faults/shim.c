/*
 * Preloaded into the service: what a slow disk, a file system gone read-only, a jumping clock and a power cut do to it,
 * without its knowledge. Steered through a small file that both sides map (test/faults/shim.ts knows the same layout).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct control {
  volatile int64_t sync_delay_ms;
  volatile int64_t clock_offset_ms;
  volatile int64_t read_only;
  volatile int64_t syncs;
  volatile int64_t refused_writes;
  /* The database file itself, not what lies beside it: EIO for every write and sync. */
  volatile int64_t main_broken;
  volatile int64_t main_faults;
};

static struct control *control;
/* Only files in this folder are concerned. */
static const char *folder;
/* What each file there held when it was last synced; unset: not kept. */
static const char *shadow;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULTS_CONTROL");
  folder = getenv("FAULTS_FOLDER");
  shadow = getenv("FAULTS_SHADOW");
  int fd = path ? open(path, O_RDWR) : -1;
  void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (fd >= 0) close(fd);
  if (at == MAP_FAILED || !folder) {
    fprintf(stderr, "the shim found no control file\n");
    abort();
  }
  control = at;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The name of a file in the folder, NULL for any other. */
static const char *name_of(int fd, char *path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, size - 1);
  if (length <= 0) return NULL;
  path[length] = 0;
  size_t prefix = strlen(folder);
  return strncmp(path, folder, prefix) == 0 && path[prefix] == '/' ? path + prefix + 1 : NULL;
}

/* Through the same descriptor: closing another one of this file would drop the process's locks on it. */
static int keep_copy(int fd, const char *name) {
  char kept[4096], making[4096 + 8];
  snprintf(kept, sizeof kept, "%s/%s", shadow, name);
  snprintf(making, sizeof making, "%s.new", kept);
  int out = open(making, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (out < 0) return -1;
  static __thread char block[1 << 16];
  off_t at = 0;
  for (;;) {
    ssize_t got = pread(fd, block, sizeof block, at);
    if (got == 0) break;
    if (got < 0 || REAL(write)(out, block, got) != got) {
      close(out);
      return -1;
    }
    at += got;
  }
  close(out);
  return rename(making, kept);
}

/* Whether a disk that fails just there has to say no. */
static int broken(int fd) {
  char path[4096];
  if (!control || !control->main_broken) return 0;
  const char *name = name_of(fd, path, sizeof path);
  const char *end = name ? strrchr(name, '.') : NULL;
  if (!end || strcmp(end, ".db") != 0) return 0;
  __atomic_add_fetch(&control->main_faults, 1, __ATOMIC_RELAXED);
  errno = EIO;
  return 1;
}

static int synced(int fd, int result) {
  char path[4096];
  const char *name = name_of(fd, path, sizeof path);
  if (!name) return result;
  int64_t delay = control->sync_delay_ms;
  if (delay > 0) {
    struct timespec pause = {delay / 1000, (delay % 1000) * 1000000};
    nanosleep(&pause, NULL);
  }
  if (result == 0 && shadow && keep_copy(fd, name) != 0) {
    fprintf(stderr, "the shim could not keep %s\n", name);
    abort();
  }
  __atomic_add_fetch(&control->syncs, 1, __ATOMIC_RELAXED);
  return result;
}

int fsync(int fd) { return broken(fd) ? -1 : synced(fd, REAL(fsync)(fd)); }
int fdatasync(int fd) { return broken(fd) ? -1 : synced(fd, REAL(fdatasync)(fd)); }

/* As every write to a file system that the kernel has made read-only after a fault. */
static int refused(int fd) {
  char path[4096];
  if (broken(fd)) return 1;
  if (!control || !control->read_only || !name_of(fd, path, sizeof path)) return 0;
  __atomic_add_fetch(&control->refused_writes, 1, __ATOMIC_RELAXED);
  errno = EROFS;
  return 1;
}

ssize_t write(int fd, const void *data, size_t size) { return refused(fd) ? -1 : REAL(write)(fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  return refused(fd) ? -1 : REAL(pwrite)(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  return refused(fd) ? -1 : REAL(pwrite64)(fd, data, size, at);
}
int ftruncate(int fd, off_t size) { return refused(fd) ? -1 : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return refused(fd) ? -1 : REAL(ftruncate64)(fd, size); }

int unlink(const char *path) {
  size_t prefix = strlen(folder);
  if (shadow && strncmp(path, folder, prefix) == 0 && path[prefix] == '/') {
    char kept[4096];
    snprintf(kept, sizeof kept, "%s/%s", shadow, path + prefix + 1);
    REAL(unlink)(kept);
  }
  return REAL(unlink)(path);
}

static void shift(int64_t *seconds, int64_t *parts, int64_t parts_per_ms) {
  int64_t offset = control ? control->clock_offset_ms : 0;
  int64_t sum = *parts + (offset % 1000) * parts_per_ms;
  int64_t second = 1000 * parts_per_ms;
  *seconds += offset / 1000 + (sum < 0 ? -1 : sum / second);
  *parts = sum < 0 ? sum + second : sum % second;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int result = REAL(gettimeofday)(now, zone);
  if (result != 0) return result;
  int64_t seconds = now->tv_sec, micros = now->tv_usec;
  shift(&seconds, &micros, 1000);
  now->tv_sec = seconds;
  now->tv_usec = micros;
  return result;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static __typeof__(&clock_gettime) real;
  if (!real) real = REAL(clock_gettime);
  int result = real(clock, now);
  if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  int64_t seconds = now->tv_sec, nanos = now->tv_nsec;
  shift(&seconds, &nanos, 1000000);
  now->tv_sec = seconds;
  now->tv_nsec = nanos;
  return result;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
