/* SPDX-License-Identifier: MIT */
/* A room that lives: made of a type, found by its id or code, ended by its body, by a failure, by
 * being empty, or with the lobby; stopped and freed by the janitor, because that waits. */
#include "lobby/lobby.h"
#include "runtime/wait.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_PER_SEAT 32
#define INPUTS_MIN      64
#define INPUTS_MAX      4096
/* However many seats there are: one look brings what they all have said since the last tick. */
#define INPUTS_PER_SEAT_MIN 4

struct ouro__instance *ouro__instance_of(const struct ouro_room *room)
{
    return ouro_room_owner(room);
}

/* --- names ------------------------------------------------------------------------------------ */

static void random_text(const char *alphabet, char *text, size_t len)
{
    size_t letters = strlen(alphabet);
    for (size_t i = 0; i < len; i++)
        text[i] = alphabet[ouro_random() % letters];
    text[len] = '\0';
}

static struct ouro__instance *find_id(struct ouro_lobby *lobby, const char *id)
{
    struct ouro__map_node *node =
        ouro__map_find(&lobby->instances, ouro__map_hash(lobby->secret, id));
    for (; node; node = ouro__map_next(node)) {
        struct ouro__instance *instance = ouro_container(node, struct ouro__instance, by_id);
        if (strcmp(instance->id, id) == 0)
            return instance;
    }
    return NULL;
}

static struct ouro__instance *find_code(struct ouro_lobby *lobby, const char *text)
{
    char code[OURO_ROOM_CODE_BYTES] = "";
    if (strlen(text) != OURO_ROOM_CODE_BYTES - 1)
        return NULL;
    for (size_t i = 0; text[i]; i++)
        code[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
    struct ouro__map_node *node =
        ouro__map_find(&lobby->codes, ouro__map_hash(lobby->secret, code));
    for (; node; node = ouro__map_next(node)) {
        struct ouro__instance *instance = ouro_container(node, struct ouro__instance, by_code);
        if (strcmp(instance->code, code) == 0)
            return instance;
    }
    return NULL;
}

struct ouro__instance *ouro__instance_find(struct ouro_lobby *lobby, const char *id_or_code)
{
    struct ouro__instance *instance = find_id(lobby, id_or_code);
    return instance ? instance : find_code(lobby, id_or_code);
}

static void name_it(struct ouro__instance *instance)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct ouro_lobby *lobby = instance->lobby;
    do
        random_text(letters, instance->id, sizeof instance->id - 1);
    while (find_id(lobby, instance->id));
    snprintf(instance->name, sizeof instance->name, "%s %s", instance->type->is.name, instance->id);
    ouro__map_add(&lobby->instances, &instance->by_id, ouro__map_hash(lobby->secret, instance->id));
}

static void give_code(struct ouro__instance *instance)
{
    static const char letters[] = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"; /* none like another */
    struct ouro_lobby *lobby = instance->lobby;
    do
        random_text(letters, instance->code, sizeof instance->code - 1);
    while (find_code(lobby, instance->code));
    ouro__map_add(&lobby->codes, &instance->by_code, ouro__map_hash(lobby->secret, instance->code));
}

/* --- ending ----------------------------------------------------------------------------------- */

static void unlist(struct ouro__instance *instance)
{
    struct ouro_lobby *lobby = instance->lobby;
    ouro_unlink(&instance->link);
    ouro__map_remove(&lobby->instances, &instance->by_id);
    ouro__map_remove(&lobby->codes, &instance->by_code);
    ouro_timer_stop(&instance->empty);
}

static void end_seats(struct ouro__instance *instance)
{
    ouro_list_each_safe (link, &instance->seats) {
        struct ouro_seat *seat = ouro_container(link, struct ouro_seat, link);
        ouro__seat_end(seat, instance->end_code, instance->end_text);
    }
}

void ouro__instance_end(struct ouro__instance *instance, uint16_t code, const char *text)
{
    struct ouro_lobby *lobby = instance->lobby;
    if (instance->ended)
        return;
    ouro__tickets_room_gone(instance);
    unlist(instance);
    instance->ended = true;
    instance->end_code = code;
    instance->end_text = text;
    instance->type->count--;
    lobby->instance_count--;
    end_seats(instance);
    ouro_list_push(&lobby->ended, &instance->link);
    if (!ouro_list_empty(&lobby->janitor_waits))
        ouro__wake_all(&lobby->janitor_waits, 0);
}

