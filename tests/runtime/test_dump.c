/* SPDX-License-Identifier: MIT */
/* The dump of all tasks: by call, by signal, in the report of a deadlock. */
#include "runtime/loop.h"
#include "scene.h"

#include <ouro/sync.h>

#include <jansson.h>
#include <pthread.h>
#include <signal.h>

/* --- by call ---------------------------------------------------------------------------------- */

/* The dump of the current loop as text, to be freed with ouro_buf_done. */
static struct ouro_buf dump_text(void)
{
    struct ouro_buf text = {0};
    ck_assert_int_eq(ouro_dump(ouro_loop_self(), OURO_DUMP_TEXT, &text), 0);
    ouro_buf_putc(&text, 0);
    return text;
}

static json_t *dump_json(void)
{
    struct ouro_buf text = {0};
    json_error_t error;
    ck_assert_int_eq(ouro_dump(ouro_loop_self(), OURO_DUMP_JSON, &text), 0);
    json_t *json = json_loadb(text.data, text.len, 0, &error);
    ck_assert_msg(json, "%s at %d: %.*s", error.text, error.position, (int)text.len, text.data);
    ouro_buf_done(&text);
    return json;
}

static void assert_has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "no \"%s\" in:\n%s", part, text);
}

static struct ouro_task *named(const char *name, ouro_task_fn *fn, void *arg)
{
    struct ouro_task *task;
    struct ouro_spawn_options options = {.name = name};
    ck_assert_int_eq(ouro_spawn_at(fn, arg, &options, &task, "fn", "there.c:7"), 0);
    return task;
}

/* The entry of that task in a dump; borrowed from it. */
static const json_t *entry_of(const json_t *dump, const char *name)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(json_object_get(dump, "tasks"), i, entry)
    {
        if (strcmp(json_string_value(json_object_get(entry, "name")), name) == 0)
            return entry;
    }
    ck_abort_msg("no task %s in the dump", name);
    return NULL;
}

static const char *text_of(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));
    return text ? text : "(null)";
}

static int64_t number_of(const json_t *entry, const char *key)
{
    return json_integer_value(json_object_get(entry, key));
}

static int await_it(void *task)
{
    return ouro_await(task, OURO_FOREVER, NULL);
}

static int nap_for_3s(void *unused)
{
    (void)unused;
    return ouro_sleep(OURO_SEC(3));
}

static int lock_it(void *lock)
{
    return ouro_lock_acquire(lock, OURO_FOREVER);
}

SIM_TEST(the_text_says_who_waits_for_what_and_for_how_long)
{
    struct ouro_lock lock;
    ouro_lock_init(&lock);
    ouro_lock_acquire(&lock, OURO_FOREVER);
    struct ouro_task *napper = named("napper", nap_for_3s, NULL); /* number 2: we are 1 */
    struct ouro_task *friend = named("friend", await_it, napper);
    struct ouro_task *locked = named("locked", lock_it, &lock);
    ouro_sleep(OURO_SEC(1));
    struct ouro_task *fresh = named("fresh", end_with, &(int){0});
    struct ouro_buf text = dump_text();

    assert_has(text.data, "loop: 5 tasks");
    assert_has(text.data, "task 2 napper (spawned at there.c:7) waits for sleep "
                          "(1.0 s, at most 2.0 s more); stack ");
    assert_has(text.data, "; awaited by 3\n");
    assert_has(text.data, "task 3 friend (spawned at there.c:7) waits for task (1.0 s);");
    assert_has(text.data, "task 4 locked (spawned at there.c:7) waits for lock (1.0 s);");
    assert_has(text.data, "task 5 fresh (spawned at there.c:7) is new;");
    assert_has(text.data, ") is running;");

    ouro_buf_done(&text);
    ouro_lock_release(&lock);
    ck_assert_int_eq(status_of(friend), 0);
    ck_assert_int_eq(status_of(napper), 0);
    ck_assert_int_eq(status_of(fresh), 0);
    ck_assert_int_eq(status_of(locked), 0);
    return 0;
}

