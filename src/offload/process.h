/* SPDX-License-Identifier: MIT */
/* Child processes, for the rest of this room: any descriptors may be passed on, and the end may be
 * told by a callback. */
#ifndef OURO_OFFLOAD_PROCESS_H
#define OURO_OFFLOAD_PROCESS_H

#include "ouro/net.h"
#include "ouro/offload.h"
#include "runtime/wait.h"

#include <pthread.h>
#include <sys/types.h>

/* 0, 1, 2, and what a worker or a server of a group gets beside them. */
#define OURO__CHILD_FDS_MAX 5
/* Our own program, even if its file has been replaced or removed since. */
#define OURO__SELF "/proc/self/exe"

struct ouro__launch {
    const char *path;        /* NULL: argv[0], looked for in PATH */
    const char *const *argv; /* ends in NULL */
    const char *const *env;  /* the same; NULL: ours */
    const char *cwd;         /* NULL: ours */
    size_t fd_count;
    int fds[OURO__CHILD_FDS_MAX]; /* fds[i] is ours and becomes i in the child, -1: is closed */
    bool ignores_group_signals;   /* INT, TERM and HUP, which are meant for who leads a group */
};

struct ouro_process {
    struct ouro__io io; /* until the end; see ouro__child_open() */
    pid_t pid;
    bool ended, has_pidfd;
    pthread_t watcher;        /* in place of a pidfd */
    int failure, status;      /* how it ended, or why we can't know */
    struct ouro_link waiters; /* slot: where the status goes */
    struct ouro_stream *streams[3];
    /* Called outside any task, before who waits goes on. NULL: nobody. */
    void (*on_end)(struct ouro_process *process, void *ud);
    void *ud;
};

/* Start a program; the descriptors stay the caller's. Failures as for ouro_process_start(). */
int ouro__process_start(const struct ouro__launch *launch, struct ouro_process **ret_process);

/* The three that know how an end is noticed. A descriptor that has something to say when the child
 * has ended; -ESRCH: it has left no trace; -EMFILE, -EAGAIN, -ENOMEM. */
int ouro__child_open(struct ouro_process *process);
/* After the descriptor was closed. */
void ouro__child_done(struct ouro_process *process);
/* While the descriptor is open. 0, -ESRCH. */
int ouro__child_signal(struct ouro_process *process, int signo);

#endif
