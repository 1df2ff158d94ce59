/* SPDX-License-Identifier: MIT */
#include "fail.h"

#include <ouro/base.h>

#include <fcntl.h>
#include <jansson.h>
#include <netdb.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

/* --- the table ---------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    int ways[FAIL_WAYS_MAX];
} calls[] = {
#define CALL(name, ...) {#name, {__VA_ARGS__}},
#define KIND(name, ...) {#name, {__VA_ARGS__}},
#include "calls.def"
#undef CALL
#undef KIND
};

const char *fail_name(uint32_t call)
{
    return calls[call].name;
}

uint32_t fail_ways(uint32_t call)
{
    uint32_t count = 0;
    while (count < FAIL_WAYS_MAX && calls[call].ways[count])
        count++;
    return count;
}

bool fail_lasts(uint32_t call)
{
    int first = calls[call].ways[0];
    return first != EINTR && first != ECONNABORTED;
}

const char *fail_way_name(uint32_t call, uint32_t way)
{
    int code = calls[call].ways[way];
    if (call == FAIL_getaddrinfo)
        return gai_strerror(code);
    return code == FAIL_SHORT ? "short" : ouro_error_name(code);
}

/* --- the plan -----------------------------------------------------------------------------------
 */

static struct {
    struct fail_plan plan;
    struct fail_trace *trace;
    atomic_bool on, hit;
    atomic_uint count;
    atomic_uint call, way; /* the last that failed */
    atomic_uchar was[256]; /* by errno */
} fail;

void fail_begin(const struct fail_plan *plan, struct fail_trace *trace)
{
    fail.plan = *plan;
    fail.trace = trace;
    atomic_store(&fail.hit, false);
    atomic_store(&fail.count, 0);
    for (size_t i = 0; i < sizeof fail.was; i++)
        atomic_store(&fail.was[i], 0);
    atomic_store(&fail.on, true);
}

void fail_end(void)
{
    atomic_store(&fail.on, false);
}

static _Thread_local bool paused;

void fail_pause(void)
{
    paused = true;
}

void fail_resume(void)
{
    paused = false;
}

bool fail_hit(void)
{
    return atomic_load(&fail.hit);
}

bool fail_was(int code)
{
    return code < 0 && code > -256 && atomic_load(&fail.was[-code]);
}

const char *fail_what(void)
{
    static char text[128];
    if (!fail_hit())
        return "nothing failed";
    snprintf(text, sizeof text, "%s: %s", fail_name(fail.call), fail_way_name(fail.call, fail.way));
    return text;
}

static void note(uint32_t number, enum fail_call call, void *caller)
{
    struct fail_trace *trace = fail.trace;
    if (!trace)
        return;
    trace->count = number;
    if (number <= FAIL_TRACE_MAX)
        trace->steps[number - 1] = (struct fail_step){(uintptr_t)caller, call};
}

/* 0: let it be done; else how it fails. Its place in the count is taken in any case. */
static int way_of(enum fail_call call, void *caller)
{
    if (!atomic_load(&fail.on) || paused)
        return 0;
    uint32_t number = atomic_fetch_add(&fail.count, 1) + 1, way = 0;
    note(number, call, caller);
    if (fail.plan.number == 0 || number < fail.plan.number)
        return 0;
    if (number == fail.plan.number)
        way = fail.plan.way % fail_ways(call);
    else if (!fail.plan.lasting || !fail_lasts(call))
        return 0;
    int code = calls[call].ways[way];
    fail.call = call;
    fail.way = way;
    if (code > 0 && code < 256)
        atomic_store(&fail.was[code], 1);
    atomic_store(&fail.hit, true);
    return code;
}

/* As system calls do it. */
static int failed(int code)
{
    errno = code;
    return -1;
}

/* True: the call is not to be made, and errno says why. */
static bool fails(enum fail_call call, void *caller)
{
    int code = way_of(call, caller);
    return code != 0 && failed(code);
}

#define CALLER __builtin_return_address(0)

/* --- functions that fail as a whole -------------------------------------------------------------
 */

