/* SPDX-License-Identifier: MIT */
/* A simulated world, for the rooms above: a place for what they simulate themselves, and the trace
 * that they add to. On the loop's thread; the loop is simulated (assert). */
#ifndef OURO_RUNTIME_SIM_H
#define OURO_RUNTIME_SIM_H

#include "ouro/runtime.h"

/* Lives as long as the world that it is a part of. */
struct ouro__sim_part {
    void (*free)(struct ouro__sim_part *part);
};

/* Where the world keeps its network; NULL there: it has none yet. */
struct ouro__sim_part **ouro__sim_network(void);
/* Add a line to the trace, behind the time; without a trace, nothing. */
void ouro__sim_tell(const char *fmt, ...) OURO_PRINTF(1, 2);
/* Would that be seen by anybody? Where it is not cheap to say. */
bool ouro__sim_is_traced(void);

#endif
