/* SPDX-License-Identifier: MIT */
/**
 * apart: clients whose kernel works on their own core.
 *
 * On loopback a send does all that the receiver's kernel has to do, too, and a server on one core
 * is charged with half of the work of clients on the other. With a network between them it would
 * not be. The kernel can hand what comes in over loopback to a core of our choice ("receive packet
 * steering", Documentation/networking/scaling.rst of Linux): the load generator's, where the
 * replies of clients are worked off in any case.
 */
#ifndef BENCH_APART_H
#define BENCH_APART_H

#define APART_SETTING_BYTES 512

struct apart {
    char before[APART_SETTING_BYTES]; /* empty: nothing was changed */
};

/** All that loopback delivers, in the whole machine, is received on that core from now on.
 *  -EACCES: that takes root; -ENOENT: the kernel can't. */
int apart_begin(struct apart *apart, int core);
/** As it was. Who is killed meanwhile leaves the setting behind; `echo 0` into the file undoes it.
 */
void apart_end(struct apart *apart);

#endif