SIM_TEST(the_json_says_the_same_to_programs)
{
    struct ouro_task *napper = named("napper", nap_for_3s, NULL);
    struct ouro_task *friend = named("friend", await_it, napper);
    ouro_sleep(OURO_SEC(1));
    json_t *dump = dump_json();

    const json_t *loop = json_object_get(dump, "loop"), *entry = entry_of(dump, "napper");
    ck_assert_int_eq(number_of(loop, "tasks"), 3);
    ck_assert_int_eq(number_of(loop, "spawned"), 3);
    ck_assert_int_eq(number_of(loop, "timers"), 1);
    ck_assert_int_eq(number_of(dump, "left_out"), 0);
    ck_assert_int_eq(number_of(entry, "number"), 2);
    ck_assert_str_eq(text_of(entry, "place"), "there.c:7");
    ck_assert_str_eq(text_of(entry, "state"), "waiting");
    ck_assert_str_eq(text_of(entry, "waits_for"), "sleep");
    ck_assert_int_eq(number_of(entry, "waits_ns"), OURO_SEC(1));
    ck_assert_int_eq(number_of(entry, "wakes_in_ns"), OURO_SEC(2));
    const json_t *awaiters = json_object_get(entry, "awaited_by");
    ck_assert_uint_eq(json_array_size(awaiters), 1);
    ck_assert_int_eq(json_integer_value(json_array_get(awaiters, 0)), 3);
    ck_assert(json_is_null(json_object_get(entry_of(dump, "friend"), "wakes_in_ns")));

    json_decref(dump);
    ck_assert_int_eq(status_of(friend), 0);
    ck_assert_int_eq(status_of(napper), 0);
    return 0;
}

__attribute__((noinline)) static int wait_in_here(void)
{
    volatile int rc = ouro_sleep(OURO_SEC(1));
    return rc;
}

static int wait_in_there(void *unused)
{
    (void)unused;
    volatile int rc = wait_in_here();
    return rc;
}

SIM_TEST(a_backtrace_names_static_functions)
{
    struct ouro_task *task = named("waiter", wait_in_there, NULL);
    ouro_yield();
    struct ouro_buf text = dump_text();
    json_t *dump = dump_json();
    const json_t *frames = json_object_get(entry_of(dump, "waiter"), "backtrace");
#ifdef OURO_UCONTEXT
    assert_has(text.data, "    (no backtrace: ");
    ck_assert_uint_eq(json_array_size(frames), 0);
#else
    size_t i, found = 0;
    const json_t *frame;
    assert_has(text.data, "    wait_in_here  test_runtime_dump+0x");
    assert_has(text.data, "    wait_in_there  test_runtime_dump+0x");
    json_array_foreach(frames, i, frame) found +=
        strcmp(text_of(frame, "function"), "wait_in_here") == 0 &&
        strncmp(text_of(frame, "offset"), "0x", 2) == 0;
    ck_assert_uint_eq(found, 1);
#endif
    json_decref(dump);
    ouro_buf_done(&text);
    ck_assert_int_eq(status_of(task), 0);
    return 0;
}

/* Touches that much of its stack, goes back up and waits. */
__attribute__((noinline)) static void dive(size_t bytes)
{
    volatile char *depth = __builtin_alloca(bytes);
    for (size_t i = 0; i < bytes; i += 64)
        depth[i] = 1;
}

static int dive_and_come_up(void *arg)
{
    dive(*(const size_t *)arg);
    return ouro_sleep(OURO_SEC(1));
}

SIM_TEST(where_pages_can_not_be_asked_for_the_depth_is_what_is_known)
{
    struct ouro_task *napper = named("napper", nap_for_3s, NULL);
    ouro_yield();
    forbid(SYS_mincore, EPERM);
    json_t *dump = dump_json();
    const json_t *stack = json_object_get(entry_of(dump, "napper"), "stack");
    ck_assert_int_gt(number_of(stack, "depth_bytes"), 0);
    ck_assert_int_eq(number_of(stack, "touched_bytes"), number_of(stack, "depth_bytes"));
    json_decref(dump);
    ck_assert_int_eq(status_of(napper), 0);
    return 0;
}

