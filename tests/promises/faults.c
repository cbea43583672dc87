/* Preloaded into a command under test: at the FAULT_NUMBER-th call of FAULT_CALL, FAULT_ACTION happens.
 *
 * FAULT_CALL: write (to a file in FAULT_FOLDER), fsync, rename, link or pread; or short: every pread of FAULT_FILE
 * returns at most FAULT_NUMBER bytes.
 * FAULT_ACTION: an errno, with which the call fails; or kill:SIGNAL, before the call is carried out; or a change of
 * FAULT_FILE before the call: truncate, append, unlink.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Carry out the action if this is the call for it; return whether the call must fail. */
static int fails(const char *call)
{
    static atomic_int calls;
    const char *wanted = getenv("FAULT_CALL"), *action = getenv("FAULT_ACTION"), *file = getenv("FAULT_FILE");
    if (!wanted || strcmp(wanted, call) || atomic_fetch_add(&calls, 1) + 1 != atoi(getenv("FAULT_NUMBER")))
        return 0;
    if (!strncmp(action, "kill:", 5)) {
        kill(getpid(), atoi(action + 5));
    } else if (!strcmp(action, "truncate")) {
        if (truncate(file, 20))
            abort();
    } else if (!strcmp(action, "unlink")) {
        unlink(file);
    } else if (!strcmp(action, "append")) {
        ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
        int opened = open(file, O_WRONLY | O_APPEND);
        if (real(opened, "\n", 1) != 1)
            abort();
        close(opened);
    } else {
        errno = atoi(action);
        return 1;
    }
    return 0;
}

#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

/* Whether the path of an open file begins with `prefix`. */
static int has_prefix(int file, const char *prefix)
{
    char name[64], path[4096];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t length = readlink(name, path, sizeof path - 1);
    return prefix && length > 0 && !strncmp(path, prefix, strlen(prefix));
}

/* Whether an open file lies in FAULT_FOLDER: libraries write caches elsewhere. */
static int is_watched(int file)
{
    return has_prefix(file, getenv("FAULT_FOLDER"));
}

ssize_t write(int file, const void *bytes, size_t size)
{
    if (is_watched(file) && fails("write"))
        return -1;
    return REAL(ssize_t, "write", int, const void *, size_t)(file, bytes, size);
}

int fsync(int file)
{
    return fails("fsync") ? -1 : REAL(int, "fsync", int)(file);
}

int rename(const char *from, const char *to)
{
    return fails("rename") ? -1 : REAL(int, "rename", const char *, const char *)(from, to);
}

int link(const char *from, const char *to)
{
    return fails("link") ? -1 : REAL(int, "link", const char *, const char *)(from, to);
}

ssize_t pread64(int file, void *bytes, size_t size, off64_t offset)
{
    const char *wanted = getenv("FAULT_CALL");
    if (wanted && !strcmp(wanted, "short") && has_prefix(file, getenv("FAULT_FILE"))) {
        size_t maximum = atoi(getenv("FAULT_NUMBER"));
        size = size < maximum ? size : maximum;
    }
    return fails("pread") ? -1 : REAL(ssize_t, "pread64", int, void *, size_t, off64_t)(file, bytes, size, offset);
}

ssize_t pread(int file, void *bytes, size_t size, off_t offset)
{
    return pread64(file, bytes, size, offset);
}
