/* SPDX-License-Identifier: MIT */
/* The real world: CLOCK_MONOTONIC, epoll, getrandom. */
#include "runtime/loop.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_PER_POLL 256
/* Between busy turns the kernel is asked at most this often: a look costs some 300 ns, which 64
 * steps of a few nanoseconds would not be worth. */
#define BUSY_POLL_NS 20000
#define WAKE_DATA    UINT64_MAX
/* So many events before its turn a slot is brought from memory, and what it points to. */
#define AHEAD_SLOTS 4
#define AHEAD_IOS   2
/* Fetched at once: 256 bytes are the most that getrandom() never gives in part. */
#define RANDOM_AT_HAND 32

/* By descriptor number: who has it, how often it has changed hands, and which epoll looks at it. */
struct slot {
    struct ouro__io *io;
    uint32_t generation;
    int epoll_fd;
};

struct epoll_driver {
    struct ouro__driver base;
    int epoll_fd, wake_fd;
    int64_t polled_at;
    struct slot *slots;
    size_t slot_count;
    uint64_t random[RANDOM_AT_HAND]; /* each is given once, and then wiped */
    size_t random_left;
};

static struct epoll_driver *self(struct ouro__driver *driver)
{
    return ouro_container(driver, struct epoll_driver, base);
}

static int64_t epoll_now(struct ouro__driver *driver)
{
    (void)driver;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return OURO_SEC(now.tv_sec) + now.tv_nsec;
}

static int64_t epoll_wall(struct ouro__driver *driver)
{
    (void)driver;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return OURO_SEC(now.tv_sec) + now.tv_nsec;
}

static void drain_wake(struct epoll_driver *driver)
{
    uint64_t count;
    if (read(driver->wake_fd, &count, sizeof count) > 0)
        driver->base.loop->stats.wakes++;
}

/* A hang-up or an error concerns both sides: who waits tries again and finds out. */
static unsigned edges_of(uint32_t events)
{
    unsigned edges = 0;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        edges |= OURO_EDGE_READ;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
        edges |= OURO_EDGE_WRITE;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        edges |= OURO_EDGE_HANGUP;
    return edges;
}

static const struct slot *slot_of(const struct epoll_driver *driver,
                                  const struct epoll_event *event)
{
    return event->data.u64 == WAKE_DATA ? NULL : &driver->slots[(uint32_t)event->data.u64];
}

static void deliver(struct epoll_driver *driver, const struct epoll_event *event)
{
    const struct slot *slot = slot_of(driver, event);
    if (!slot)
        drain_wake(driver);
    else if (slot->io && slot->generation == event->data.u64 >> 32) /* else closed in this batch */
        ouro__io_event(slot->io, edges_of(event->events));
}

/* While one is dealt with, memory brings the slot of a later one, and what that of a sooner one
 * points to. */
static void look_ahead(const struct epoll_driver *driver, const struct epoll_event *next, int left)
{
    if (left > AHEAD_SLOTS)
        __builtin_prefetch(slot_of(driver, &next[AHEAD_SLOTS]));
    const struct slot *slot = left > AHEAD_IOS ? slot_of(driver, &next[AHEAD_IOS]) : NULL;
    if (slot)
        __builtin_prefetch(slot->io);
}

static void deliver_all(struct epoll_driver *driver, const struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        look_ahead(driver, &events[i], count - i);
        deliver(driver, &events[i]);
    }
}

static int wait_for_events(struct epoll_driver *driver, struct epoll_event *events, int64_t ns)
{
    if (ns == OURO_FOREVER)
        return epoll_wait(driver->epoll_fd, events, EVENTS_PER_POLL, -1);
    struct timespec timeout = {.tv_sec = ns / OURO_SEC(1), .tv_nsec = ns % OURO_SEC(1)};
    int count = epoll_pwait2(driver->epoll_fd, events, EVENTS_PER_POLL, &timeout, NULL);
    if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
        /* Linux before 5.11, and containers that refuse what they don't know, count milliseconds;
         * rounded up, or the last one would be spun away. */
        int64_t ms = (ns + OURO_MS(1) - 1) / OURO_MS(1);
        count = epoll_wait(driver->epoll_fd, events, EVENTS_PER_POLL,
                           ms > INT32_MAX ? INT32_MAX : (int)ms);
    }
    return count;
}