static void on_empty(struct ouro_timer *timer)
{
    struct ouro__instance *instance = ouro_container(timer, struct ouro__instance, empty);
    ouro__instance_end(instance, OURO_CLOSE_CONSENTED, "the room was empty");
}

void ouro__instance_is_empty(struct ouro__instance *instance)
{
    int64_t ns = instance->type->is.empty_ns;
    if (instance->ended || !instance->ends_empty || ns == OURO_FOREVER)
        return;
    if (ouro_timer_start(&instance->empty, ouro_after(ns)) < 0)
        on_empty(&instance->empty);
}

static void instance_free(struct ouro__instance *instance)
{
    ouro_timer_stop(&instance->flush);
    ouro_timer_stop(&instance->late);
    ouro_timer_stop(&instance->empty);
    ouro__channel_done(&instance->channel);
    ouro__events_done(instance);
    json_decref(instance->options);
    json_decref(instance->metadata);
    if (instance->readers)
        instance->readers->free(instance->readers);
    ouro_state_free(instance->state);
    free(instance);
}

void ouro__instances_clear(struct ouro_lobby *lobby)
{
    struct ouro_link *link;
    while ((link = ouro_list_pop(&lobby->ended))) {
        struct ouro__instance *instance = ouro_container(link, struct ouro__instance, link);
        ouro_room_stop(instance->room);
        lobby->stats.rooms--;
        instance_free(instance);
    }
}

/* --- the body --------------------------------------------------------------------------------- */

/* A failed one does not begin anew: its players are told, and may join another. */
static int run_body(struct ouro_room *room, void *ud)
{
    struct ouro__instance *instance = ud;
    int rc = instance->type->is.body(room, instance->data);
    if (instance->ended)
        return rc;
    if (rc >= 0) {
        ouro__instance_end(instance, OURO_CLOSE_CONSENTED, "the room has ended");
        return 0;
    }
    instance->lobby->stats.rooms_failed++;
    ouro_log(OURO_LOG_ERROR, "room %s failed and ends: %s: %s", instance->name, ouro_error_name(rc),
             ouro_error_text(rc));
    ouro__instance_end(instance, OURO_CLOSE_FAILED, "the room has failed");
    return 0;
}

static int resync(struct ouro_room *room, struct ouro_player *player, void *ud)
{
    struct ouro__instance *instance = ud;
    return instance->type->is.resync(room, player, instance->data);
}

/* --- making ----------------------------------------------------------------------------------- */