#define WRAP(type, name, failure, params, args)                             \
    type __real_##name params;                                              \
    type __wrap_##name params;                                              \
    type __wrap_##name params                                               \
    {                                                                       \
        return fails(FAIL_##name, CALLER) ? (failure) : __real_##name args; \
    }

/* clang-format off */
WRAP(void *, malloc, NULL, (size_t size), (size))
WRAP(void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, NULL, (void *old, size_t size), (old, size))
WRAP(char *, strdup, NULL, (const char *text), (text))
WRAP(char *, strndup, NULL, (const char *text, size_t len), (text, len))
WRAP(void *, mmap, MAP_FAILED, (void *at, size_t len, int prot, int flags, int fd, off_t offset),
     (at, len, prot, flags, fd, offset))
WRAP(int, mprotect, -1, (void *at, size_t len, int prot), (at, len, prot))
WRAP(int, madvise, -1, (void *at, size_t len, int advice), (at, len, advice))
WRAP(int, mincore, -1, (void *at, size_t len, unsigned char *pages), (at, len, pages))
WRAP(long, syscall, -1, (long number, long a, long b, long c, long d, long e, long f),
     (number, a, b, c, d, e, f))
WRAP(int, epoll_create1, -1, (int flags), (flags))
WRAP(int, epoll_wait, -1, (int fd, struct epoll_event *events, int max, int ms),
     (fd, events, max, ms))
WRAP(int, epoll_pwait2, -1, (int fd, struct epoll_event *events, int max,
     const struct timespec *timeout, const sigset_t *mask), (fd, events, max, timeout, mask))
WRAP(int, eventfd, -1, (unsigned count, int flags), (count, flags))
WRAP(ssize_t, getrandom, -1, (void *buf, size_t len, unsigned flags), (buf, len, flags))
WRAP(int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, bind, -1, (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len))
WRAP(int, listen, -1, (int fd, int backlog), (fd, backlog))
WRAP(int, accept4, -1, (int fd, struct sockaddr *address, socklen_t *len, int flags),
     (fd, address, len, flags))
WRAP(int, connect, -1, (int fd, const struct sockaddr *address, socklen_t len),
     (fd, address, len))
WRAP(int, getsockname, -1, (int fd, struct sockaddr *address, socklen_t *len), (fd, address, len))
WRAP(int, getpeername, -1, (int fd, struct sockaddr *address, socklen_t *len), (fd, address, len))
WRAP(int, getsockopt, -1, (int fd, int level, int name, void *value, socklen_t *len),
     (fd, level, name, value, len))
WRAP(int, setsockopt, -1, (int fd, int level, int name, const void *value, socklen_t len),
     (fd, level, name, value, len))
WRAP(int, shutdown, -1, (int fd, int how), (fd, how))
WRAP(ssize_t, writev, -1, (int fd, const struct iovec *parts, int count), (fd, parts, count))
WRAP(int, pipe2, -1, (int ends[2], int flags), (ends, flags))
WRAP(int, socketpair, -1, (int domain, int type, int protocol, int ends[2]),
     (domain, type, protocol, ends))
WRAP(int, ppoll, -1, (void *fds, unsigned long count, const struct timespec *timeout,
     const sigset_t *mask), (fds, count, timeout, mask))
WRAP(ssize_t, pread, -1, (int fd, void *buf, size_t len, off_t at), (fd, buf, len, at))
WRAP(int, stat, -1, (const char *path, struct stat *status), (path, status))
WRAP(int, lstat, -1, (const char *path, struct stat *status), (path, status))
WRAP(int, fstat, -1, (int fd, struct stat *status), (fd, status))
WRAP(int, fsync, -1, (int fd), (fd))
WRAP(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
WRAP(int, chmod, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, rename, -1, (const char *from, const char *to), (from, to))
WRAP(int, unlink, -1, (const char *path), (path))
WRAP(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
WRAP(ssize_t, readlink, -1, (const char *path, char *buf, size_t len), (path, buf, len))
WRAP(int, pthread_create, errno, (pthread_t *thread, const pthread_attr_t *attributes,
     void *(*fn)(void *), void *arg), (thread, attributes, fn, arg))
WRAP(int, sigtimedwait, -1, (const sigset_t *set, siginfo_t *info, const struct timespec *timeout),
     (set, info, timeout))
WRAP(int, execve, -1, (const char *path, char *const argv[], char *const env[]), (path, argv, env))
WRAP(int, execvpe, -1, (const char *path, char *const argv[], char *const env[]), (path, argv, env))
WRAP(int, dup2, -1, (int from, int to), (from, to))
WRAP(int, chdir, -1, (const char *path), (path))
WRAP(int, close_range, -1, (unsigned first, unsigned last, int flags), (first, last, flags))
WRAP(int, prctl, -1, (int option, unsigned long value), (option, value))
WRAP(int, pidfd_open, -1, (pid_t pid, unsigned flags), (pid, flags))
WRAP(int, waitid, -1, (idtype_t type, id_t id, siginfo_t *info, int options),
     (type, id, info, options))
WRAP(pid_t, waitpid, -1, (pid_t pid, int *status, int options), (pid, status, options))
WRAP(int, getaddrinfo, errno, (const char *host, const char *service, const struct addrinfo *hints,
     struct addrinfo **found), (host, service, hints, found))
WRAP(int, deflateInit2_, Z_MEM_ERROR, (z_stream *zip, int level, int method, int window, int memory,
     int strategy, const char *version, int size),
     (zip, level, method, window, memory, strategy, version, size))
WRAP(int, inflateInit2_, Z_MEM_ERROR, (z_stream *zip, int window, const char *version, int size),
     (zip, window, version, size))
WRAP(int, inflate, Z_MEM_ERROR, (z_stream *zip, int flush), (zip, flush))
WRAP(int, EVP_Digest, 0, (const void *data, size_t len, unsigned char *digest, unsigned *ret_len,
     const EVP_MD *type, ENGINE *engine), (data, len, digest, ret_len, type, engine))
WRAP(EVP_MD_CTX *, EVP_MD_CTX_new, NULL, (void), ())
WRAP(BIO_METHOD *, BIO_meth_new, NULL, (int type, const char *name), (type, name))
WRAP(BIO *, BIO_new, NULL, (const BIO_METHOD *method), (method))
WRAP(BIO *, BIO_new_mem_buf, NULL, (const void *data, int len), (data, len))
WRAP(EVP_PKEY *, EVP_PKEY_new_raw_private_key, NULL,
     (int type, ENGINE *engine, const unsigned char *key, size_t len), (type, engine, key, len))
WRAP(EVP_PKEY *, PEM_read_bio_PUBKEY, NULL,
     (BIO *bio, EVP_PKEY **key, pem_password_cb *password, void *ud), (bio, key, password, ud))
WRAP(int, EVP_DigestSignInit, 0, (EVP_MD_CTX *ctx, EVP_PKEY_CTX **key_ctx, const EVP_MD *type,
     ENGINE *engine, EVP_PKEY *key), (ctx, key_ctx, type, engine, key))
WRAP(int, EVP_DigestSign, 0, (EVP_MD_CTX *ctx, unsigned char *sig, size_t *sig_len,
     const unsigned char *data, size_t len), (ctx, sig, sig_len, data, len))
WRAP(int, EVP_DigestVerifyInit, 0, (EVP_MD_CTX *ctx, EVP_PKEY_CTX **key_ctx, const EVP_MD *type,
     ENGINE *engine, EVP_PKEY *key), (ctx, key_ctx, type, engine, key))
WRAP(int, EVP_DigestVerify, 0, (EVP_MD_CTX *ctx, const unsigned char *sig, size_t sig_len,
     const unsigned char *data, size_t len), (ctx, sig, sig_len, data, len))
WRAP(SSL_CTX *, SSL_CTX_new, NULL, (const SSL_METHOD *method), (method))
WRAP(SSL *, SSL_new, NULL, (SSL_CTX *context), (context))
WRAP(int, SSL_CTX_use_certificate_chain_file, 0, (SSL_CTX *context, const char *path), (context, path))
WRAP(int, SSL_CTX_use_PrivateKey_file, 0, (SSL_CTX *context, const char *path, int type),
     (context, path, type))
WRAP(int, SSL_CTX_load_verify_file, 0, (SSL_CTX *context, const char *path), (context, path))
WRAP(int, SSL_CTX_set_session_id_context, 0, (SSL_CTX *context, const unsigned char *id,
     unsigned len), (context, id, len))
WRAP(int, SSL_CTX_set_alpn_protos, 1, (SSL_CTX *context, const unsigned char *names, unsigned len),
     (context, names, len))
WRAP(int, SSL_set1_host, 0, (SSL *ssl, const char *host), (ssl, host))
WRAP(int, setrlimit, -1, (int resource, const struct rlimit *limit), (resource, limit))
/* clang-format on */

/* --- functions that fail in some cases only -----------------------------------------------------
 */

/* A socket may give and take less than there is room for, and the rest at once. */
ssize_t __real_recv(int fd, void *buf, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags)
{
    int way = way_of(FAIL_recv, CALLER);
    return way > 0 ? failed(way) : __real_recv(fd, buf, way ? 1 : len, flags);
}

ssize_t __real_send(int fd, const void *buf, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags)
{
    int way = way_of(FAIL_send, CALLER);
    return way > 0 ? failed(way) : __real_send(fd, buf, way ? 1 : len, flags);
}

ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    int way = way_of(FAIL_sendmsg, CALLER);
    if (way == FAIL_SHORT)
        return __real_send(fd, message->msg_iov->iov_base, 1, flags);
    return way > 0 ? failed(way) : __real_sendmsg(fd, message, flags);
}

/* What is being watched can be let go of in any case. */
int __real_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    if (operation == EPOLL_CTL_ADD && fails(FAIL_epoll_ctl, CALLER))
        return -1;
    return __real_epoll_ctl(epoll, operation, fd, event);
}

/* Flags can always be set; another descriptor can't always be had. */
int __real_fcntl(int fd, int command, long arg);
int __wrap_fcntl(int fd, int command, long arg);
int __wrap_fcntl(int fd, int command, long arg)
{
    if (command == F_DUPFD_CLOEXEC && fails(FAIL_fcntl, CALLER))
        return -1;
    return __real_fcntl(fd, command, arg);
}

/* Who opens without O_CREAT gives no mode; the kernel does not look at what lies there instead. */
int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
    return fails(FAIL_open, CALLER) ? -1 : __real_open(path, flags, mode);
}

