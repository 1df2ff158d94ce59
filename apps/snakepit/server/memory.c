/* SPDX-License-Identifier: MIT */
/* glibc has a setting for that ("glibc.malloc.hugetlb"), but the one of Debian 12 compares the
 * kernel's answer without an end to the text, and takes it or not by chance. */
#include "server/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Asked for at once. Nothing but addresses, until it is used. */
#define HEAP_BYTES (256 << 20)
/* Blocks up to this lie in the heap, and not in pages of their own. */
#define BLOCK_BYTES_MAX (8 << 20)

#define PIECE_BYTES (64 << 10)
#define PIECES_MAX  8 /* malloc() begins with 132 KiB */

/* What is left of the heap that is there is taken first; then it grows, by all that is asked for.
 */
static void grow(void)
{
    void *pieces[PIECES_MAX];
    const char *before = sbrk(0);
    int count = 0;
    while (count < PIECES_MAX && sbrk(0) == before)
        pieces[count++] = malloc(PIECE_BYTES);
    while (count > 0)
        free(pieces[--count]);
}

void snakepit_memory_in_large_pages(void)
{
    char *begin = sbrk(0);
    begin += -(uintptr_t)begin % (uintptr_t)sysconf(_SC_PAGESIZE);
    mallopt(M_MMAP_THRESHOLD, BLOCK_BYTES_MAX);
    mallopt(M_TOP_PAD, HEAP_BYTES);
    grow();
    char *end = sbrk(0);
    if (end > begin)
        madvise(begin, (size_t)(end - begin), MADV_HUGEPAGE);
    else
        mallopt(M_TOP_PAD, 0); /* there are not so many addresses: it grows by what is needed */
}
