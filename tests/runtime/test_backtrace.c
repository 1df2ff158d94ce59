/* SPDX-License-Identifier: MIT */
/* Where a task is: walking its stack, and names for what is found there. */
#include "runtime/backtrace.h"
#include "runtime/loop.h"
#include "scene.h"

#include <signal.h>
#include <unistd.h>

/* Functions of the tests are told apart by name: they must exist, and must leave work for after
 * what they call, or the compiler makes a jump of the call and no frame is left. */
#define FRAME __attribute__((noinline))
static volatile int work;

/* As one text, "inner < middle < outer", with a `<` on either side. */
static const char *names_of(const struct ouro__backtrace *trace)
{
    static char text[4096];
    size_t len = (size_t)snprintf(text, sizeof text, "<");
    struct ouro__symbols *symbols = ouro__symbols_new();
    ck_assert_ptr_nonnull(symbols);
    for (unsigned i = 0; i < trace->count; i++) {
        const char *name = ouro__symbol_of(symbols, trace->at[i])->function;
        len += (size_t)snprintf(text + len, sizeof text - len, " %s <", name ? name : "?");
        ck_assert_uint_lt(len, sizeof text);
    }
    ouro__symbols_free(symbols);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text);
}

/* --- suspended tasks -------------------------------------------------------------------------- */

FRAME static int inner(void)
{
    int rc = ouro_sleep(OURO_SEC(1));
    work++;
    return rc;
}

FRAME static int middle(void)
{
    int rc = inner();
    work++;
    return rc;
}

FRAME static int outer(void *unused)
{
    (void)unused;
    int rc = middle();
    work++;
    return rc;
}

/* A task that has come to its first wait. */
static struct ouro_task *waiting(ouro_task_fn *fn, void *arg)
{
    struct ouro_task *task = started(fn, arg);
    ouro_yield();
    return task;
}

#ifndef OURO_UCONTEXT

SIM_TEST(a_suspended_task_shows_the_calls_that_led_to_its_wait)
{
    struct ouro__backtrace trace;
    struct ouro_task *task = waiting(outer, NULL);
    ouro__backtrace_suspended(task, &trace);
    assert_has(names_of(&trace), "< inner < middle < outer <");
    ck_assert_int_eq(status_of(task), 0);
    return 0;
}

SIM_TEST(looking_does_not_disturb_either_side)
{
    struct ouro_task *task = waiting(outer, NULL);
    volatile double before = 1.25;
    for (int i = 0; i < 100; i++) {
        struct ouro__backtrace trace;
        ouro__backtrace_suspended(task, &trace);
        ck_assert_uint_ge(trace.count, 4);
    }
    ck_assert(before == 1.25);
    ck_assert_int_eq(status_of(task), 0);
    return 0;
}

FRAME static int recurse(intptr_t depth)
{
    int rc = depth > 0 ? recurse(depth - 1) : inner();
    work++;
    return rc;
}

FRAME static int recurse_from(void *arg)
{
    int rc = recurse((intptr_t)arg);
    work++;
    return rc;
}

SIM_TEST(what_is_too_deep_is_cut_off_at_the_outer_end)
{
    struct ouro__backtrace trace;
    struct ouro_task *task = waiting(recurse_from, (void *)(intptr_t)100);
    ouro__backtrace_suspended(task, &trace);
    ck_assert_uint_eq(trace.count, OURO__FRAMES_MAX);
    assert_has(names_of(&trace), "< inner < recurse < recurse <");
    ck_assert_int_eq(status_of(task), 0);
    return 0;
}

/* As users' code is compiled by default: nothing in rbp that a chain could be made of. */
#if defined(__GNUC__) && !defined(__clang__)
__attribute__((optimize("O2", "omit-frame-pointer")))
#endif
FRAME static int
without_frame_pointer(void *unused)
{
    (void)unused;
    int rc = middle();
    work++;
    return rc;
}

SIM_TEST(code_without_frame_pointers_is_no_obstacle)
{
    struct ouro__backtrace trace;
    struct ouro_task *task = waiting(without_frame_pointer, NULL);
    ouro__backtrace_suspended(task, &trace);
    assert_has(names_of(&trace), "< inner < middle < without_frame_pointer <");
    ck_assert_int_eq(status_of(task), 0);
    return 0;
}

SIM_TEST(the_depth_of_a_stack_is_what_its_frames_take)
{
    struct ouro_task *shallow = waiting(outer, NULL);
    struct ouro_task *deep = waiting(recurse_from, (void *)(intptr_t)100);
    size_t least = 100 * 2 * sizeof(void *);
    ck_assert_uint_ge(ouro__stack_depth(deep), ouro__stack_depth(shallow) + least);
    ck_assert_uint_lt(ouro__stack_depth(deep), OURO_STACK_BYTES);
    ck_assert_int_eq(status_of(deep), 0);
    ck_assert_int_eq(status_of(shallow), 0);
    return 0;
}

#else

SIM_TEST(where_the_context_is_opaque_there_is_no_backtrace)
{
    struct ouro__backtrace trace = {.count = 1};
    struct ouro_task *task = waiting(outer, NULL);
    ouro__backtrace_suspended(task, &trace);
    ck_assert_uint_eq(trace.count, 0);
    ck_assert_uint_eq(ouro__stack_depth(task), 0);
    ck_assert_int_eq(status_of(task), 0);
    return 0;
}

#endif

/* --- where we are ourselves ------------------------------------------------------------------- */

FRAME static void look(struct ouro__backtrace *trace)
{
    ouro__backtrace_here(trace);
    work++;
}

