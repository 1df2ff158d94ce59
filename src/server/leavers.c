/* SPDX-License-Identifier: MIT */
#include "server/leavers.h"

#include <stdlib.h>
#include <sys/resource.h>

struct leaver {
    struct ouro_link link;
    struct ouro__leavers *leavers;
    struct ouro_stream *stream;
    struct ouro_timer timer;
    size_t left_bytes;
};

static void leaver_free(struct leaver *leaver)
{
    ouro_unlink(&leaver->link);
    leaver->leavers->count--;
    ouro_timer_stop(&leaver->timer);
    ouro_stream_close(leaver->stream);
    free(leaver);
}

static void on_timer(struct ouro_timer *timer)
{
    leaver_free(ouro_container(timer, struct leaver, timer));
}

static void drop_bytes(struct leaver *leaver)
{
    static _Thread_local char dropped[16 * 1024]; /* nobody looks at it */
    int got;
    while ((got = ouro_stream_try_read(leaver->stream, dropped, sizeof dropped)) > 0 &&
           (size_t)got <= leaver->left_bytes)
        leaver->left_bytes -= (size_t)got;
    if (got != -EAGAIN) /* its end, or more of it than we care for */
        leaver_free(leaver);
}

static void on_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    (void)stream;
    if (edges & (OURO_EDGE_READ | OURO_EDGE_HANGUP))
        drop_bytes(ud);
}

static struct leaver *leaver_new(struct ouro__leavers *leavers, struct ouro_stream *stream)
{
    struct leaver *leaver = calloc(1, sizeof *leaver);
    if (!leaver)
        return NULL;
    *leaver = (struct leaver){.leavers = leavers,
                              .stream = stream,
                              .timer = {.fn = on_timer},
                              .left_bytes = OURO__LEAVER_BYTES_MAX};
    if (ouro_timer_start(&leaver->timer, ouro_after(OURO__LEAVER_NS_MAX)) == 0)
        return leaver;
    free(leaver);
    return NULL;
}

size_t ouro__leavers_most(uint64_t files)
{
    uint64_t share = files / OURO__LEAVERS_SHARE;
    return share < OURO__LEAVERS_MAX ? (size_t)share : OURO__LEAVERS_MAX;
}

void ouro__leavers_init(struct ouro__leavers *leavers)
{
    struct rlimit files = {.rlim_cur = 0};
    getrlimit(RLIMIT_NOFILE, &files);
    ouro_list_init(&leavers->all);
    leavers->count = 0;
    leavers->most = ouro__leavers_most(files.rlim_cur);
}

void ouro__leavers_add(struct ouro__leavers *leavers, struct ouro_stream *stream)
{
    ouro_stream_shutdown(stream);
    struct leaver *leaver = leavers->count < leavers->most ? leaver_new(leavers, stream) : NULL;
    if (!leaver) {
        ouro_stream_close(stream);
        return;
    }
    leavers->count++;
    ouro_list_push(&leavers->all, &leaver->link);
    ouro_stream_watch(stream, on_edge, leaver);
    drop_bytes(leaver); /* what came before the watch is not told */
}

void ouro__leavers_done(struct ouro__leavers *leavers)
{
    ouro_list_each_safe (link, &leavers->all)
        leaver_free(ouro_container(link, struct leaver, link));
}
