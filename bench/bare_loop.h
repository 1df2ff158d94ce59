/* SPDX-License-Identifier: MIT */
/**
 * bare_loop: what the bare servers have in common: listen, say where, accept, wait for what can be
 * read. Nothing else, so that what they cost is what the kernel costs.
 */
#ifndef BENCH_BARE_LOOP_H
#define BENCH_BARE_LOOP_H

#include <stddef.h>

struct bare_loop {
    int listener, epoll;
};

/** Listen on a free port of 127.0.0.1, which is printed as http://127.0.0.1:PORT. */
int bare_open(struct bare_loop *loop);
/** The descriptor of the next connection, watched; or a negative errno. */
int bare_accept(const struct bare_loop *loop);
/** Accept whoever comes, and call on_readable for each that can be read. Until it fails. */
int bare_run(const struct bare_loop *loop, void (*on_readable)(int fd));

/** The answer to the handshake with the one key that the load generator uses. */
int bare_greet(int fd);

#endif
