/* SPDX-License-Identifier: MIT */
/* Requests that wait for their answer. A handle is the number of the seat and that of the request,
 * so one that is kept for too long means nothing, and does no harm. */
#include "lobby/lobby.h"

#include <jansson.h>
#include <stdlib.h>

static struct ouro__request *free_slot(struct ouro_seat *seat)
{
    if (!seat->requests)
        seat->requests = calloc(OURO_REQUESTS_MAX, sizeof *seat->requests);
    for (size_t i = 0; seat->requests && i < OURO_REQUESTS_MAX; i++) {
        if (!ouro_linked(&seat->requests[i].link))
            return &seat->requests[i];
    }
    return NULL;
}

struct ouro__request *ouro__request_open(struct ouro_seat *seat, uint32_t id)
{
    struct ouro__instance *instance = seat->instance;
    struct ouro__request *request = free_slot(seat);
    if (!request)
        return NULL;
    int64_t deadline = ouro_after(instance->type->is.request_ns_max);
    if (!instance->late.place && ouro_timer_start(&instance->late, deadline) < 0)
        return NULL;
    request->seat = seat;
    request->id = id;
    request->number = ++seat->last_request;
    request->deadline = deadline;
    ouro_list_push(&instance->open, &request->link);
    return request;
}

uint64_t ouro__request_handle(const struct ouro__request *request)
{
    return (uint64_t)request->seat->number << 32 | request->number;
}

void ouro__requests_forget(struct ouro_seat *seat)
{
    for (size_t i = 0; seat->requests && i < OURO_REQUESTS_MAX; i++)
        ouro_unlink(&seat->requests[i].link);
}

/* --- answers ---------------------------------------------------------------------------------- */

static struct ouro__request *find(struct ouro_lobby *lobby, uint64_t handle)
{
    struct ouro_seat *seat = ouro_lobby_seat(lobby, (uint32_t)(handle >> 32));
    for (size_t i = 0; seat && seat->requests && i < OURO_REQUESTS_MAX; i++) {
        struct ouro__request *request = &seat->requests[i];
        if (ouro_linked(&request->link) && request->number == (uint32_t)handle)
            return request;
    }
    return NULL;
}

/* An answer is not left out for a client that is slow: it is as good as an event, once. */
static void close_with(struct ouro__request *request, struct ouro_frame *frame)
{
    struct ouro_seat *seat = request->seat;
    ouro_unlink(&request->link);
    if (frame && seat->connection && seat->begun)
        ouro__seat_post_event(seat, frame);
    ouro_frame_unref(frame);
}

static void refuse(struct ouro__request *request, const char *code, const char *text)
{
    close_with(request, ouro__frame_failure(request->id, code, text));
}

int ouro_lobby_refuse(struct ouro_lobby *lobby, uint64_t handle, const char *code, const char *text)
{
    struct ouro__request *request = find(lobby, handle);
    if (!request)
        return -ETIMEDOUT;
    refuse(request, code, text);
    return 0;
}

int ouro_lobby_answer(struct ouro_lobby *lobby, uint64_t handle, json_t *data)
{
    struct ouro__request *request = find(lobby, handle);
    struct ouro_frame *frame = request && data ? ouro__frame_response(request->id, data) : NULL;
    json_decref(data);
    if (!request)
        return -ETIMEDOUT;
    if (!frame) {
        refuse(request, "failed", "the server has no memory for the answer, or it is too long");
        return -ENOMEM;
    }
    close_with(request, frame);
    return 0;
}

int ouro_room_answer(struct ouro_room *room, uint64_t request, json_t *data)
{
    return ouro_lobby_answer(ouro_room_lobby(room), request, data);
}

int ouro_room_refuse(struct ouro_room *room, uint64_t request, const char *code, const char *text)
{
    return ouro_lobby_refuse(ouro_room_lobby(room), request, code, text);
}

/* --- in time ---------------------------------------------------------------------------------- */

/* All of a room have the same time, so the first is the earliest. If the timer can't be started
 * again, the next request starts it. */
void ouro__requests_late(struct ouro_timer *timer)
{
    struct ouro__instance *instance = ouro_container(timer, struct ouro__instance, late);
    struct ouro_link *link;
    while ((link = ouro_list_first(&instance->open))) {
        struct ouro__request *request = ouro_container(link, struct ouro__request, link);
        if (request->deadline > ouro_now()) {
            (void)ouro_timer_start(timer, request->deadline);
            return;
        }
        instance->lobby->stats.requests_late++;
        refuse(request, "timeout", "there was no answer in time");
    }
}
