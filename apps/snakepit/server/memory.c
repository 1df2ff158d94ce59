/* SPDX-License-Identifier: MIT */
/* glibc has a setting for that ("glibc.malloc.hugetlb"), but the one of Debian 12 compares the
 * kernel's answer without an end to the text, and takes it or not by chance. */
#include "server/memory.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define TOP_PAD_DEFAULT (128 << 10)
#define PIECE_BYTES     (64 << 10)
#define PIECES_MAX      8 /* malloc() begins with 132 KiB */

static bool is_limited(int resource)
{
    struct rlimit limit;
    return getrlimit(resource, &limit) < 0 || limit.rlim_cur != RLIM_INFINITY;
}

/* What is left of the heap that is there is taken first; then it grows, by all that is asked for.
 */
static void grow(void)
{
    void *pieces[PIECES_MAX];
    const char *before = sbrk(0);
    int count = 0;
    mallopt(M_TOP_PAD, SNAKEPIT_HEAP_BYTES);
    while (count < PIECES_MAX && sbrk(0) == before)
        pieces[count++] = malloc(PIECE_BYTES);
    mallopt(M_TOP_PAD, TOP_PAD_DEFAULT);
    mallopt(M_TRIM_THRESHOLD, 2 * SNAKEPIT_HEAP_BYTES); /* or the first free() undid it */
    while (count > 0)
        free(pieces[--count]);
}

void snakepit_memory_in_large_pages(void)
{
    if (is_limited(RLIMIT_AS) || is_limited(RLIMIT_DATA))
        return;
    char *begin = sbrk(0);
    begin += -(uintptr_t)begin % (uintptr_t)sysconf(_SC_PAGESIZE);
    grow();
    char *end = sbrk(0);
    if (end > begin)
        madvise(begin, (size_t)(end - begin), MADV_HUGEPAGE);
}
