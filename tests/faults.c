/* Preloaded into a command under test: at the FAULT_AT-th call of FAULT_CALL, FAULT_DO happens.
 *
 * FAULT_CALL: write (to a file in FAULT_FOLDER), fsync, rename, link, pread; or short, every pread of FAULT_FILE then
 * returns at most FAULT_AT bytes.
 * FAULT_DO: a number of errno, which the call then ends with; or kill:SIGNAL, before the call is carried out; or what
 * happens to FAULT_FILE meanwhile: truncate, append, unlink.
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

static int happens(const char *call)
{
    static atomic_int seen;
    const char *wanted = getenv("FAULT_CALL"), *what = getenv("FAULT_DO"), *file = getenv("FAULT_FILE");
    if (!wanted || strcmp(wanted, call) || atomic_fetch_add(&seen, 1) + 1 != atoi(getenv("FAULT_AT")))
        return 0;
    if (!strncmp(what, "kill:", 5)) {
        kill(getpid(), atoi(what + 5));
    } else if (!strcmp(what, "truncate")) {
        if (truncate(file, 20))
            abort();
    } else if (!strcmp(what, "unlink")) {
        unlink(file);
    } else if (!strcmp(what, "append")) {
        ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
        int opened = open(file, O_WRONLY | O_APPEND);
        if (real(opened, "\n", 1) != 1)
            abort();
        close(opened);
    } else {
        errno = atoi(what);
        return 1;
    }
    return 0;
}

#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

/* Whether a file's path begins so. */
static int lies_at(int opened, const char *begin)
{
    char name[64], path[4096];
    snprintf(name, sizeof name, "/proc/self/fd/%d", opened);
    ssize_t length = readlink(name, path, sizeof path - 1);
    return begin && length > 0 && !strncmp(path, begin, strlen(begin));
}

/* Whether a file lies in FAULT_FOLDER: libraries write caches of their own. */
static int is_watched(int opened)
{
    return lies_at(opened, getenv("FAULT_FOLDER"));
}

ssize_t write(int opened, const void *bytes, size_t size)
{
    if (is_watched(opened) && happens("write"))
        return -1;
    return REAL(ssize_t, "write", int, const void *, size_t)(opened, bytes, size);
}

int fsync(int opened)
{
    return happens("fsync") ? -1 : REAL(int, "fsync", int)(opened);
}

int rename(const char *from, const char *to)
{
    return happens("rename") ? -1 : REAL(int, "rename", const char *, const char *)(from, to);
}

int link(const char *from, const char *to)
{
    return happens("link") ? -1 : REAL(int, "link", const char *, const char *)(from, to);
}

ssize_t pread64(int opened, void *bytes, size_t size, off64_t at)
{
    const char *wanted = getenv("FAULT_CALL");
    if (wanted && !strcmp(wanted, "short") && lies_at(opened, getenv("FAULT_FILE"))) {
        size_t most = atoi(getenv("FAULT_AT"));
        size = size < most ? size : most;
    }
    return happens("pread") ? -1 : REAL(ssize_t, "pread64", int, void *, size_t, off64_t)(opened, bytes, size, at);
}

ssize_t pread(int opened, void *bytes, size_t size, off_t at)
{
    return pread64(opened, bytes, size, at);
}
