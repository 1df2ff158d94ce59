/* SPDX-License-Identifier: MIT */
/* Where the data of players lie. */
#ifndef SNAKEPIT_MEMORY_H
#define SNAKEPIT_MEMORY_H

/* Memory from malloc() comes in pages of 2 MiB from now on, if the kernel gives them to who asks:
 * what a player has lies in a dozen places, and with ten thousand of them in one world, looking up
 * the addresses took a sixth of the server's own time. Before there are threads. Where it can't be
 * had, nothing changes. */
void snakepit_memory_in_large_pages(void);

#endif
