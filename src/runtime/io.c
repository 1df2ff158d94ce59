/* SPDX-License-Identifier: MIT */
/* A watched file descriptor: who waits for it, and what the kernel's edges do. */
#include "runtime/loop.h"

#include <unistd.h>

int ouro__io_open(struct ouro__io *io, int fd)
{
    struct ouro_loop *loop = ouro__loop;
    io->fd = fd;
    ouro_list_init(&io->waiters[OURO__READ]);
    ouro_list_init(&io->waiters[OURO__WRITE]);
    int rc = loop->driver->ops->watch(loop->driver, io);
    if (rc < 0)
        return rc;
    loop->ios++;
    return 0;
}

int ouro__io_release(struct ouro__io *io)
{
    struct ouro_loop *loop = ouro__loop;
    ouro_assert(ouro_list_empty(&io->waiters[OURO__READ]));
    ouro_assert(ouro_list_empty(&io->waiters[OURO__WRITE]));
    loop->driver->ops->unwatch(loop->driver, io);
    loop->ios--;
    int fd = io->fd;
    io->fd = -1;
    return fd;
}

void ouro__io_close(struct ouro__io *io)
{
    ouro__wake_all(&io->waiters[OURO__READ], -OURO_ECLOSED);
    ouro__wake_all(&io->waiters[OURO__WRITE], -OURO_ECLOSED);
    close(ouro__io_release(io));
}

int ouro__io_wait(struct ouro__io *io, enum ouro__direction direction, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    if (!ouro_list_empty(&io->waiters[direction]))
        return -EBUSY;
    const char *what = direction == OURO__READ ? "read" : "write";
    return ouro__wait(&io->waiters[direction], NULL, deadline, what);
}

void ouro__io_event(struct ouro__io *io, unsigned edges)
{
    if (edges & OURO_EDGE_READ)
        ouro__wake_all(&io->waiters[OURO__READ], 0);
    if (edges & OURO_EDGE_WRITE)
        ouro__wake_all(&io->waiters[OURO__WRITE], 0);
    if (io->on_edge)
        io->on_edge(io, edges);
}

/* --- sets ------------------------------------------------------------------------------------- */

int ouro__io_set_open(struct ouro__io_set *set)
{
    struct ouro__driver *driver = ouro__loop->driver;
    return driver->ops->set_open ? driver->ops->set_open(driver, set) : -ENOTSUP;
}

void ouro__io_set_close(struct ouro__io_set *set)
{
    ouro__loop->driver->ops->set_close(ouro__loop->driver, set);
}

int ouro__io_move(struct ouro__io *io, struct ouro__io_set *set)
{
    return ouro__loop->driver->ops->move(ouro__loop->driver, io, set);
}

void ouro__io_set_look(struct ouro__io_set *set)
{
    ouro__loop->driver->ops->look(ouro__loop->driver, set);
}
