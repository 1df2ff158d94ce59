/* SPDX-License-Identifier: MIT */
/* Who does not let go of the loop, and where is it?
 *
 *     watchdog's thread                    loop's thread, stuck in a step
 *     -----------------                    ------------------------------
 *     the counters stand still for
 *     longer than the limit
 *     asked = true, pthread_kill() ------> handler: whose step, what backtrace
 *     names, text, hook <----------------- answered = true
 *
 * The loop's side of it is two counters that it keeps anyway. The handler only walks the stack and
 * copies; names are looked up, and memory is allocated, on this side. */
#include "runtime/backtrace.h"
#include "runtime/loop.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Handlers take microseconds; a thread that does not get to it by then blocks the signal. */
#define ANSWER_NS_MAX  OURO_MS(50)
#define ANSWER_LOOK_NS OURO_MS(1)
#define NAME_BYTES_MAX 128
/* Who looks all the time is in the way. */
#define LIMIT_NS_MIN OURO_MS(1)

/* What the handler writes, between `asked` and `answered`. Names are copied, because the task may
 * have ended when they are read. */
struct sighting {
    bool same_step; /* is it still the one that we asked about? */
    bool in_task;
    uint64_t number;
    char name[NAME_BYTES_MAX], place[NAME_BYTES_MAX];
    struct ouro__backtrace trace;
};

struct ouro__watchdog {
    struct ouro_loop *loop;
    struct ouro_watchdog_options options;
    pthread_t loop_thread, thread;
    pthread_mutex_t lock; /* of `stop` */
    pthread_cond_t wakeup;
    bool stop;

    _Atomic bool asked, answered;
    _Atomic uint64_t pulse; /* that we ask about */
    struct sighting seen;

    int64_t told_at;  /* the last time that a hook was called */
    bool signal_owed; /* the loop's thread has not taken one of our signals */
};

/* Counts up with every step and every turn; stands still in a step and in a callback. */
static uint64_t pulse_of(const struct ouro_loop *loop)
{
    return atomic_load_explicit(&loop->steps, memory_order_relaxed) +
           atomic_load_explicit(&loop->turns, memory_order_relaxed);
}

static bool is_at_work(const struct ouro_loop *loop)
{
    return atomic_load_explicit(&loop->running, memory_order_relaxed) &&
           !atomic_load_explicit(&loop->polling, memory_order_relaxed);
}

/* --- in the signal handler, on the loop's thread ---------------------------------------------- */

static void copy_name(char to[NAME_BYTES_MAX], const char *from)
{
    size_t len = 0;
    while (len < NAME_BYTES_MAX - 1 && from[len])
        len++;
    memcpy(to, from, len);
    to[len] = 0;
}

static void look_around(struct ouro__watchdog *watchdog)
{
    const struct ouro_task *task = watchdog->loop->current;
    struct sighting *seen = &watchdog->seen;
    seen->same_step = pulse_of(watchdog->loop) == atomic_load(&watchdog->pulse);
    seen->in_task = task != NULL;
    if (task) {
        seen->number = task->number;
        copy_name(seen->name, task->name);
        copy_name(seen->place, task->place);
    }
    ouro__backtrace_here(&seen->trace);
    atomic_store(&watchdog->answered, true);
}

static void pass_on(int signo, siginfo_t *info, void *context);

static void handler(int signo, siginfo_t *info, void *context)
{
    struct ouro__watchdog *watchdog = ouro__loop ? ouro__loop->watchdog : NULL;
    int errno_before = errno;
    if (watchdog && watchdog->options.signo == signo && atomic_exchange(&watchdog->asked, false))
        look_around(watchdog);
    else
        pass_on(signo, info, context);
    errno = errno_before;
}

/* --- the disposition, shared by all watchdogs of the process ---------------------------------- */

static struct {
    pthread_mutex_t lock;
    struct {
        int users;
        struct sigaction before;
    } of[NSIG];
} dispositions = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* A signal that is not from us, or an answer that nobody waits for any more. `before` is written
 * while ours is not installed. */
static void pass_on(int signo, siginfo_t *info, void *context)
{
    const struct sigaction *before = &dispositions.of[signo].before;
    if (before->sa_flags & SA_SIGINFO)
        before->sa_sigaction(signo, info, context);
    else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN)
        before->sa_handler(signo);
}