/* Sleep announced, then a last look at the inbox: see ouro_post(). A stop needs no look: it always
 * writes to the wake descriptor. */
static bool may_sleep(struct ouro_loop *loop)
{
    atomic_store(&loop->sleeping, true);
    return !ouro__posts_waiting(loop);
}

static int64_t epoll_poll(struct ouro__driver *base, int64_t until)
{
    struct epoll_driver *driver = self(base);
    struct ouro_loop *loop = base->loop;
    int64_t now = epoll_now(base), ns = until == OURO_FOREVER ? OURO_FOREVER : until - now;
    if (until == 0 && now - driver->polled_at < BUSY_POLL_NS)
        return now;

    loop->stats.polls++;
    struct epoll_event events[EVENTS_PER_POLL];
    bool sleep = ns > 0 && may_sleep(loop);
    atomic_store_explicit(&loop->polling, true, memory_order_relaxed);
    int count = wait_for_events(driver, events, sleep ? ns : 0);
    atomic_store_explicit(&loop->polling, false, memory_order_relaxed);
    atomic_store_explicit(&loop->sleeping, false, memory_order_relaxed);
    driver->polled_at = loop->now = epoll_now(base);
    if (sleep)
        loop->stats.idle_ns += loop->now - now;
    loop->stats.polls_full += count == EVENTS_PER_POLL;
    deliver_all(driver, events, count);
    return loop->now;
}

static void epoll_wake(struct ouro__driver *driver)
{
    uint64_t one = 1;
    ssize_t written = write(self(driver)->wake_fd, &one, sizeof one);
    (void)written; /* full means: already woken */
}

static int slots_reach(struct epoll_driver *driver, int fd)
{
    if ((size_t)fd < driver->slot_count)
        return 0;
    size_t count = driver->slot_count ? driver->slot_count : 64;
    while (count <= (size_t)fd)
        count *= 2;
    struct slot *slots = realloc(driver->slots, count * sizeof *slots);
    if (!slots)
        return -ENOMEM;
    for (size_t i = driver->slot_count; i < count; i++)
        slots[i] = (struct slot){0};
    driver->slots = slots;
    driver->slot_count = count;
    return 0;
}

static int add(int epoll_fd, int fd, uint32_t generation)
{
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
        .data.u64 = (uint64_t)generation << 32 | (uint32_t)fd,
    };
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int epoll_watch(struct ouro__driver *base, struct ouro__io *io)
{
    struct epoll_driver *driver = self(base);
    int rc = io->fd < 0 ? -EBADF : slots_reach(driver, io->fd);
    if (rc < 0)
        return rc;
    struct slot *slot = &driver->slots[io->fd];
    uint32_t generation = slot->generation + 1;
    rc = add(driver->epoll_fd, io->fd, generation);
    if (rc == 0) /* -EEXIST: the slot is another's and stays as it is */
        *slot = (struct slot){io, generation, driver->epoll_fd};
    return rc;
}

static void epoll_unwatch(struct ouro__driver *base, struct ouro__io *io)
{
    struct slot *slot = &self(base)->slots[io->fd];
    ouro_assert(slot->io == io);
    slot->io = NULL;
    epoll_ctl(slot->epoll_fd, EPOLL_CTL_DEL, io->fd, NULL);
}

/* --- sets ------------------------------------------------------------------------------------- */

static int epoll_set_open(struct ouro__driver *driver, struct ouro__io_set *set)
{
    (void)driver;
    set->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return set->epoll_fd < 0 ? -errno : 0;
}

