/* SPDX-License-Identifier: MIT */
/* Events: reliable, numbered per room, so that one for all is encoded once. The last ones are kept
 * in a ring, for those whose connection is lost.
 *
 *      first                        last
 *      | 14 | 15 | 16 | 17 | 18 | 19 |
 *            ^seen          ^sent
 *
 * Of a seat: `from`, the last one before it came; `seen`, up to which its client has said it got
 * them; `sent`, up to which they were handed to a connection. What is needed by nobody is dropped
 * from the front; when the ring is full, its first is lost, and a seat that waits for its client
 * and was not sent that one can't be whole again. */
#include "lobby/lobby.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct ouro__event *event_at(const struct ouro__instance *instance, size_t place)
{
    const struct ouro__events *events = &instance->events;
    return &events->ring[(events->first + place) % instance->type->is.events_max];
}

static size_t frame_bytes(const struct ouro_frame *frame)
{
    size_t len;
    ouro_frame_wire(frame, &len);
    return len;
}

static bool is_for(const struct ouro__event *event, const struct ouro_seat *seat)
{
    if (event->only)
        return event->only == seat->number;
    for (size_t i = 0; i < OURO_EVENT_EXCEPT_MAX; i++) {
        if (event->except[i] == seat->number)
            return false;
    }
    return true;
}

static void drop_first(struct ouro__instance *instance)
{
    struct ouro__events *events = &instance->events;
    struct ouro__event *event = event_at(instance, 0);
    events->dropped = event->number;
    events->bytes -= frame_bytes(event->frame);
    ouro_frame_unref(event->frame);
    events->first = (events->first + 1) % instance->type->is.events_max;
    events->count--;
    events->needs = 0;
}

void ouro__events_done(struct ouro__instance *instance)
{
    while (instance->events.count > 0)
        drop_first(instance);
    free(instance->events.ring);
}

/* --- losing ----------------------------------------------------------------------------------- */

static void give_up_if_held(struct ouro_seat *seat, const struct ouro__event *event)
{
    if (seat->state != OURO__HELD || seat->sent >= event->number || !is_for(event, seat))
        return;
    seat->instance->lobby->stats.lost++;
    ouro__seat_end(seat, OURO_CLOSE_REFUSED, "missed too much");
}

static void give_up_all_held(struct ouro__instance *instance, const struct ouro__event *event)
{
    ouro_list_each_safe (link, &instance->seats)
        give_up_if_held(ouro_container(link, struct ouro_seat, link), event);
}

/* Of all that it is for: once, or where it leaves some out, with each of the others. */
static void note_lost(struct ouro__instance *instance, const struct ouro__event *event)
{
    if (!event->except[0]) {
        instance->events.lost = event->number;
        return;
    }
    ouro_list_each (link, &instance->seats) {
        struct ouro_seat *seat = ouro_container(link, struct ouro_seat, link);
        if (is_for(event, seat))
            seat->lost = event->number;
    }
}

static void lose_first(struct ouro__instance *instance)
{
    const struct ouro__event event = *event_at(instance, 0);
    struct ouro_seat *only = event.only ? ouro_lobby_seat(instance->lobby, event.only) : NULL;
    if (only) {
        only->lost = event.number;
        give_up_if_held(only, &event);
    } else if (!event.only) {
        note_lost(instance, &event);
        if (instance->held)
            give_up_all_held(instance, &event);
    }
    drop_first(instance);
}

/* Room for one more in the ring. 0, -OURO_ELIMIT, -ENOMEM. */
static int make_room(struct ouro__instance *instance, size_t bytes)
{
    struct ouro__events *events = &instance->events;
    const struct ouro_room_type *type = &instance->type->is;
    if (bytes > type->events_bytes_max)
        return -OURO_ELIMIT;
    if (!events->ring)
        events->ring = calloc(type->events_max, sizeof *events->ring);
    if (!events->ring)
        return -ENOMEM;
    while (events->count == type->events_max || events->bytes + bytes > type->events_bytes_max)
        lose_first(instance);
    return 0;
}

/* --- sending ---------------------------------------------------------------------------------- */

static int set_audience(struct ouro__event *event, const struct ouro__audience *audience)
{
    size_t count = 0;
    if (audience->only)
        event->only = audience->only->number;
    while (audience->except && audience->except[count]) {
        if (count == OURO_EVENT_EXCEPT_MAX)
            return -EINVAL;
        event->except[count] = ouro__seat_of(audience->except[count])->number;
        count++;
    }
    return 0;
}