static int install(int signo)
{
    struct sigaction ours = {.sa_sigaction = handler,
                             .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    sigemptyset(&ours.sa_mask);
    if (signo <= 0 || signo >= NSIG)
        return -EINVAL;
    if (dispositions.of[signo].users == 0 &&
        (sigaction(signo, NULL, &dispositions.of[signo].before) < 0 ||
         sigaction(signo, &ours, NULL) < 0))
        return -errno;
    dispositions.of[signo].users++;
    return 0;
}

static void uninstall(int signo)
{
    struct sigaction now;
    pthread_mutex_lock(&dispositions.lock);
    if (--dispositions.of[signo].users == 0 && sigaction(signo, NULL, &now) == 0 &&
        (now.sa_flags & SA_SIGINFO) && now.sa_sigaction == handler)
        sigaction(signo, &dispositions.of[signo].before, NULL);
    pthread_mutex_unlock(&dispositions.lock);
}

static int install_locked(int signo)
{
    pthread_mutex_lock(&dispositions.lock);
    int rc = install(signo);
    pthread_mutex_unlock(&dispositions.lock);
    return rc;
}

/* --- the watchdog's thread -------------------------------------------------------------------- */

static int64_t real_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return OURO_SEC(now.tv_sec) + now.tv_nsec;
}

/* False: it is time to stop. */
static bool rest_until(struct ouro__watchdog *watchdog, int64_t when)
{
    struct timespec until = {.tv_sec = when / OURO_SEC(1), .tv_nsec = when % OURO_SEC(1)};
    pthread_mutex_lock(&watchdog->lock);
    while (!watchdog->stop && real_now() < when)
        pthread_cond_timedwait(&watchdog->wakeup, &watchdog->lock, &until);
    bool go_on = !watchdog->stop;
    pthread_mutex_unlock(&watchdog->lock);
    return go_on;
}

enum answer { STILL_THERE, MOVED_ON, SILENT };

static bool has_answered(struct ouro__watchdog *watchdog, int64_t give_up)
{
    bool go_on = true;
    while (!atomic_load(&watchdog->answered) && go_on && real_now() < give_up)
        go_on = rest_until(watchdog, real_now() + ANSWER_LOOK_NS);
    /* Who can't take the question back any more will have the answer in a moment. */
    if (atomic_exchange(&watchdog->asked, false))
        return false;
    while (!atomic_load(&watchdog->answered))
        sched_yield();
    return true;
}

/* Ask the loop's thread where it is. */
static enum answer ask(struct ouro__watchdog *watchdog, uint64_t pulse)
{
    atomic_store(&watchdog->pulse, pulse);
    atomic_store(&watchdog->answered, false);
    atomic_store(&watchdog->asked, true);
    pthread_kill(watchdog->loop_thread, watchdog->options.signo);
    if (!has_answered(watchdog, real_now() + ANSWER_NS_MAX))
        return SILENT;
    return watchdog->seen.same_step ? STILL_THERE : MOVED_ON;
}

static void log_step(const struct ouro_long_step *step, void *ud)
{
    struct ouro_buf trace = {.data = (char *)(uintptr_t)step->backtrace,
                             .len = strlen(step->backtrace)};
    long long ms = (long long)(step->ns / OURO_MS(1));
    (void)ud;
    if (step->task)
        ouro_log(OURO_LOG_WARN, "task %llu %s (spawned at %s) has kept the loop for %lld ms, in:",
                 (unsigned long long)step->number, step->task, step->place, ms);
    else
        ouro_log(OURO_LOG_WARN, "the loop, outside any task, stands still for %lld ms, in:", ms);
    ouro__log_lines(OURO_LOG_WARN, &trace);
}

static void tell(struct ouro__watchdog *watchdog, const char *backtrace, int64_t since)
{
    const struct sighting *seen = &watchdog->seen;
    struct ouro_long_step step = {
        .task = seen->in_task ? seen->name : NULL,
        .place = seen->in_task ? seen->place : NULL,
        .number = seen->in_task ? seen->number : 0,
        .ns = real_now() - since,
        .backtrace = backtrace,
    };
    watchdog->options.hook(&step, watchdog->options.ud);
}

static void tell_where(struct ouro__watchdog *watchdog, int64_t since)
{
    struct ouro__symbols *symbols = ouro__symbols_new();
    struct ouro_buf text = {0};
    if (symbols)
        ouro__backtrace_print(&watchdog->seen.trace, symbols, "    ", &text);
    ouro_buf_putc(&text, 0);
    tell(watchdog, ouro_buf_failed(&text) ? "    (no memory)\n" : text.data, since);
    ouro_buf_done(&text);
    ouro__symbols_free(symbols);
}

/* Ask and tell. */
static void report(struct ouro__watchdog *watchdog, uint64_t pulse, int64_t since)
{
    enum answer answer = ask(watchdog, pulse);
    if (answer == MOVED_ON)
        return;
    watchdog->told_at = real_now();
    if (answer == STILL_THERE) {
        tell_where(watchdog, since);
        return;
    }
    watchdog->signal_owed = true;
    watchdog->seen.in_task = false;
    tell(watchdog, "    (unknown: its thread does not take the signal)\n", since);
}

