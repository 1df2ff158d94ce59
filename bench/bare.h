/* SPDX-License-Identifier: MIT */
/**
 * bare: the limit that a server is measured against. A WebSocket server that does nothing but
 * `send` one frame, made beforehand, to every socket at every tick: no parsing, no queue, no
 * waiting for readiness. What it costs is what the kernel costs.
 *
 * It accepts and shakes hands until a client sends a message with "join" in it, as a game begins
 * when somebody joins; from then on it sleeps to absolute deadlines and sends.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <stddef.h>

#define BARE_CLIENTS_MAX    65536
#define BARE_WIRE_BYTES_MIN 64
#define BARE_WIRE_BYTES_MAX 65536

/**
 * Serve on a free port of 127.0.0.1, which is printed as http://127.0.0.1:PORT, at `tick_hz`, with
 * frames of `wire_bytes`, header included, cut to the two limits above. Blocks until it is killed;
 * returns a negative errno on failure.
 */
int bare_serve(double tick_hz, size_t wire_bytes);

#endif
