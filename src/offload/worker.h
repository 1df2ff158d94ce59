/* SPDX-License-Identifier: MIT */
/* Workers, for the pool of them. */
#ifndef OURO_OFFLOAD_WORKER_H
#define OURO_OFFLOAD_WORKER_H

#include "offload/process.h"

/* A worker's arguments are this and the name of its job; its channel is that descriptor. */
#define OURO__WORKER_ARGUMENT   "--ouro-worker"
#define OURO__WORKER_CHANNEL_FD 3
/* What is in the place of a job's name for a worker that does calls, and its function. */
#define OURO__WORKER_CALLS "*"
int ouro__worker_serve_calls(struct ouro_channel *channel);

/* The table of the program; NULL: ouro_workers_init() was not called. */
extern const struct ouro_worker_job *ouro__worker_jobs;
/* By name; NULL: none. */
const struct ouro_worker_job *ouro__worker_job(const char *name);

/* As ouro_worker_start(), for any name; on_end is called outside any task at the end of the
 * process. */
int ouro__worker_start(const char *name, void (*on_end)(struct ouro_process *process, void *ud),
                       void *ud, struct ouro_worker **ret_worker);
/* As ouro_worker_send(), for a message in two parts. */
int ouro__worker_send(struct ouro_worker *worker, const void *first, size_t first_bytes,
                      const void *second, size_t second_bytes, int64_t deadline);

#endif