static uint32_t inputs_max(const struct ouro_room_type *type)
{
    uint64_t seats = type->seats_max, least = seats * INPUTS_PER_SEAT_MIN;
    uint64_t count = seats * INPUTS_PER_SEAT < INPUTS_MAX ? seats * INPUTS_PER_SEAT : INPUTS_MAX;
    if (type->inputs_max)
        return type->inputs_max;
    count = count < least ? least : count;
    return count < INPUTS_MIN ? INPUTS_MIN : count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

static int start(struct ouro__instance *instance)
{
    const struct ouro_room_type *type = &instance->type->is;
    uint32_t replacing = type->many == OURO_MANY_REPLACE; /* one beyond its seats, in seat.c */
    struct ouro_room_options options = {.name = instance->name,
                                        .players_max = type->seats_max + replacing,
                                        .inputs_max = inputs_max(type),
                                        .backlog_bytes_max = type->backlog_bytes_max,
                                        .behind_ns_max = type->behind_ns_max,
                                        .resync = type->resync ? resync : NULL};
    if (ouro__type_reads_together(instance->type))
        options.before_deadline = ouro__reading_look;
    return ouro_room_start(&options, run_body, instance, &instance->room);
}

static void init(struct ouro__instance *instance)
{
    ouro_list_init(&instance->seats);
    ouro_list_init(&instance->due);
    ouro_list_init(&instance->open);
    ouro_list_init(&instance->channel.texts);
    instance->seats_max = instance->type->is.seats_max;
    instance->ends_empty = true;
    instance->empty.fn = on_empty;
    instance->flush.fn = ouro__instance_flush;
    instance->late.fn = ouro__requests_late;
    instance->seed = ouro_random();
    ouro_rng_seed(&instance->rng, instance->seed);
}

static int make(struct ouro_lobby *lobby, struct ouro__type *type,
                struct ouro__instance **ret_instance)
{
    struct ouro__instance *instance = calloc(1, sizeof *instance + type->is.data_bytes);
    if (!instance)
        return -ENOMEM;
    instance->lobby = lobby;
    instance->type = type;
    init(instance);
    name_it(instance);
    instance->metadata = json_object();
    int rc = instance->metadata ? 0 : -ENOMEM;
    if (rc == 0 && type->is.state)
        rc = ouro_state_new(type->is.state, &instance->state);
    if (rc == 0)
        rc = start(instance);
    if (rc < 0) {
        ouro__map_remove(&lobby->instances, &instance->by_id);
        instance_free(instance);
        return rc;
    }
    *ret_instance = instance;
    return 0;
}

int ouro__instance_new(struct ouro_lobby *lobby, struct ouro__type *type, json_t *options,
                       bool is_private, struct ouro__instance **ret_instance)
{
    if (type->count >= type->is.rooms_max || lobby->instance_count >= lobby->options.rooms_max)
        return -OURO_ELIMIT;
    struct ouro__instance *instance;
    int rc = make(lobby, type, &instance);
    if (rc < 0)
        return rc;
    instance->options = json_incref(options);
    type->count++;
    lobby->instance_count++;
    lobby->stats.rooms++;
    ouro_list_push(&type->instances, &instance->link);
    ouro_room_set_private(instance->room, is_private);
    ouro__instance_is_empty(instance); /* until somebody comes */
    *ret_instance = instance;
    return 0;
}

/* --- for bodies ------------------------------------------------------------------------------- */

const char *ouro_room_id(const struct ouro_room *room)
{
    return ouro__instance_of(room)->id;
}

const char *ouro_room_code(const struct ouro_room *room)
{
    return ouro__instance_of(room)->code;
}

struct ouro_lobby *ouro_room_lobby(const struct ouro_room *room)
{
    return ouro__instance_of(room)->lobby;
}

json_t *ouro_room_options(const struct ouro_room *room)
{
    return ouro__instance_of(room)->options;
}

void *ouro_room_data(const struct ouro_room *room)
{
    return ouro__instance_of(room)->data;
}

void *ouro_room_ud(const struct ouro_room *room)
{
    return ouro__instance_of(room)->type->is.ud;
}

struct ouro_rng *ouro_room_rng(struct ouro_room *room)
{
    return &ouro__instance_of(room)->rng;
}

uint64_t ouro_room_seed(const struct ouro_room *room)
{
    return ouro__instance_of(room)->seed;
}

int ouro_room_set_metadata(struct ouro_room *room, json_t *data)
{
    struct ouro__instance *instance = ouro__instance_of(room);
    size_t bytes = json_dumpb(data, NULL, 0, JSON_COMPACT);
    if (!json_is_object(data) || bytes > OURO_METADATA_BYTES) {
        int rc = !data ? -ENOMEM : json_is_object(data) ? -OURO_ELIMIT : -EINVAL;
        json_decref(data);
        return rc;
    }
    json_decref(instance->metadata);
    instance->metadata = data;
    return 0;
}

void ouro_room_lock(struct ouro_room *room, bool locked)
{
    ouro__instance_of(room)->locked = locked;
}

void ouro_room_set_private(struct ouro_room *room, bool is_private)
{
    struct ouro__instance *instance = ouro__instance_of(room);
    if (instance->is_private == is_private || instance->ended)
        return;
    instance->is_private = is_private;
    if (is_private) {
        give_code(instance);
    } else {
        ouro__map_remove(&instance->lobby->codes, &instance->by_code);
        instance->code[0] = '\0';
    }
}

void ouro_room_set_seats(struct ouro_room *room, uint32_t seats_max)
{
    struct ouro__instance *instance = ouro__instance_of(room);
    uint32_t most = instance->type->is.seats_max;
    instance->seats_max = seats_max < most ? seats_max : most;
}

void ouro_room_set_ends_empty(struct ouro_room *room, bool ends)
{
    struct ouro__instance *instance = ouro__instance_of(room);
    instance->ends_empty = ends;
    ouro_timer_stop(&instance->empty);
    if (instance->seat_count == 0)
        ouro__instance_is_empty(instance);
}
