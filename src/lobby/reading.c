/* SPDX-License-Identifier: MIT */
/* When clients are read. A room that ticks looks at inputs only then, and to be woken for each of
 * them costs as much as reading it: so its clients' connections are put together, and looked at
 * right before the tick. How, is known to whoever has the connections. */
#include "lobby/lobby.h"

bool ouro__type_reads_together(const struct ouro__type *type)
{
    const struct ouro_room_type *is = &type->is;
    return is->tick_ns > 0 && is->tick_ns <= OURO_READ_TICK_NS_MAX && !is->reads_at_once;
}

void ouro__reading_join(struct ouro_seat *seat)
{
    struct ouro__instance *instance = seat->instance;
    struct ouro_connection *connection = seat->connection;
    if (connection->ops->read_with && ouro__type_reads_together(instance->type))
        connection->ops->read_with(connection, &instance->readers, OURO_READ_WAIT_NS_MAX);
}

void ouro__reading_leave(struct ouro_connection *connection)
{
    if (connection->ops->read_with)
        connection->ops->read_with(connection, NULL, 0);
}

void ouro__reading_look(void *arg)
{
    struct ouro__instance *instance = arg;
    if (instance->readers)
        instance->readers->look(instance->readers);
}
