/* SPDX-License-Identifier: MIT */
/* Streams that are looked at together. */
#include "net/set.h"

#include <stdlib.h>

static void look_again_later(struct ouro_stream_set *set)
{
    /* Its place in the heap is there already: this does not fail. */
    ouro_timer_start(&set->timer, ouro_after(set->wait_ns_max));
}

static void on_timer(struct ouro_timer *timer)
{
    ouro_stream_set_look(ouro_container(timer, struct ouro_stream_set, timer));
}

void ouro_stream_set_look(struct ouro_stream_set *set)
{
    look_again_later(set);
    if (set->has_ios)
        ouro__io_set_look(&set->ios);
    ouro__memory_look(set);
}

static int open_ios(struct ouro_stream_set *set)
{
    int rc = ouro__io_set_open(&set->ios);
    set->has_ios = rc == 0;
    return rc == -ENOTSUP ? 0 : rc;
}

int ouro_stream_set_new(int64_t wait_ns_max, struct ouro_stream_set **ret_set)
{
    struct ouro_stream_set *set = calloc(1, sizeof *set);
    if (!set)
        return -ENOMEM;
    set->wait_ns_max = wait_ns_max ? wait_ns_max : OURO_STREAM_SET_WAIT_NS;
    set->timer.fn = on_timer;
    ouro_list_init(&set->memory);
    int rc = open_ios(set);
    if (rc == 0)
        rc = ouro_timer_start(&set->timer, ouro_after(set->wait_ns_max));
    if (rc < 0) {
        ouro_stream_set_free(set);
        return rc;
    }
    *ret_set = set;
    return 0;
}

int ouro_stream_set_add(struct ouro_stream_set *set, struct ouro_stream *stream)
{
    return stream->ops->join ? stream->ops->join(stream, set) : 0;
}

struct ouro_stream_set *ouro_stream_set_free(struct ouro_stream_set *set)
{
    if (!set)
        return NULL;
    ouro_timer_stop(&set->timer);
    ouro__memory_set_done(set);
    if (set->has_ios)
        ouro__io_set_close(&set->ios);
    free(set);
    return NULL;
}
