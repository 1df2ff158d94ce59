/* SPDX-License-Identifier: MIT */
/* The loops of the process, and the signal that has each of them dump its tasks.
 *
 * The handler may run on any thread, between any two instructions: it walks a fixed table and
 * posts. Who takes a loop out of the table waits until no handler is left that may still hold it;
 * see the signals of offload, which do the same. */
#include "runtime/dump.h"
#include "runtime/loop.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

_Atomic(struct ouro_loop *) ouro__loops[OURO__LOOPS_SEEN_MAX];
static _Atomic int handlers_running;

static struct {
    pthread_mutex_t lock;
    int signo; /* 0: none */
    struct sigaction before;
} dumping = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* --- the loop's side -------------------------------------------------------------------------- */

static void log_dump(struct ouro_post *post)
{
    struct ouro_loop *loop = ouro_container(post, struct ouro_loop, dump_post);
    struct ouro_buf text = {0};
    atomic_store(&loop->dump_asked, false);
    if (ouro_dump(loop, OURO_DUMP_TEXT, &text) == 0)
        ouro__log_lines(OURO_LOG_WARN, &text);
    else
        ouro_log(OURO_LOG_WARN, "no memory for a dump of %zu tasks", loop->stats.tasks);
    ouro_buf_done(&text);
}

void ouro__loops_add(struct ouro_loop *loop)
{
    loop->dump_post.fn = log_dump;
    for (size_t i = 0; i < OURO__LOOPS_SEEN_MAX; i++) {
        struct ouro_loop *expected = NULL;
        if (atomic_compare_exchange_strong(&ouro__loops[i], &expected, loop))
            return;
    }
}

void ouro__loops_remove(struct ouro_loop *loop)
{
    for (size_t i = 0; i < OURO__LOOPS_SEEN_MAX; i++) {
        struct ouro_loop *expected = loop;
        if (atomic_compare_exchange_strong(&ouro__loops[i], &expected, NULL))
            break;
    }
    while (atomic_load(&handlers_running))
        sched_yield();
}

/* A handler that ran in another thread meanwhile does not run in here. */
void ouro__loops_forget(void)
{
    for (size_t i = 0; i < OURO__LOOPS_SEEN_MAX; i++) {
        struct ouro_loop *loop = atomic_exchange(&ouro__loops[i], NULL);
        if (loop)
            ouro__posts_drop(loop);
    }
    atomic_store(&handlers_running, 0);
}

/* --- the signal ------------------------------------------------------------------------------- */

static void handler(int signo)
{
    (void)signo;
    int errno_before = errno;
    atomic_fetch_add(&handlers_running, 1);
    for (size_t i = 0; i < OURO__LOOPS_SEEN_MAX; i++) {
        struct ouro_loop *loop = atomic_load(&ouro__loops[i]);
        if (loop && !atomic_exchange(&loop->dump_asked, true))
            ouro_post(loop, &loop->dump_post);
    }
    atomic_fetch_sub(&handlers_running, 1);
    errno = errno_before;
}

static int install(int signo)
{
    struct sigaction ours = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigemptyset(&ours.sa_mask);
    if (dumping.signo)
        return signo == dumping.signo ? 0 : -EBUSY;
    if (sigaction(signo, &ours, &dumping.before) < 0)
        return -errno;
    dumping.signo = signo;
    return 0;
}

static int uninstall(void)
{
    struct sigaction now;
    if (dumping.signo && sigaction(dumping.signo, NULL, &now) == 0 && now.sa_handler == handler)
        sigaction(dumping.signo, &dumping.before, NULL);
    dumping.signo = 0;
    return 0;
}

int ouro_dump_on_signal(int signo)
{
    if (signo < 0)
        return -EINVAL;
    pthread_mutex_lock(&dumping.lock);
    int rc = signo ? install(signo) : uninstall();
    pthread_mutex_unlock(&dumping.lock);
    return rc;
}
