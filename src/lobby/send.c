/* SPDX-License-Identifier: MIT */
/* What a body tells its players. */
#include "lobby/lobby.h"

#include <jansson.h>

static int check(bool name_ok, const json_t *data)
{
    return !name_ok ? -EINVAL : data ? 0 : -ENOMEM;
}

static bool is_excepted(const struct ouro_player *player, struct ouro_player *const *except)
{
    for (; except && *except; except++) {
        if (*except == player)
            return true;
    }
    return false;
}

/* --- messages --------------------------------------------------------------------------------- */

/* Takes over the data. */
static int message(struct ouro_seat *seat, bool name_ok, const char *name, json_t *data)
{
    int rc = check(name_ok, data);
    if (rc == 0 && (!seat->connection || !seat->begun))
        rc = -OURO_ECLOSED;
    struct ouro_frame *frame = rc == 0 ? ouro__frame_message(name, data) : NULL;
    json_decref(data);
    if (!frame)
        return rc < 0 ? rc : -ENOMEM;
    rc = ouro__seat_post(seat, frame);
    ouro_frame_unref(frame);
    return rc;
}

int ouro_room_send(struct ouro_room *room, struct ouro_player *player, const char *name,
                   json_t *data)
{
    (void)room;
    return message(ouro__seat_of(player), ouro__name_is_plain(name), name, data);
}

int ouro_seat_push(struct ouro_seat *seat, const char *name, json_t *data)
{
    return message(seat, ouro__name_is_dotted(name), name, data);
}

/* For several players at once. Takes over the data. */
static int shared_message(const char *name, json_t *data, struct ouro_frame **ret_frame)
{
    int rc = check(ouro__name_is_plain(name), data);
    *ret_frame = rc == 0 ? ouro__frame_message(name, data) : NULL;
    json_decref(data);
    return rc == 0 && !*ret_frame ? -ENOMEM : rc;
}

int ouro_room_send_some(struct ouro_room *room, struct ouro_player *const *players, size_t count,
                        const char *name, json_t *data)
{
    (void)room;
    struct ouro_frame *frame;
    int rc = shared_message(name, data, &frame);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < count; i++)
        ouro__seat_post(ouro__seat_of(players[i]), frame);
    ouro_frame_unref(frame);
    return 0;
}

int ouro_room_send_all(struct ouro_room *room, struct ouro_player *const *except, const char *name,
                       json_t *data)
{
    struct ouro__instance *instance = ouro__instance_of(room);
    struct ouro_frame *frame;
    int rc = shared_message(name, data, &frame);
    if (rc < 0)
        return rc;
    ouro_list_each_safe (link, &instance->seats) {
        struct ouro_seat *seat = ouro_container(link, struct ouro_seat, link);
        if (!is_excepted(&seat->player, except))
            ouro__seat_post(seat, frame);
    }
    ouro_frame_unref(frame);
    return 0;
}

/* --- events ----------------------------------------------------------------------------------- */

/* Takes over the data. */
static int event(struct ouro__instance *instance, const struct ouro__audience *audience,
                 bool name_ok, const char *name, json_t *data)
{
    int rc = check(name_ok, data);
    if (rc == 0)
        rc = ouro__event_send(instance, audience, name, data);
    json_decref(data);
    return rc;
}

int ouro_room_event(struct ouro_room *room, struct ouro_player *player, const char *name,
                    json_t *data)
{
    const struct ouro__audience audience = {.only = ouro__seat_of(player)};
    return event(ouro__instance_of(room), &audience, ouro__name_is_plain(name), name, data);
}

int ouro_room_event_all(struct ouro_room *room, struct ouro_player *const *except, const char *name,
                        json_t *data)
{
    const struct ouro__audience audience = {.except = except};
    return event(ouro__instance_of(room), &audience, ouro__name_is_plain(name), name, data);
}

int ouro_seat_push_event(struct ouro_seat *seat, const char *name, json_t *data)
{
    const struct ouro__audience audience = {.only = seat};
    return event(seat->instance, &audience, ouro__name_is_dotted(name), name, data);
}

/* --- sending away ----------------------------------------------------------------------------- */

void ouro_room_kick(struct ouro_room *room, struct ouro_player *player, uint16_t code,
                    const char *reason)
{
    (void)room;
    ouro__seat_end(ouro__seat_of(player), code, reason);
}
