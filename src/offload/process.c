/* SPDX-License-Identifier: MIT */
/* Child processes: started with nothing of ours but what is named, and awaited by a descriptor (see
 * process_end.c). No SIGCHLD handler: that signal is the embedding program's.
 *
 * A child is made by vfork() and goes to exec() at once. Up to then it runs on our memory while
 * this thread stands still, so between the two it only makes system calls. All signals are blocked
 * meanwhile, or a handler of the program could run in the child. */
#include "offload/process.h"
#include "net/pipe.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a killed process is waited for. Longer only if the kernel can't let it go. */
#define KILLED_NS_MAX OURO_SEC(10)
/* Where descriptors must be closed one by one; the limit of a process may be a thousand million. */
#define FDS_CLOSED_MAX (1 << 20)

/* --- in the child, up to exec ----------------------------------------------------------------- */

static int move_above(int fd, size_t fd_count)
{
    return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, (int)fd_count);
}

/* First all out of the way, then each to its place: their numbers may overlap. What the program
 * around us has not open itself, the child has not either. */
static int place_fds(const struct ouro__launch *launch)
{
    int above[OURO__CHILD_FDS_MAX];
    for (size_t i = 0; i < launch->fd_count; i++) {
        above[i] = move_above(launch->fds[i], launch->fd_count);
        if (above[i] < 0 && launch->fds[i] >= 0 && errno != EBADF)
            return -errno;
    }
    for (size_t i = 0; i < launch->fd_count; i++) {
        if (above[i] < 0)
            close((int)i);
        else if (dup2(above[i], (int)i) < 0)
            return -errno;
    }
    return 0;
}