SIM_TEST(the_deepest_that_a_stack_ever_was_is_seen_from_its_pages)
{
    size_t bytes = 100000;
    struct ouro_task *diver = named("diver", dive_and_come_up, &bytes);
    struct ouro_task *napper = named("napper", nap_for_3s, NULL);
    ouro_yield();
    json_t *dump = dump_json();
    const json_t *deep = json_object_get(entry_of(dump, "diver"), "stack");
    const json_t *flat = json_object_get(entry_of(dump, "napper"), "stack");
    ck_assert_int_ge(number_of(deep, "touched_bytes"), (int64_t)bytes);
    ck_assert_int_lt(number_of(deep, "touched_bytes"), (int64_t)bytes * 2);
    ck_assert_int_lt(number_of(flat, "touched_bytes"), (int64_t)bytes);
    ck_assert_int_ge(number_of(flat, "touched_bytes"), number_of(flat, "depth_bytes"));
    ck_assert_int_gt(number_of(deep, "bytes"), OURO_STACK_BYTES - 4096);
    json_decref(dump);
    ck_assert_int_eq(status_of(diver), 0);
    ck_assert_int_eq(status_of(napper), 0);
    return 0;
}

SIM_TEST(a_name_from_far_away_can_forge_nothing)
{
    struct ouro_task *liar = named("x\ntask 99 \"admin\"", nap_for_3s, NULL);
    struct ouro_task *bytes = named("\xff\xfe", nap_for_3s, NULL);
    struct ouro_buf text = dump_text();
    json_t *dump = dump_json();
    assert_has(text.data, "task 2 x?task 99 \"admin\" (spawned");
    ck_assert_str_eq(text_of(entry_of(dump, "x\ntask 99 \"admin\""), "state"), "new");
    ck_assert_str_eq(text_of(entry_of(dump, "(not UTF-8)"), "state"), "new");
    json_decref(dump);
    ouro_buf_done(&text);
    ck_assert_int_eq(status_of(liar), 0);
    ck_assert_int_eq(status_of(bytes), 0);
    return 0;
}

static int yield_then_end(void *unused)
{
    (void)unused;
    ouro_yield();
    return 0;
}

SIM_TEST(ready_and_cancelled_are_told)
{
    struct ouro_task *ready = named("ready one", yield_then_end, NULL);
    ouro_yield();
    struct ouro_task *doomed = named("doomed", nap_for_3s, NULL);
    ouro_cancel(doomed);
    json_t *dump = dump_json();
    ck_assert_str_eq(text_of(entry_of(dump, "ready one"), "state"), "ready");
    ck_assert(!json_is_true(json_object_get(entry_of(dump, "ready one"), "cancelled")));
    ck_assert(json_is_true(json_object_get(entry_of(dump, "doomed"), "cancelled")));
    json_decref(dump);
    ck_assert_int_eq(status_of(ready), 0);
    ck_assert_int_eq(status_of(doomed), -ECANCELED);
    return 0;
}

#ifndef OURO_TSAN /* which has no room for so many */

SIM_TEST(a_dump_has_an_end)
{
    for (int i = 0; i < OURO_DUMP_TASKS_MAX + 4; i++)
        ck_assert_int_eq(ouro_spawn(nap_for_3s, NULL, NULL, NULL), 0);
    json_t *dump = dump_json();
    struct ouro_buf text = dump_text();
    ck_assert_uint_eq(json_array_size(json_object_get(dump, "tasks")), OURO_DUMP_TASKS_MAX);
    ck_assert_int_eq(number_of(dump, "left_out"), 5);
    ck_assert_str_eq(text.data + text.len - sizeof "and 5 more\n", "and 5 more\n");
    ouro_buf_done(&text);
    json_decref(dump);
    return 0;
}

