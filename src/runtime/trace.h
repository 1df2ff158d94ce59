/* SPDX-License-Identifier: MIT */
/* What happens in a simulation, as lines of text: the same from run to run, so that two runs can be
 * compared. Nothing in them depends on where something lies in memory or on the real clock. */
#ifndef OURO_RUNTIME_TRACE_H
#define OURO_RUNTIME_TRACE_H

#include "runtime/loop.h"

struct ouro__trace {
    ouro_sim_trace *sink; /* NULL: nobody looks */
    void *ud;
    uint64_t spawned_told; /* tasks up to this number have been */
};

void ouro__trace_step_begins(struct ouro__trace *trace, const struct ouro_task *task);
/* The task may have ended; it is held. */
void ouro__trace_step_ended(struct ouro__trace *trace, const struct ouro_task *task);
void ouro__trace_timer(struct ouro__trace *trace, struct ouro_loop *loop,
                       const struct ouro_timer *timer);
void ouro__trace_text(struct ouro__trace *trace, struct ouro_loop *loop, const char *fmt,
                      va_list args);

#endif
