/* SPDX-License-Identifier: MIT */
/* What clients say, on its way into the room's inbox. What carries it is used again and again. */
#include "lobby/lobby.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPARE_MAX 1024 /* blocks that are kept for the next inputs */

struct ouro__payload_block {
    struct ouro_payload payload;
    struct ouro__payload_block *next;
    struct ouro_seat *seat;
    char name[OURO_NAME_MAX + 1];
    uint8_t bytes[OURO_INPUT_BYTES_MAX];
};

/* --- blocks ----------------------------------------------------------------------------------- */

static void give_back(struct ouro_payload *payload)
{
    struct ouro__payload_block *block =
        ouro_container(payload, struct ouro__payload_block, payload);
    struct ouro_lobby *lobby = block->seat->instance->lobby;
    block->seat->inputs--;
    if (payload->bytes)
        ouro__view_dealt_with(block->seat, payload->sequence);
    json_decref(payload->data);
    if (lobby->spare_count == SPARE_MAX) {
        free(block);
        return;
    }
    block->next = lobby->spare;
    lobby->spare = block;
    lobby->spare_count++;
}

static struct ouro__payload_block *take_block(struct ouro_seat *seat)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    struct ouro__payload_block *block = lobby->spare;
    if (block) {
        lobby->spare = block->next;
        lobby->spare_count--;
    } else {
        block = malloc(sizeof *block);
    }
    if (!block)
        return NULL;
    block->payload = (struct ouro_payload){.done = give_back};
    block->seat = seat;
    seat->inputs++;
    return block;
}

void ouro__payloads_done(struct ouro_lobby *lobby)
{
    while (lobby->spare) {
        struct ouro__payload_block *block = lobby->spare;
        lobby->spare = block->next;
        free(block);
    }
}

/* --- into the inbox --------------------------------------------------------------------------- */

static int lose(struct ouro_seat *seat, json_t *data, int rc)
{
    seat->instance->lobby->stats.inputs_lost++;
    json_decref(data);
    return rc;
}

static int put(struct ouro_seat *seat, uint32_t kind, struct ouro__payload_block *block)
{
    int rc = ouro_room_input_with(seat->instance->room, &seat->player, kind, &block->payload);
    if (rc < 0) {
        seat->instance->lobby->stats.inputs_lost++;
        block->payload.bytes = NULL; /* nobody has dealt with it */
        give_back(&block->payload);
    }
    return rc;
}

static int put_named(struct ouro_seat *seat, uint32_t kind, const char *name, json_t *data,
                     uint64_t request)
{
    struct ouro__payload_block *block =
        seat->inputs < seat->instance->type->is.player_inputs_max ? take_block(seat) : NULL;
    if (!block)
        return lose(seat, data, -OURO_ELIMIT);
    snprintf(block->name, sizeof block->name, "%s", name);
    block->payload.name = block->name;
    block->payload.data = data;
    block->payload.request = request;
    return put(seat, kind, block);
}

/* Also if it has sent the player away for that: nothing of it may lie behind its leaving. */
static bool hook_has_it(struct ouro_seat *seat, const char *name, json_t *data)
{
    const struct ouro_room_hooks *hooks = &seat->instance->type->is.hooks;
    bool has_it = hooks->message && hooks->message(seat->instance->room, &seat->player, name, data);
    return has_it || seat->state == OURO__GOING;
}

int ouro_seat_message(struct ouro_seat *seat, const char *name, json_t *data)
{
    int rc = !data ? -ENOMEM : ouro__name_is_plain(name) ? 0 : -EINVAL;
    seat->former_is_good = false;
    if (rc < 0 || hook_has_it(seat, name, data)) {
        json_decref(data);
        return rc;
    }
    return put_named(seat, OURO_INPUT_MESSAGE, name, data, 0);
}

int ouro_seat_input(struct ouro_seat *seat, uint32_t sequence, uint32_t tick, const void *bytes,
                    size_t len)
{
    seat->former_is_good = false;
    if (len > OURO_INPUT_BYTES_MAX)
        return -EINVAL;
    struct ouro__payload_block *block =
        seat->inputs < seat->instance->type->is.player_inputs_max ? take_block(seat) : NULL;
    if (!block)
        return lose(seat, NULL, -OURO_ELIMIT);
    memcpy(block->bytes, bytes, len);
    block->payload.bytes = block->bytes;
    block->payload.len = len;
    block->payload.sequence = sequence;
    block->payload.tick = tick;
    return put(seat, OURO_INPUT_BYTES, block);
}

/* --- requests --------------------------------------------------------------------------------- */

static int refuse(struct ouro_seat *seat, uint32_t id, const char *code, const char *text, int rc)
{
    struct ouro_frame *frame = ouro__frame_failure(id, code, text);
    if (frame)
        ouro__seat_post_event(seat, frame); /* an answer, too, is not left out */
    ouro_frame_unref(frame);
    return rc;
}

static int ask_room(struct ouro_seat *seat, const char *name, json_t *data, uint64_t handle)
{
    int rc = put_named(seat, OURO_INPUT_REQUEST, name, data, handle);
    if (rc < 0)
        ouro_lobby_refuse(seat->instance->lobby, handle, "too_busy", "the room has too much to do");
    return rc;
}

int ouro_seat_request(struct ouro_seat *seat, uint32_t id, const char *name, json_t *data)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    bool dotted = ouro__name_is_dotted(name);
    seat->former_is_good = false;
    lobby->stats.requests++;
    if (!data || (!dotted && !ouro__name_is_plain(name))) {
        json_decref(data);
        return refuse(seat, id, "bad_request", "that is no name of a request", -EINVAL);
    }
    struct ouro__request *request = ouro__request_open(seat, id);
    if (!request) {
        json_decref(data);
        return refuse(seat, id, "too_many", "too many requests are open", -OURO_ELIMIT);
    }
    uint64_t handle = ouro__request_handle(request);
    if (!dotted)
        return ask_room(seat, name, data, handle);
    ouro__service_ask(seat, name, data, handle);
    json_decref(data);
    return 0;
}