#endif

SIM_TEST(lateness_is_added_up)
{
    struct ouro_loop *loop = ouro_loop_self();
    ouro_sleep(OURO_MS(1));
    ck_assert_int_eq(ouro_loop_stats(loop).late_ns_total, 0); /* virtual timers are never late */
    return 0;
}

/* --- by signal, and in the log ---------------------------------------------------------------- */

/* What was logged, by whatever thread. */
static struct {
    pthread_mutex_t lock;
    struct ouro_buf text;
} logged = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void keep_line(enum ouro_log_level level, const char *line, void *ud)
{
    (void)ud;
    pthread_mutex_lock(&logged.lock);
    if (level >= OURO_LOG_WARN)
        ouro_buf_printf(&logged.text, "%s\n", line);
    pthread_mutex_unlock(&logged.lock);
}

static bool was_logged(const char *part)
{
    pthread_mutex_lock(&logged.lock);
    bool found =
        logged.text.len > 0 && memmem(logged.text.data, logged.text.len, part, strlen(part));
    pthread_mutex_unlock(&logged.lock);
    return found;
}

static void keep_log(void)
{
    ouro_log_to(keep_line, NULL);
}

static void drop_log(void)
{
    ouro_log_to(NULL, NULL);
    ouro_buf_done(&logged.text);
}

static void assert_logged_soon(const char *part)
{
    int64_t give_up = ouro_after(OURO_SEC(10));
    while (!was_logged(part) && ouro_now() < give_up)
        ouro_sleep(OURO_MS(1));
    ck_assert_msg(was_logged(part), "no \"%s\" in:\n%.*s", part, (int)logged.text.len,
                  logged.text.data);
}

REAL_TEST(a_signal_makes_the_loop_log_its_dump)
{
    keep_log();
    ck_assert_int_eq(ouro_dump_on_signal(SIGUSR1), 0);
    struct ouro_task *napper = named("signalled", sleep_forever, NULL);
    ouro_yield();
    raise(SIGUSR1);
    assert_logged_soon("signalled (spawned at there.c:7) waits for sleep");
    ck_assert_int_eq(ouro_dump_on_signal(0), 0);
    ouro_cancel(napper);
    ck_assert_int_eq(status_of(napper), -ECANCELED);
    drop_log();
    return 0;
}

struct side {
    pthread_t thread;
    _Atomic bool there, leave;
};

static int side_body(void *arg)
{
    struct side *side = arg;
    struct ouro_task *napper = named("on the side", sleep_forever, NULL);
    side->there = true;
    while (!side->leave)
        ouro_sleep(OURO_MS(1));
    ouro_cancel(napper);
    return status_of(napper) == -ECANCELED ? 0 : -EPROTO;
}

static void *run_side(void *side)
{
    return ouro_run(side_body, side) == 0 ? side : NULL;
}

REAL_TEST(every_loop_of_the_process_is_asked)
{
    struct side side = {.there = false};
    void *ended;
    keep_log();
    ck_assert_int_eq(ouro_dump_on_signal(SIGUSR1), 0);
    ck_assert_int_eq(pthread_create(&side.thread, NULL, run_side, &side), 0);
    while (!side.there)
        ouro_sleep(OURO_MS(1));
    raise(SIGUSR1);
    assert_logged_soon("on the side (spawned at there.c:7)");
    assert_logged_soon("every_loop_of_the_process_is_asked_body (spawned at ");
    side.leave = true;
    ck_assert_int_eq(pthread_join(side.thread, &ended), 0);
    ck_assert_ptr_eq(ended, &side);
    raise(SIGUSR1); /* a loop that is gone is not asked */
    ouro_sleep(OURO_MS(1));
    ck_assert_int_eq(ouro_dump_on_signal(0), 0);
    drop_log();
    return 0;
}