/* A step counts from the first look that has found it: it is a little older. One that falls into
 * the quiet after another's report is told afterwards, if it is still there. */
static void *watch(void *arg)
{
    struct ouro__watchdog *watchdog = arg;
    struct ouro_loop *loop = watchdog->loop;
    int64_t limit = watchdog->options.limit_ns, now = real_now(), since = now;
    uint64_t last = pulse_of(loop);
    bool counted = false, told = false;
    while (rest_until(watchdog, now + limit / 2)) {
        uint64_t pulse = pulse_of(loop);
        now = real_now();
        if (pulse != last || !is_at_work(loop)) {
            last = pulse;
            since = now;
            counted = told = false;
        }
        if (now - since < limit)
            continue;
        if (!counted)
            ouro__count(&loop->long_steps);
        counted = true;
        if (!told && now - watchdog->told_at >= OURO_WATCHDOG_QUIET_NS) {
            told = true;
            report(watchdog, pulse, since);
        }
    }
    return NULL;
}

/* --- life ------------------------------------------------------------------------------------- */

/* Not for the watchdog's thread: the program's signals are for the program's threads. */
static int start_thread(struct ouro__watchdog *watchdog)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&watchdog->thread, NULL, watch, watchdog);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -rc;
}

static struct ouro__watchdog *watchdog_new(struct ouro_loop *loop,
                                           const struct ouro_watchdog_options *options)
{
    struct ouro__watchdog *watchdog = calloc(1, sizeof *watchdog);
    if (!watchdog)
        return NULL;
    watchdog->loop = loop;
    watchdog->loop_thread = pthread_self();
    watchdog->told_at = real_now() - OURO_WATCHDOG_QUIET_NS;
    if (options)
        watchdog->options = *options;
    if (!watchdog->options.limit_ns)
        watchdog->options.limit_ns = OURO_WATCHDOG_LIMIT_NS;
    if (watchdog->options.limit_ns < LIMIT_NS_MIN)
        watchdog->options.limit_ns = LIMIT_NS_MIN;
    if (!watchdog->options.signo)
        watchdog->options.signo = SIGURG;
    if (!watchdog->options.hook)
        watchdog->options.hook = log_step;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&watchdog->wakeup, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&watchdog->lock, NULL);
    return watchdog;
}

static void watchdog_free(struct ouro__watchdog *watchdog)
{
    pthread_cond_destroy(&watchdog->wakeup);
    pthread_mutex_destroy(&watchdog->lock);
    free(watchdog);
}

/* Everything in place, then the thread. */
static int start(struct ouro__watchdog *watchdog)
{
    int rc = install_locked(watchdog->options.signo);
    if (rc < 0)
        return rc;
    watchdog->loop->watchdog = watchdog;
    rc = start_thread(watchdog);
    if (rc < 0) {
        watchdog->loop->watchdog = NULL;
        uninstall(watchdog->options.signo);
    }
    return rc;
}

int ouro_watchdog_start(struct ouro_loop *loop, const struct ouro_watchdog_options *options)
{
    ouro_assert(loop == ouro__loop);
    if (loop->watchdog)
        return -EBUSY;
    if (ouro__loop_is_simulated(loop))
        return 0;
    struct ouro__watchdog *watchdog = watchdog_new(loop, options);
    if (!watchdog)
        return -ENOMEM;
    ouro__backtrace_here(&watchdog->seen.trace); /* the unwinder's first call prepares tables */
    int rc = start(watchdog);
    if (rc < 0)
        watchdog_free(watchdog);
    return rc;
}

/* A signal of ours that the thread has blocked until now would meet, when it is unblocked, what the
 * program does about it otherwise; of most signals it would die. */
static void take_back_signal(int signo)
{
    static const struct timespec at_once;
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, signo);
    sigtimedwait(&ours, NULL, &at_once);
}

void ouro_watchdog_stop(struct ouro_loop *loop)
{
    struct ouro__watchdog *watchdog = loop->watchdog;
    ouro_assert(loop == ouro__loop);
    if (!watchdog)
        return;
    pthread_mutex_lock(&watchdog->lock);
    watchdog->stop = true;
    pthread_cond_signal(&watchdog->wakeup);
    pthread_mutex_unlock(&watchdog->lock);
    pthread_join(watchdog->thread, NULL);
    loop->watchdog = NULL;
    if (watchdog->signal_owed)
        take_back_signal(watchdog->options.signo);
    uninstall(watchdog->options.signo);
    watchdog_free(watchdog);
}
