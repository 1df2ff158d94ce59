/* SPDX-License-Identifier: MIT */
/* Connections that have been told why they are not wanted, and may still be sending. To close a
 * socket with unread bytes resets it, and the reset may overtake our last word; so what they send
 * is dropped for a moment, without a task, and only of so many at a time. */
#ifndef OURO_SERVER_LEAVERS_H
#define OURO_SERVER_LEAVERS_H

#include "ouro/net.h"

#define OURO__LEAVERS_MAX      256
#define OURO__LEAVERS_SHARE    8 /* one in so many of all open files, at the most */
#define OURO__LEAVER_NS_MAX    OURO_SEC(1)
#define OURO__LEAVER_BYTES_MAX (64 * 1024)

struct ouro__leavers {
    struct ouro_link all;
    size_t count, most;
};

/* How many there are at a time, where so many files may be open. */
size_t ouro__leavers_most(uint64_t files);
void ouro__leavers_init(struct ouro__leavers *leavers);
/* Close those that are left. */
void ouro__leavers_done(struct ouro__leavers *leavers);
/* Takes the stream, to which all has been written. */
void ouro__leavers_add(struct ouro__leavers *leavers, struct ouro_stream *stream);

#endif