SIM_TEST(the_running_task_ends_where_its_stack_begins)
{
    struct ouro__backtrace trace;
    look(&trace);
    const char *names = names_of(&trace);
    assert_has(names, "< look <");
    ck_assert_ptr_null(strstr(names, "ouro__run_ready")); /* the loop lies on another stack */
    return 0;
}

static struct ouro__backtrace interrupted;

static void look_from_handler(int signo)
{
    (void)signo;
    ouro__backtrace_here(&interrupted);
}

FRAME static void be_interrupted(void)
{
    raise(SIGUSR2);
    work++;
}

SIM_TEST(a_signal_handler_sees_what_it_has_interrupted)
{
    struct sigaction before, ours = {.sa_handler = look_from_handler};
    look(&interrupted);
    sigaction(SIGUSR2, &ours, &before);
    be_interrupted();
    sigaction(SIGUSR2, &before, NULL);
    assert_has(names_of(&interrupted), "< be_interrupted <");
#ifndef OURO_TSAN /* which calls handlers itself, later */
    ck_assert_ptr_null(strstr(names_of(&interrupted), "look_from_handler"));
#endif
    return 0;
}

/* --- names ------------------------------------------------------------------------------------ */

static uintptr_t address_of(void (*fn)(void))
{
    uintptr_t address;
    memcpy(&address, &fn, sizeof address);
    return address;
}

TEST(an_address_has_function_module_and_offset)
{
    struct ouro__symbols *symbols = ouro__symbols_new();
    const struct ouro__symbol *symbol = ouro__symbol_of(symbols, address_of(be_interrupted) + 1);
    ck_assert_str_eq(symbol->function, "be_interrupted");
    ck_assert_str_eq(symbol->module, "test_runtime_backtrace");
    ck_assert_uint_gt(symbol->offset, 0);
    ouro__symbols_free(symbols);
}

TEST(an_address_in_nothing_has_no_name)
{
    struct ouro__symbols *symbols = ouro__symbols_new();
    const struct ouro__symbol *symbol = ouro__symbol_of(symbols, 1);
    ck_assert_ptr_null(symbol->function);
    ck_assert_ptr_null(symbol->module);
    ck_assert_uint_eq(symbol->address, 1);
    ouro__symbols_free(symbols);
}

TEST(two_addresses_that_share_a_place_are_told_apart)
{
    struct ouro__symbols *symbols = ouro__symbols_new();
    uintptr_t address = address_of(be_interrupted);
    for (int round = 0; round < 2; round++) {
        ck_assert_str_eq(ouro__symbol_of(symbols, address)->function, "be_interrupted");
        uintptr_t other = address % OURO__SYMBOLS_KEPT;
        ck_assert_ptr_null(ouro__symbol_of(symbols, other ? other : OURO__SYMBOLS_KEPT)->function);
    }
    ouro__symbols_free(symbols);
}

/* Our own program as a file, in memory that ends where it ends: under ASan no byte beyond can be
 * read unseen. */
struct image {
    uint8_t *bytes;
    size_t len;
};

static struct image read_self(void)
{
    FILE *file = fopen("/proc/self/exe", "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    struct image image = {.len = (size_t)ftell(file)};
    image.bytes = malloc(image.len);
    rewind(file);
    ck_assert_uint_eq(fread(image.bytes, 1, image.len, file), image.len);
    fclose(file);
    return image;
}

static const char *name_in(uint8_t *bytes, size_t len, struct ouro__symbols *symbols)
{
    struct ouro__module *self = &symbols->modules[0];
    self->opened = true;
    self->file = bytes;
    self->bytes = len;
    memset(symbols->kept, 0, sizeof symbols->kept);
    const char *name = ouro__symbol_of(symbols, address_of(be_interrupted))->function;
    volatile size_t read = name ? strlen(name) : 0; /* all of it is there */
    (void)read;
    self->file = NULL;
    return name;
}

TEST(a_file_that_was_cut_off_is_not_read_beyond_its_end)
{
    struct ouro__symbols *symbols = ouro__symbols_new();
    struct image image = read_self();
    ck_assert_str_eq(name_in(image.bytes, image.len, symbols), "be_interrupted");
    for (size_t len = image.len - 1; len >= 64; len -= len / 17 + 1) {
        uint8_t *shorter = malloc(len);
        memcpy(shorter, image.bytes, len);
        ck_assert_ptr_null(name_in(shorter, len, symbols)); /* the sections' table is at the end */
        free(shorter);
    }
    free(image.bytes);
    ouro__symbols_free(symbols);
}

TEST(a_file_full_of_lies_is_survived)
{
    enum { ROUNDS = 300, LIES = 40 };
    struct ouro__symbols *symbols = ouro__symbols_new();
    struct image image = read_self();
    struct ouro_rng rng;
    ouro_rng_seed(&rng, 6);
    int wrong = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct {
            size_t at;
            uint8_t was;
        } lies[LIES];
        /* Into the header and the table of sections, where the numbers are that matter. */
        for (int i = 0; i < LIES; i++) {
            size_t at = i % 8 == 0 ? 4 + ouro_rng_below(&rng, 60)
                                   : image.len - 1 - ouro_rng_below(&rng, 2560);
            lies[i].at = at;
            lies[i].was = image.bytes[at];
            image.bytes[at] = (uint8_t)ouro_rng_next(&rng);
        }
        const char *name = name_in(image.bytes, image.len, symbols);
        wrong += !name || strcmp(name, "be_interrupted") != 0;
        for (int i = LIES - 1; i >= 0; i--)
            image.bytes[lies[i].at] = lies[i].was;
    }
    ck_assert_int_gt(wrong, 0); /* the lies did matter */
    ck_assert_str_eq(name_in(image.bytes, image.len, symbols), "be_interrupted");
    free(image.bytes);
    ouro__symbols_free(symbols);
}