/* Ours are made CLOEXEC from the start; those of the program around us may not be. */
static void close_the_rest(size_t first)
{
    if (close_range((unsigned)first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    long count = sysconf(_SC_OPEN_MAX); /* Linux before 5.11 */
    for (int fd = (int)first; fd < count && fd < FDS_CLOSED_MAX; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Everything by default; what is ignored is so from the first moment, and exec() leaves it. */
static void reset_signals(const struct ouro__launch *launch)
{
    static const int of_groups[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t none;
    for (int signo = 1; signo < NSIG; signo++)
        signal(signo, SIG_DFL); /* KILL and STOP refuse, which is as well */
    for (size_t i = 0; launch->ignores_group_signals && i < 3; i++)
        signal(of_groups[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The kernel kills it when the thread that started it ends, however that comes about. If that was
 * before we asked for it, we have another parent already. */
static int die_with_parent(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -errno;
    return getppid() == parent ? 0 : -ESRCH;
}

static int become(const struct ouro__launch *launch, pid_t parent)
{
    const char *const *env = launch->env ? launch->env : (const char *const *)environ;
    char *const *argv = (char *const *)(uintptr_t)launch->argv;
    char *const *envp = (char *const *)(uintptr_t)env;
    int rc = die_with_parent(parent);
    if (rc == 0)
        rc = place_fds(launch);
    if (rc < 0)
        return rc;
    close_the_rest(launch->fd_count);
    if (launch->cwd && chdir(launch->cwd) < 0)
        return -errno;
    reset_signals(launch);
    if (launch->path)
        execve(launch->path, argv, envp);
    else
        execvpe(launch->argv[0], argv, envp);
    return -errno;
}

static _Noreturn void child_main(const struct ouro__launch *launch, pid_t parent, int report_fd)
{
    int report = move_above(report_fd, launch->fd_count);
    int rc = become(launch, parent);
    ssize_t written = write(report < 0 ? report_fd : report, &rc, sizeof rc);
    (void)written; /* four bytes into an empty pipe */
    _exit(127);
}

/* --- in the parent ---------------------------------------------------------------------------- */

static pid_t fork_child(const struct ouro__launch *launch, int report_fd)
{
    sigset_t all, before;
    pid_t parent = getpid();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = vfork(); /* NOLINT: posix_spawn() can't ask for a signal at our death */
    if (pid == 0)
        child_main(launch, parent, report_fd); /* NOLINT: it makes system calls only */
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid < 0 ? -error : pid;
}

/* Exec closes the other end; or something is said before. */
static int read_report(int fd)
{
    int report = 0;
    ssize_t got;
    do
        got = read(fd, &report, sizeof report);
    while (got < 0 && errno == EINTR);
    return got == sizeof report ? report : 0;
}

static void reap(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

/* The pid of a child that has become the program; or why it has not. */
static pid_t launch_child(const struct ouro__launch *launch)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0)
        return -errno;
    pid_t pid = fork_child(launch, report[1]);
    close(report[1]);
    int rc = pid < 0 ? pid : read_report(report[0]);
    close(report[0]);
    if (rc < 0 && pid > 0)
        reap(pid);
    return rc < 0 ? rc : pid;
}

/* As the exit code, or minus the number of the signal. */
static int status_of(const siginfo_t *info)
{
    return info->si_code == CLD_EXITED ? info->si_status : -info->si_status;
}

static void tell_waiters(struct ouro_process *process)
{
    struct ouro_link *link;
    while ((link = ouro_list_first(&process->waiters))) {
        struct ouro__waiter *waiter = ouro__waiter_of(link);
        int *ret_status = waiter->slot;
        if (ouro__wake(waiter, process->failure) && ret_status && process->failure == 0)
            *ret_status = process->status;
    }
}

/* The descriptor says that it has ended. If the program around us waits for any child, or ignores
 * SIGCHLD, the status is gone. */
static void on_ended(struct ouro__io *io, unsigned edges)
{
    struct ouro_process *process = ouro_container(io, struct ouro_process, io);
    siginfo_t info = {0};
    idtype_t type = process->has_pidfd ? P_PIDFD : P_PID;
    id_t id = process->has_pidfd ? (id_t)io->fd : (id_t)process->pid;
    (void)edges;
    if (waitid(type, id, &info, WEXITED | WNOHANG) < 0)
        process->failure = -errno;
    else if (info.si_pid == 0)
        return; /* not yet */
    else
        process->status = status_of(&info);
    process->ended = true;
    ouro__io_close(io);
    ouro__child_done(process);
    if (process->on_end)
        process->on_end(process, process->ud);
    tell_waiters(process);
}

static int watch_child(struct ouro_process *process, pid_t pid)
{
    process->pid = pid;
    int fd = ouro__child_open(process);
    if (fd == -ESRCH) { /* it has ended, and SIGCHLD is ignored: no trace of it */
        process->ended = true;
        process->failure = -ECHILD;
        return 0;
    }
    int rc = fd < 0 ? fd : ouro__io_open(&process->io, fd);
    if (rc < 0 && fd >= 0) {
        close(fd);
        ouro__child_done(process);
    }
    if (rc < 0) {
        kill(pid, SIGKILL);
        reap(pid);
        return rc;
    }
    process->io.on_edge = on_ended;
    return 0;
}

int ouro__process_start(const struct ouro__launch *launch, struct ouro_process **ret_process)
{
    struct ouro_loop *loop = ouro_loop_self();
    ouro_assert(loop && launch->fd_count <= OURO__CHILD_FDS_MAX);
    if (ouro__loop_is_simulated(loop))
        return -ENOTSUP;
    struct ouro_process *process = calloc(1, sizeof *process);
    if (!process)
        return -ENOMEM;
    ouro_list_init(&process->waiters);
    pid_t pid = launch_child(launch);
    int rc = pid < 0 ? pid : watch_child(process, pid);
    if (rc < 0) {
        free(process);
        return rc;
    }
    *ret_process = process;
    return 0;
}

/* --- standard streams ------------------------------------------------------------------------- */

/* The child's end, blocking as programs expect it, and ours as a stream. */
static int open_pipe(int number, struct ouro_stream **ret_stream)
{
    int ends[2], ours = number == 0 ? 1 : 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    fcntl(ends[ours], F_SETFL, O_NONBLOCK);
    int rc = ouro__stream_of_pipe(ends[ours], ret_stream);
    if (rc < 0) {
        close(ends[0]);
        close(ends[1]);
    }
    return rc < 0 ? rc : ends[!ours];
}

/* What becomes 0, 1 or 2 in the child. */
static int open_stdio(enum ouro_stdio kind, int number, struct ouro_stream **ret_stream)
{
    if (kind == OURO_STDIO_PIPE)
        return open_pipe(number, ret_stream);
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int start_with(struct ouro__launch *launch, const enum ouro_stdio kinds[3],
                      struct ouro_stream *streams[3], struct ouro_process **ret_process)
{
    int rc = 0, opened = 0;
    for (; rc >= 0 && opened < 3; opened++) {
        if (kinds[opened] == OURO_STDIO_INHERIT)
            launch->fds[opened] = opened;
        else
            launch->fds[opened] = rc = open_stdio(kinds[opened], opened, &streams[opened]);
    }
    if (rc >= 0)
        rc = ouro__process_start(launch, ret_process);
    for (int i = 0; i < opened; i++) {
        if (kinds[i] != OURO_STDIO_INHERIT && launch->fds[i] >= 0)
            close(launch->fds[i]);
    }
    return rc;
}

int ouro_process_start(const char *const *argv, const struct ouro_process_options *options,
                       struct ouro_process **ret_process)
{
    static const struct ouro_process_options defaults;
    if (!options)
        options = &defaults;
    const enum ouro_stdio kinds[3] = {options->in, options->out, options->err};
    struct ouro__launch launch = {
        .argv = argv, .env = options->env, .cwd = options->cwd, .fd_count = 3};
    struct ouro_stream *streams[3] = {NULL};
    struct ouro_process *process;
    if (ouro__loop_is_simulated(ouro_loop_self()))
        return -ENOTSUP;
    int rc = start_with(&launch, kinds, streams, &process);
    for (int i = 0; i < 3; i++) {
        if (rc < 0)
            ouro_stream_close(streams[i]);
        else
            process->streams[i] = streams[i];
    }
    if (rc < 0)
        return rc;
    *ret_process = process;
    return 0;
}

struct ouro_stream *ouro_process_stream(struct ouro_process *process, int number)
{
    ouro_assert(number >= 0 && number < 3);
    return process->streams[number];
}

/* --- its end ---------------------------------------------------------------------------------- */

int ouro_process_id(const struct ouro_process *process)
{
    return process->pid;
}

int ouro_process_wait(struct ouro_process *process, int64_t deadline, int *ret_status)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    if (!process->ended)
        return ouro__wait(&process->waiters, ret_status, deadline, "process");
    if (process->failure == 0 && ret_status)
        *ret_status = process->status;
    return process->failure;
}

int ouro_process_signal(struct ouro_process *process, int signo)
{
    if (process->ended)
        return -ESRCH;
    return ouro__child_signal(process, signo);
}

static int kill_and_wait(struct ouro_process *process, int *ret_status)
{
    struct ouro_scope shield;
    ouro_process_signal(process, SIGKILL);
    ouro_shield_open(&shield, OURO_FOREVER);
    int rc = ouro_process_wait(process, ouro_after(KILLED_NS_MAX), ret_status);
    ouro_scope_close(&shield);
    if (rc == -ETIMEDOUT)
        ouro_log(OURO_LOG_ERROR, "process %d was killed and does not end", (int)process->pid);
    return rc;
}

int ouro_process_stop(struct ouro_process *process, int64_t deadline, int *ret_status)
{
    ouro_process_signal(process, SIGTERM);
    int rc = ouro_process_wait(process, deadline, ret_status);
    return rc == 0 || rc == -ECHILD ? rc : kill_and_wait(process, ret_status);
}

struct ouro_process *ouro_process_free(struct ouro_process *process)
{
    if (!process)
        return NULL;
    for (int i = 0; i < 3; i++)
        ouro_stream_close(process->streams[i]);
    if (!process->ended)
        kill_and_wait(process, NULL);
    if (!process->ended) {
        ouro__io_close(&process->io);
        ouro__child_done(process);
    }
    ouro__wake_all(&process->waiters, -OURO_ECLOSED);
    free(process);
    return NULL;
}
