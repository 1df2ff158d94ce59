/* SPDX-License-Identifier: MIT */
/* Signals, brought to the loops that listen.
 *
 * The handler may run on any thread, between any two instructions, and may call next to nothing.
 * So it only walks a fixed table, counts, and posts to the loops: ouro_post() is a
 * compare-and-swap and at most one write() to an eventfd, both of which a handler may do.
 *
 * Whoever takes an entry back must know that no handler still looks at it: handlers count
 * themselves in and out, and closing waits, after the entry is out of the table, until none is
 * left. They take a microsecond. */
#include "ouro/offload.h"
#include "sync/select.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

struct ouro_signal {
    _Atomic int signo;   /* 0: the handler passes by */
    _Atomic int came;    /* since the loop last looked */
    _Atomic bool posted; /* on its way to the loop; `post` is not ours until it is there */

    /* With the lock. */
    bool taken, closed;

    /* Of the loop's thread. */
    bool deaf;  /* in a simulation, where signals don't exist */
    int untold; /* came and nobody waited */
    struct ouro_link waiters;
    struct ouro_post post;
    struct ouro_loop *loop;
};

static struct ouro_signal table[OURO_SIGNALS_MAX];
static _Atomic int handlers_running;

/* By signal: how many listen, and what the process did before. With the lock. */
static struct {
    int listeners;
    struct sigaction before;
} disposition[NSIG];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* --- from the kernel to the task ------------------------------------------------------------- */

static void handler(int signo)
{
    int errno_before = errno;
    atomic_fetch_add(&handlers_running, 1);
    for (struct ouro_signal *signal = table; signal < table + OURO_SIGNALS_MAX; signal++) {
        if (atomic_load(&signal->signo) != signo)
            continue;
        atomic_fetch_add(&signal->came, 1);
        if (!atomic_exchange(&signal->posted, true))
            ouro_post(signal->loop, &signal->post);
    }
    atomic_fetch_sub(&handlers_running, 1);
    errno = errno_before;
}

static void give_back(struct ouro_signal *signal)
{
    pthread_mutex_lock(&lock);
    signal->taken = false;
    pthread_mutex_unlock(&lock);
}

static void on_came(struct ouro_post *post)
{
    struct ouro_signal *signal = ouro_container(post, struct ouro_signal, post);
    atomic_store(&signal->posted, false); /* first, or what comes in between would be left */
    if (signal->closed) {
        give_back(signal);
        return;
    }
    signal->untold += atomic_exchange(&signal->came, 0);
    if (signal->untold && ouro__wake_all(&signal->waiters, signal->untold))
        signal->untold = 0;
}

static int take_untold(struct ouro_signal *signal)
{
    int untold = signal->untold;
    signal->untold = 0;
    return untold > 0 ? untold : -EAGAIN;
}

int ouro_signal_wait(struct ouro_signal *signal, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc == 0)
        rc = take_untold(signal);
    if (rc != -EAGAIN)
        return rc;
    struct ouro_loop *loop = ouro_loop_self();
    bool real = !signal->deaf; /* the signal may be closed when we come back */
    if (real)
        ouro__external_hold(loop);
    rc = ouro__wait(&signal->waiters, NULL, deadline, "signal");
    if (real)
        ouro__external_drop(loop);
    return rc;
}

static int signal_try(struct ouro_case *self)
{
    return take_untold(self->object);
}

static void signal_attach(struct ouro_case *self)
{
    struct ouro_signal *signal = self->object;
    if (!signal->deaf)
        ouro__external_hold(signal->loop);
    ouro_list_push(&signal->waiters, &self->waiter.link);
}

static void signal_detach(struct ouro_case *self)
{
    const struct ouro_signal *signal = self->object;
    if (!signal->deaf)
        ouro__external_drop(signal->loop);
    ouro_unlink(&self->waiter.link);
}

struct ouro_case ouro_on_signal(struct ouro_signal *signal)
{
    static const struct ouro__selectable_ops ops = {
        .try = signal_try,
        .attach = signal_attach,
        .detach = signal_detach,
    };
    return ouro__case(&ops, signal, NULL);
}

/* --- dispositions, with the lock ------------------------------------------------------------- */

static bool can_be_heard(int signo)
{
    static const int never[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        if (signo == never[i])
            return false;
    }
    return signo > 0 && signo < NSIG;
}

static int listen_to(int signo)
{
    struct sigaction ours = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&ours.sa_mask);
    if (disposition[signo].listeners == 0 &&
        sigaction(signo, &ours, &disposition[signo].before) < 0)
        return -errno;
    disposition[signo].listeners++;
    return 0;
}

/* Whoever has replaced our handler meanwhile keeps theirs. */
static void listen_no_more(int signo)
{
    struct sigaction now;
    if (--disposition[signo].listeners > 0)
        return;
    if (sigaction(signo, NULL, &now) == 0 && now.sa_handler == handler)
        sigaction(signo, &disposition[signo].before, NULL);
}

/* --- life ------------------------------------------------------------------------------------ */

static struct ouro_signal *free_entry(void)
{
    for (struct ouro_signal *signal = table; signal < table + OURO_SIGNALS_MAX; signal++) {
        if (!signal->taken)
            return signal;
    }
    return NULL;
}

/* The entry stands before the handler does: no signal falls between the two. */
static int open_entry(int signo, struct ouro_loop *loop, struct ouro_signal **ret_signal)
{
    struct ouro_signal *signal = free_entry();
    if (!signal)
        return -OURO_ELIMIT;
    signal->loop = loop;
    signal->deaf = ouro__loop_is_simulated(loop);
    signal->post.fn = on_came;
    signal->untold = 0;
    signal->closed = false;
    ouro_list_init(&signal->waiters);
    atomic_store(&signal->came, 0);
    if (!signal->deaf) {
        atomic_store(&signal->signo, signo);
        int rc = listen_to(signo);
        if (rc < 0) {
            atomic_store(&signal->signo, 0);
            return rc;
        }
    }
    signal->taken = true;
    *ret_signal = signal;
    return 0;
}

int ouro_signal_open(int signo, struct ouro_signal **ret_signal)
{
    struct ouro_loop *loop = ouro_loop_self();
    ouro_assert(loop);
    if (!can_be_heard(signo))
        return -EINVAL;
    pthread_mutex_lock(&lock);
    int rc = open_entry(signo, loop, ret_signal);
    pthread_mutex_unlock(&lock);
    return rc;
}

struct ouro_signal *ouro_signal_close(struct ouro_signal *signal)
{
    if (!signal)
        return NULL;
    ouro__wake_all(&signal->waiters, -OURO_ECLOSED);
    pthread_mutex_lock(&lock);
    int signo = atomic_exchange(&signal->signo, 0);
    if (signo)
        listen_no_more(signo);
    while (atomic_load(&handlers_running))
        sched_yield();
    signal->closed = true;
    signal->taken = atomic_load(&signal->posted); /* else on_came() gives it back */
    pthread_mutex_unlock(&lock);
    return NULL;
}
