/* SPDX-License-Identifier: MIT */
/* A tape: a new file that grows as long as the game goes on. What is put into it leaves by a
 * thread, so that a slow disk makes nobody wait. When it can't go on (it is full, the disk is, or
 * too slow) that is said once in the log, and whatever comes then is dropped. */
#ifndef SNAKEPIT_TAPE_H
#define SNAKEPIT_TAPE_H

#include <ouro/base.h>

/* Name of a file in the folder, with its NUL. */
#define TAPE_NAME_BYTES 64

struct tape;

struct tape_options {
    const char *folder; /* made if it is missing */
    const char *kind;
    uint64_t bytes_max;
    uint32_t files_max; /* of this kind in the folder, the new one included (any number) */
};

/* A file "KIND-20260101-000000.tape" in the folder, of the second that it begins in, or of the next
 * that is free. Once it is there the oldest others of its kind, by their names, are removed as far
 * as there are too many; no other file is touched. Waits for the disk. 0; why not, and the log has
 * said so; -ENOMEM. */
int tape_open(const struct tape_options *options, struct tape **ret_tape);
/* Put that behind what is there. */
void tape_put(struct tape *tape, const void *data, size_t len);
/* Have what was put written, soon. */
void tape_flush(struct tape *tape);
/* False: it has ended before its time. */
bool tape_goes_on(const struct tape *tape);
/* How many bytes more it may have. */
uint64_t tape_left(const struct tape *tape);
const char *tape_name(const struct tape *tape);
/* Write what is left, and close. Waits for the disk, whatever is cancelled. NULL is fine. Returns
 * NULL. */
struct tape *tape_close(struct tape *tape);

/* May that be the name of a tape? No way out of the folder. Pure. */
bool tape_name_valid(const char *name);

#endif
