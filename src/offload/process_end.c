/* SPDX-License-Identifier: MIT */
/* How the end of a child is noticed, and how a signal reaches it and nobody else: by a pidfd, or,
 * where the kernel has none (before 5.3) or a container refuses it, by a thread that waits for it.
 *
 *      pidfd                           readable when it has ended
 *      thread: waitid(), write() ----> the other end of its pipe is
 *
 * The thread leaves the status to the loop. Until the loop has taken it the child keeps its number,
 * unless the program around us waits for any child. */
#include "offload/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

struct watch {
    pid_t pid;
    int fd;
};

static bool is_refused(int error)
{
    return error == ENOSYS || error == EPERM;
}

static void *watch_main(void *arg)
{
    struct watch *watch = arg;
    siginfo_t info;
    while (waitid(P_PID, (id_t)watch->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    ssize_t written = write(watch->fd, "", 1);
    (void)written; /* closing is as good, unless a forked process has the other end, too */
    close(watch->fd);
    free(watch);
    return NULL;
}

/* Signals are for the threads of the program around us. */
static int start_thread(struct watch *watch, pthread_t *ret_thread)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(ret_thread, NULL, watch_main, watch);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

static int open_thread(struct ouro_process *process)
{
    int ends[2];
    struct watch *watch = malloc(sizeof *watch);
    if (!watch)
        return -ENOMEM;
    int rc = pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
    if (rc == 0) {
        *watch = (struct watch){process->pid, ends[1]};
        rc = start_thread(watch, &process->watcher);
        if (rc == 0)
            return ends[0];
        close(ends[0]);
        close(ends[1]);
    }
    free(watch);
    return rc;
}

int ouro__child_open(struct ouro_process *process)
{
    int fd = pidfd_open(process->pid, 0);
    process->has_pidfd = fd >= 0;
    if (fd >= 0)
        return fd;
    return is_refused(errno) ? open_thread(process) : -errno;
}

void ouro__child_done(struct ouro_process *process)
{
    if (process->has_pidfd)
        return;
    if (process->ended)
        pthread_join(process->watcher, NULL);
    else
        pthread_detach(process->watcher);
}

static int signal_by_number(pid_t pid, int signo)
{
    siginfo_t info;
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return -ESRCH; /* the number may be another's by now */
    return kill(pid, signo) < 0 ? -errno : 0;
}

int ouro__child_signal(struct ouro_process *process, int signo)
{
    if (!process->has_pidfd)
        return signal_by_number(process->pid, signo);
    if (pidfd_send_signal(process->io.fd, signo, NULL, 0) == 0)
        return 0;
    return is_refused(errno) ? signal_by_number(process->pid, signo) : -errno;
}
