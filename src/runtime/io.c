/* SPDX-License-Identifier: MIT */
/* A watched file descriptor: who waits for it, and what the kernel's edges do. */
#include "runtime/loop.h"

#include <unistd.h>

int ouro__io_open(struct ouro__io *io, int fd)
{
    struct ouro_loop *loop = ouro__loop;
    io->fd = fd;
    io->waiter[OURO__READ] = io->waiter[OURO__WRITE] = NULL;
    int rc = loop->driver->ops->watch(loop->driver, io);
    if (rc < 0)
        return rc;
    loop->ios++;
    return 0;
}

/* The slot of a waiter points at its io as long as the io points at it: once it has been taken out,
 * the io may be gone before the task runs. */
static void wake_side(struct ouro__io *io, enum ouro__direction direction, int result)
{
    struct ouro__waiter *waiter = io->waiter[direction];
    if (!waiter)
        return;
    io->waiter[direction] = NULL;
    waiter->slot = NULL;
    ouro__wake(waiter, result);
}

int ouro__io_release(struct ouro__io *io)
{
    struct ouro_loop *loop = ouro__loop;
    ouro_assert(!io->waiter[OURO__READ] && !io->waiter[OURO__WRITE]);
    loop->driver->ops->unwatch(loop->driver, io);
    loop->ios--;
    int fd = io->fd;
    io->fd = -1;
    return fd;
}

void ouro__io_close(struct ouro__io *io)
{
    wake_side(io, OURO__READ, -OURO_ECLOSED);
    wake_side(io, OURO__WRITE, -OURO_ECLOSED);
    close(ouro__io_release(io));
}

int ouro__io_wait(struct ouro__io *io, enum ouro__direction direction, int64_t deadline)
{
    if (io->waiter[direction])
        return -EBUSY;
    struct ouro__waiter waiter = {.task = ouro__loop->current, .slot = io};
    io->waiter[direction] = &waiter;
    int rc = ouro__suspend(deadline, direction == OURO__READ ? "read" : "write");
    if (waiter.slot)
        io->waiter[direction] = NULL;
    return rc;
}

void ouro__io_event(struct ouro__io *io, unsigned edges)
{
    if (io->on_edge && io->on_edge(io, edges))
        return;
    if (edges & OURO_EDGE_READ)
        wake_side(io, OURO__READ, 0);
    if (edges & OURO_EDGE_WRITE)
        wake_side(io, OURO__WRITE, 0);
}