/* A seat whose welcome is not out yet gets it by replay. */
static void deliver_to(struct ouro_seat *seat, const struct ouro__event *event)
{
    if (seat->state != OURO__TAKEN || !seat->begun || !is_for(event, seat))
        return;
    seat->sent = event->number;
    ouro__seat_post_event(seat, event->frame);
}

static void deliver(struct ouro__instance *instance, const struct ouro__event *event,
                    struct ouro_seat *only)
{
    if (only) {
        deliver_to(only, event);
        return;
    }
    ouro_list_each_safe (link, &instance->seats)
        deliver_to(ouro_container(link, struct ouro_seat, link), event);
}

/* Takes over the frame, which may be NULL. */
static int emit(struct ouro__instance *instance, const struct ouro__audience *audience,
                struct ouro_frame *frame, int64_t expires_at)
{
    struct ouro__events *events = &instance->events;
    struct ouro__event event = {
        .number = events->last + 1, .frame = frame, .expires_at = expires_at};
    int rc = frame ? set_audience(&event, audience) : -ENOMEM;
    if (rc == 0)
        rc = make_room(instance, frame_bytes(frame));
    if (rc < 0) {
        ouro_frame_unref(frame);
        return rc;
    }
    events->last++;
    events->bytes += frame_bytes(frame);
    *event_at(instance, events->count++) = event;
    instance->lobby->stats.events++;
    ouro_frame_ref(frame); /* whoever is sent it may be the last to need it */
    deliver(instance, &event, audience->only);
    ouro_frame_unref(frame);
    return 0;
}

int ouro__event_send(struct ouro__instance *instance, const struct ouro__audience *audience,
                     const char *name, const json_t *data)
{
    return emit(instance, audience, ouro__frame_event(instance->events.last + 1, name, data), 0);
}

int ouro__event_travel(struct ouro_seat *seat, const struct ouro_place *place)
{
    struct ouro__instance *instance = seat->instance;
    return emit(instance, &(struct ouro__audience){.only = seat},
                ouro__frame_travel(instance->events.last + 1, place), place->expires_at);
}

/* --- coming back ------------------------------------------------------------------------------ */

/* What it says of a time that is left is true when it is sent. */
static void deliver_later(struct ouro_seat *seat, const struct ouro__event *event)
{
    struct ouro__event now = *event;
    now.frame = event->expires_at ? ouro__frame_travel_later(event->frame, event->expires_at)
                                  : ouro_frame_ref(event->frame);
    deliver_to(seat, now.frame ? &now : event);
    ouro_frame_unref(now.frame);
}

void ouro__events_replay(struct ouro_seat *seat)
{
    struct ouro__instance *instance = seat->instance;
    uint64_t had = seat->sent;
    for (size_t i = 0; i < instance->events.count && seat->state == OURO__TAKEN; i++) {
        const struct ouro__event *event = event_at(instance, i);
        if (event->number > had)
            deliver_later(seat, event);
    }
}

bool ouro__events_complete(const struct ouro_seat *seat, uint64_t seen)
{
    const struct ouro__events *events = &seat->instance->events;
    uint64_t lost = seat->lost > events->lost ? seat->lost : events->lost;
    uint64_t have = seen > seat->from ? seen : seat->from;
    /* One that takes back what it has said it got may want what was dropped for that. */
    bool takes_back = have < seat->seen && have < events->dropped;
    return seen <= events->last && have >= lost && !takes_back;
}

static bool needs(const struct ouro_seat *seat, const struct ouro__event *event)
{
    bool is_there = seat->state == OURO__TAKEN || seat->state == OURO__HELD;
    return is_there && seat->seen < event->number && is_for(event, seat);
}

/* Does anybody? Of an event for all the search goes on where it ended last: who stands before has
 * seen it, so that it takes as many looks in all as there are seats, however many say so. */
static bool is_needed(struct ouro__instance *instance, const struct ouro__event *event)
{
    struct ouro_lobby *lobby = instance->lobby;
    struct ouro__events *events = &instance->events;
    const struct ouro_seat *seat =
        ouro_lobby_seat(lobby, event->only ? event->only : events->needs);
    if (event->only)
        return seat && needs(seat, event);
    const struct ouro_link *link = seat ? &seat->link : instance->seats.next;
    for (; link != &instance->seats; link = link->next) {
        seat = ouro_container(link, struct ouro_seat, link);
        events->needs = seat->number;
        if (needs(seat, event))
            return true;
    }
    return false;
}

void ouro__events_seen(struct ouro_seat *seat, uint64_t seen)
{
    struct ouro__instance *instance = seat->instance;
    if (seen <= seat->seen)
        return;
    seat->seen = seen;
    while (instance->events.count > 0 && !is_needed(instance, event_at(instance, 0)))
        drop_first(instance);
}
