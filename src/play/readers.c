/* SPDX-License-Identifier: MIT */
/* Sessions of one room that are read together: their streams are in a set (ouro/net.h). */
#include "play/play.h"

#include <stdlib.h>

struct readers {
    struct ouro_readers base;
    struct ouro_stream_set *set;
};

static struct readers *self(struct ouro_readers *readers)
{
    return ouro_container(readers, struct readers, base);
}

static void look(struct ouro_readers *readers)
{
    ouro_stream_set_look(self(readers)->set);
}

static void readers_free(struct ouro_readers *readers)
{
    ouro_stream_set_free(self(readers)->set);
    free(self(readers));
}

/* NULL: out of memory or descriptors. */
static struct ouro_readers *readers_new(int64_t wait_ns_max)
{
    struct readers *readers = calloc(1, sizeof *readers);
    if (!readers)
        return NULL;
    readers->base = (struct ouro_readers){.look = look, .free = readers_free};
    if (ouro_stream_set_new(wait_ns_max, &readers->set) == 0)
        return &readers->base;
    free(readers);
    return NULL;
}

/* Those that another kind of connection has made are not ours to join. */
static struct ouro_stream_set *set_of(struct ouro_readers **readers, int64_t wait_ns_max)
{
    if (!*readers)
        *readers = readers_new(wait_ns_max);
    return *readers && (*readers)->look == look ? self(*readers)->set : NULL;
}

/* What fails leaves it where it is: read as it comes. */
void ouro__session_read_with(struct ouro_connection *connection, struct ouro_readers **readers,
                             int64_t wait_ns_max)
{
    struct ouro__session *session = ouro_container(connection, struct ouro__session, connection);
    struct ouro_stream *stream = session->ws ? ouro_ws_stream(session->ws) : NULL;
    if (stream)
        ouro_stream_set_add(readers ? set_of(readers, wait_ns_max) : NULL, stream);
}