/* Loops come and go while the signal comes again and again. */
REAL_TEST(loops_that_come_and_go_are_no_danger_to_the_handler)
{
    keep_log();
    ck_assert_int_eq(ouro_dump_on_signal(SIGUSR1), 0);
    for (int i = 0; i < 50; i++) {
        struct side side = {.there = false, .leave = true};
        void *ended;
        ck_assert_int_eq(pthread_create(&side.thread, NULL, run_side, &side), 0);
        do
            raise(SIGUSR1);
        while (!side.there);
        ck_assert_int_eq(pthread_join(side.thread, &ended), 0);
        ck_assert_ptr_eq(ended, &side);
        ouro_sleep(OURO_US(100));
    }
    ck_assert_int_eq(ouro_dump_on_signal(0), 0);
    drop_log();
    return 0;
}

static _Atomic int came;

static void count_signal(int signo)
{
    (void)signo;
    came++;
}

TEST(the_handler_of_the_program_comes_back)
{
    struct sigaction theirs = {.sa_handler = count_signal}, now;
    sigaction(SIGUSR1, &theirs, NULL);
    ck_assert_int_eq(ouro_dump_on_signal(SIGUSR1), 0);
    ck_assert_int_eq(ouro_dump_on_signal(SIGUSR1), 0); /* is the same thing */
    ck_assert_int_eq(ouro_dump_on_signal(SIGUSR2), -EBUSY);
    ck_assert_int_eq(ouro_dump_on_signal(0), 0);
    ck_assert_int_eq(ouro_dump_on_signal(0), 0);
    sigaction(SIGUSR1, NULL, &now);
    ck_assert(now.sa_handler == count_signal);
    raise(SIGUSR1);
    ck_assert_int_eq(came, 1);
}

TEST(a_handler_that_has_replaced_ours_stays)
{
    struct sigaction theirs = {.sa_handler = count_signal}, now;
    ck_assert_int_eq(ouro_dump_on_signal(SIGUSR1), 0);
    sigaction(SIGUSR1, &theirs, NULL);
    ck_assert_int_eq(ouro_dump_on_signal(0), 0);
    sigaction(SIGUSR1, NULL, &now);
    ck_assert(now.sa_handler == count_signal);
}

TEST(some_signals_can_not_be_had)
{
    ck_assert_int_eq(ouro_dump_on_signal(SIGKILL), -EINVAL);
    ck_assert_int_eq(ouro_dump_on_signal(-3), -EINVAL);
    ck_assert_int_eq(ouro_dump_on_signal(12345), -EINVAL);
    ck_assert_int_eq(ouro_dump_on_signal(0), 0);
}

static volatile int work; /* after a call, or it would be a jump */

static int wait_for_ever(void *unused)
{
    (void)unused;
    volatile int rc = ouro_sleep_until(OURO_FOREVER);
    return rc;
}

static int wait_in_vain(void *unused)
{
    (void)unused;
    struct ouro_task *tasks[25];
    for (int i = 0; i < 25; i++)
        tasks[i] = named("vain", wait_for_ever, NULL);
    work += wait_in_here();
    int rc = ouro_sleep_until(OURO_FOREVER);
    for (int i = 0; i < 25; i++) {
        ouro_cancel(tasks[i]);
        ouro_task_unref(tasks[i]);
    }
    return rc;
}

TEST(a_deadlock_shows_where_everybody_is)
{
    keep_log();
    ck_assert_int_eq(ouro_sim_run(SCENE_SEED, NULL, wait_in_vain, NULL), -OURO_EDEADLOCK);
    ck_assert(was_logged("deadlock: 26 tasks wait"));
    ck_assert(was_logged("task 1 wait_in_vain (spawned at "));
    ck_assert(was_logged(" waits for sleep ("));
    ck_assert(was_logged("and 6 more\n"));
#ifndef OURO_UCONTEXT
    ck_assert(was_logged("    wait_in_vain  test_runtime_dump+0x"));
    ck_assert(was_logged("    wait_for_ever  test_runtime_dump+0x"));
#endif
    drop_log();
}