/* Into the new one before out of the old one: who can't be added stays where it is. */
static int move_slot(struct slot *slot, int fd, int to)
{
    if (slot->epoll_fd == to)
        return 0;
    int rc = add(to, fd, slot->generation);
    if (rc < 0)
        return rc;
    epoll_ctl(slot->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    slot->epoll_fd = to;
    return 0;
}

static int epoll_move(struct ouro__driver *base, struct ouro__io *io, struct ouro__io_set *set)
{
    struct epoll_driver *driver = self(base);
    return move_slot(&driver->slots[io->fd], io->fd, set ? set->epoll_fd : driver->epoll_fd);
}

/* A connection that the kernel has no memory to watch is cut, and its owner told: better than one
 * that waits for an edge that never comes. */
static void cut(struct slot *slot, int fd)
{
    shutdown(fd, SHUT_RDWR);
    ouro__io_event(slot->io, OURO_EDGE_READ | OURO_EDGE_WRITE | OURO_EDGE_HANGUP);
}

static void epoll_set_close(struct ouro__driver *base, struct ouro__io_set *set)
{
    struct epoll_driver *driver = self(base);
    for (size_t fd = 0; fd < driver->slot_count; fd++) {
        struct slot *slot = &driver->slots[fd];
        if (slot->io && slot->epoll_fd == set->epoll_fd &&
            move_slot(slot, (int)fd, driver->epoll_fd) < 0)
            cut(slot, (int)fd);
    }
    close(set->epoll_fd);
    set->epoll_fd = -1;
}

static void epoll_look(struct ouro__driver *base, struct ouro__io_set *set)
{
    struct epoll_event events[EVENTS_PER_POLL];
    int count;
    base->loop->stats.polls++;
    do {
        count = epoll_wait(set->epoll_fd, events, EVENTS_PER_POLL, 0);
        deliver_all(self(base), events, count);
    } while (count == EVENTS_PER_POLL);
}

/* A container that refuses getrandom() has the file. */
static bool read_random(void *buf, size_t len)
{
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    bool whole = fd >= 0 && read(fd, buf, len) == (ssize_t)len;
    if (fd >= 0)
        close(fd);
    return whole;
}

static void fetch_random(struct epoll_driver *driver)
{
    const size_t len = sizeof driver->random;
    ssize_t got;
    do
        got = getrandom(driver->random, len, 0);
    while (got < 0 && errno == EINTR); /* at the first start of a machine */
    if (got != (ssize_t)len)
        ouro_assert(
            read_random(driver->random, len)); /* what can be guessed is worse than an end */
    driver->random_left = RANDOM_AT_HAND;
}

/* Of secrets and of masks (RFC 6455 10.3): from the kernel, and nobody gets the same one again. A
 * child has a copy of what is at hand, but no loop to ask for it. */
static uint64_t epoll_random(struct ouro__driver *base)
{
    struct epoll_driver *driver = self(base);
    if (driver->random_left == 0)
        fetch_random(driver);
    uint64_t *at = &driver->random[--driver->random_left], value = *at;
    *at = 0;
    return value;
}

static void epoll_free(struct ouro__driver *base)
{
    struct epoll_driver *driver = self(base);
    if (driver->wake_fd >= 0)
        close(driver->wake_fd);
    if (driver->epoll_fd >= 0)
        close(driver->epoll_fd);
    free(driver->slots);
    free(driver);
}

static const struct ouro__driver_ops epoll_ops = {
    .now = epoll_now,
    .wall = epoll_wall,
    .poll = epoll_poll,
    .wake = epoll_wake,
    .watch = epoll_watch,
    .unwatch = epoll_unwatch,
    .set_open = epoll_set_open,
    .set_close = epoll_set_close,
    .move = epoll_move,
    .look = epoll_look,
    .random = epoll_random,
    .free = epoll_free,
};

static int open_fds(struct epoll_driver *driver)
{
    driver->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (driver->epoll_fd < 0)
        return -errno;
    driver->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (driver->wake_fd < 0)
        return -errno;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = WAKE_DATA};
    if (epoll_ctl(driver->epoll_fd, EPOLL_CTL_ADD, driver->wake_fd, &event) < 0)
        return -errno;
    return 0;
}

int ouro__driver_epoll_new(struct ouro_loop *loop, struct ouro__driver **ret_driver)
{
    struct epoll_driver *driver = calloc(1, sizeof *driver);
    if (!driver)
        return -ENOMEM;
    driver->base = (struct ouro__driver){.ops = &epoll_ops, .loop = loop};
    driver->epoll_fd = driver->wake_fd = -1;
    int rc = open_fds(driver);
    if (rc < 0) {
        epoll_free(&driver->base);
        return rc;
    }
    *ret_driver = &driver->base;
    return 0;
}

bool ouro__loop_is_simulated(const struct ouro_loop *loop)
{
    return loop->driver->ops != &epoll_ops;
}
