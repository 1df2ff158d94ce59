/* SPDX-License-Identifier: MIT */
/* What scenarios are written with.
 *
 *     SCENARIO(net, pair)
 *     {
 *         in_loop(pair);
 *     }
 *
 * A scenario runs once as it is; then again and again, each time in a process of its own, with
 * another call of the library failing; after each of these a second time with nothing failing. So a
 * scenario goes on after a failure as a careful program would, and gives everything back. */
#ifndef OURO_TORTURE_H
#define OURO_TORTURE_H

#include "fail.h"

#include <ouro/game.h>
#include <ouro/match.h>
#include <ouro/offload.h>
#include <ouro/server.h>
#include <ouro/store.h>
#include <ouro/sync.h>
#include <ouro/web.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct scenario {
    const char *name;
    void (*body)(void);
    struct scenario *next;
};
void scenario_register(struct scenario *scenario);

#define SCENARIO(ROOM, NAME)                                                   \
    static void ROOM##_##NAME(void);                                           \
    __attribute__((constructor)) static void ROOM##_##NAME##_register(void)    \
    {                                                                          \
        static struct scenario scenario = {#ROOM "." #NAME, ROOM##_##NAME, 0}; \
        scenario_register(&scenario);                                          \
    }                                                                          \
    static void ROOM##_##NAME(void)

/** Whatever fails, this holds. */
#define expect(cond) ((cond) ? (void)0 : scenario_failed(OURO_HERE, #cond))
_Noreturn void scenario_failed(const char *place, const char *what);

/** In the list of documented errors: what the system said, as it said it. */
#define AS_THE_SYSTEM_SAYS 1

/**
 * True: the call went well. Otherwise its error is one of those that its header names, and
 * something was made to fail.
 */
#define went(rc, ...) went_at((rc), (const int[]){__VA_ARGS__, 0}, OURO_HERE, #rc)
bool went_at(int rc, const int *documented, const char *place, const char *call);

/** Run it as the first task of a loop, if one can be had. Its status is 0. */
#define in_loop(fn)           in_loop_at((fn), NULL, #fn, OURO_HERE)
#define in_loop_with(fn, arg) in_loop_at((fn), (arg), #fn, OURO_HERE)
void in_loop_at(ouro_task_fn *fn, void *arg, const char *fn_name, const char *place);
#define in_sim(fn) in_sim_at((fn), #fn, OURO_HERE)
void in_sim_at(ouro_task_fn *fn, const char *fn_name, const char *place);

/** Long enough for what must happen at all, and short enough to be told from a hang. */
#define SOON ouro_after(OURO_SEC(3))
/** For what will not happen once something has failed. */
#define BRIEFLY ouro_after(OURO_MS(20))
/** For what must happen unless something has failed. */
#define PATIENTLY (fail_hit() ? BRIEFLY : SOON)

/** A folder that is empty, and the name of a file in it; emptied before each run. */
const char *scratch_path(const char *name);

/** A task, awaited and released; its status, or the error of the spawn. */
struct ouro_task *started_at(ouro_task_fn *fn, void *arg, const char *name);
#define started(fn, arg) started_at((fn), (arg), #fn)
/** NULL: -ENOMEM. */
int status_of(struct ouro_task *task);

/** A thread of the scenario's own, which can always be had. */
pthread_t thread_of(void *(*fn)(void *arg), void *arg);

/** What this program is when it has been started as a worker, or as a server of a group. */
extern const struct ouro_worker_job torture_jobs[];
void torture_be_server(void);

#endif