int __real_openat(int folder, const char *path, int flags, mode_t mode);
int __wrap_openat(int folder, const char *path, int flags, mode_t mode);
int __wrap_openat(int folder, const char *path, int flags, mode_t mode)
{
    return fails(FAIL_openat, CALLER) ? -1 : __real_openat(folder, path, flags, mode);
}

static mode_t type_of(int fd)
{
    struct stat status;
    return __real_fstat(fd, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

/* A file's content may be unreadable. A pipe can only be interrupted, and an eventfd, which is
 * neither, nothing at all. */
ssize_t __real_read(int fd, void *buf, size_t len);
ssize_t __wrap_read(int fd, void *buf, size_t len);
ssize_t __wrap_read(int fd, void *buf, size_t len)
{
    mode_t type = type_of(fd);
    int way = type == S_IFREG   ? way_of(FAIL_read, CALLER)
              : type == S_IFIFO ? way_of(FAIL_read_pipe, CALLER)
                                : 0;
    return way > 0 ? failed(way) : __real_read(fd, buf, way ? 1 : len);
}

/* The pipe by which a new child reports is the only one that blocks; we are its reader. */
ssize_t __real_write(int fd, const void *buf, size_t len);
ssize_t __wrap_write(int fd, const void *buf, size_t len);
ssize_t __wrap_write(int fd, const void *buf, size_t len)
{
    mode_t type = type_of(fd);
    bool stream = type == S_IFIFO && (__real_fcntl(fd, F_GETFL, 0) & O_NONBLOCK);
    int way = type == S_IFREG ? way_of(FAIL_write, CALLER)
              : stream        ? way_of(FAIL_write_pipe, CALLER)
                              : 0;
    return way > 0 ? failed(way) : __real_write(fd, buf, way ? 1 : len);
}

/* The child of vfork() returns into the frame that has called it, and spoils it for the parent:
 * there must be none of ours. So it is jumped to. */
bool fail_vfork(void);
bool fail_vfork(void)
{
    return fails(FAIL_vfork, CALLER);
}

#ifdef __x86_64__
__asm__(".pushsection .text\n"
        ".globl __wrap_vfork\n"
        ".type __wrap_vfork, @function\n"
        "__wrap_vfork:\n"
        "    endbr64\n"
        "    sub $8, %rsp\n"
        "    call fail_vfork\n"
        "    add $8, %rsp\n"
        "    test %al, %al\n"
        "    jnz 1f\n"
        "    jmp *__real_vfork@GOTPCREL(%rip)\n"
        "1:  mov $-1, %eax\n"
        "    ret\n"
        ".popsection");
#elif defined __aarch64__
__asm__(".pushsection .text\n"
        ".globl __wrap_vfork\n"
        ".type __wrap_vfork, @function\n"
        "__wrap_vfork:\n"
        "    stp x29, x30, [sp, #-16]!\n"
        "    bl fail_vfork\n"
        "    ldp x29, x30, [sp], #16\n"
        "    tbnz w0, #0, 1f\n"
        "    b __real_vfork\n"
        "1:  mov w0, #-1\n"
        "    ret\n"
        ".popsection");
#endif

/* --- other libraries ----------------------------------------------------------------------------
 */

static void *json_malloc(size_t size)
{
    return fails(FAIL_malloc, CALLER) ? NULL : __real_malloc(size);
}

/* SQLite remembers for ever that memory was out when it was made ready: so it is made ready before.
 */
static sqlite3_mem_methods sqlite_memory;

static void *sqlite_malloc(int size)
{
    return fails(FAIL_malloc, CALLER) ? NULL : sqlite_memory.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
    return fails(FAIL_realloc, CALLER) ? NULL : sqlite_memory.xRealloc(old, size);
}

static int sqlite_open(const char *path, int flags, int mode)
{
    return fails(FAIL_open, CALLER) ? -1 : __real_open(path, flags, (mode_t)mode);
}

static ssize_t sqlite_pwrite(int fd, const void *buf, size_t len, off_t at)
{
    return fails(FAIL_pwrite, CALLER) ? -1 : pwrite(fd, buf, len, at);
}

static int sqlite_truncate(int fd, off_t len)
{
    return fails(FAIL_ftruncate, CALLER) ? -1 : ftruncate(fd, len);
}

static void hook_sqlite(void)
{
    static const struct {
        const char *name;
        void (*call)(void);
    } doors[] = {
        {"open", (void (*)(void))sqlite_open},       {"pread", (void (*)(void))__wrap_pread},
        {"pread64", (void (*)(void))__wrap_pread},   {"pwrite", (void (*)(void))sqlite_pwrite},
        {"pwrite64", (void (*)(void))sqlite_pwrite}, {"ftruncate", (void (*)(void))sqlite_truncate},
        {"stat", (void (*)(void))__wrap_stat},       {"fstat", (void (*)(void))__wrap_fstat},
        {"unlink", (void (*)(void))__wrap_unlink},   {"mmap", (void (*)(void))__wrap_mmap},
    };
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory);
    sqlite3_mem_methods ours = sqlite_memory;
    ours.xMalloc = sqlite_malloc;
    ours.xRealloc = sqlite_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
    sqlite3_initialize();
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++)
        vfs->xSetSystemCall(vfs, doors[i].name, doors[i].call);
}

void fail_hook_libraries(void)
{
    json_set_alloc_funcs(json_malloc, free);
    hook_sqlite();
}
