/* SPDX-License-Identifier: MIT */
/* Where the data of players lie. */
#ifndef SNAKEPIT_MEMORY_H
#define SNAKEPIT_MEMORY_H

/* The heap of the main thread is extended once, by SNAKEPIT_HEAP_BYTES of addresses, and these are
 * asked for in pages of 2 MiB: what a player has lies in a dozen places, and with ten thousand of
 * them in one world, looking up the addresses took a sixth of the server's own time. Memory that
 * was used once is kept for later, and not given back; and large tables that are all but empty are
 * in memory, too, 6 MB of a server at rest. Call it before there are threads. Where addresses are
 * limited nothing is done; where the kernel has no such pages, small ones do. */
#define SNAKEPIT_HEAP_BYTES (128 << 20)
void snakepit_memory_in_large_pages(void);

#endif
