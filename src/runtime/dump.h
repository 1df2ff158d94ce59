/* SPDX-License-Identifier: MIT */
/* A dump in parts, for what tells of tasks to people. */
#ifndef OURO_RUNTIME_DUMP_H
#define OURO_RUNTIME_DUMP_H

#include "runtime/backtrace.h"

/* The first `tasks_max` tasks as text; nothing, if there is no memory. */
void ouro__dump_tasks(struct ouro_loop *loop, size_t tasks_max, struct ouro_buf *out);

#endif
