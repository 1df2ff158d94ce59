/* SPDX-License-Identifier: MIT */
/**
 * sinks: what measures a room's state (ouro/state.h) without sockets: players that take what they
 * are sent and do nothing, and a clock that the linker puts around the two functions that find out
 * what has changed and encode it (--wrap).
 */
#ifndef BENCH_SINKS_H
#define BENCH_SINKS_H

#include <ouro/state.h>

extern const struct ouro_player_ops sink_ops;

/** How long these two functions took since the last call. */
int64_t sinks_encode_ns(void);

#endif
