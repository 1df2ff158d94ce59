/* SPDX-License-Identifier: MIT */
/* The life of a seat: reserved, taken, dropped and returned to, given back. */
#include "lobby/lobby.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* --- secrets ---------------------------------------------------------------------------------- */

static struct ouro__secret new_secret(void)
{
    return (struct ouro__secret){{ouro_random(), ouro_random()}};
}

struct ouro_seat *ouro__seat_by_token(struct ouro_lobby *lobby, const char *token)
{
    uint64_t id;
    struct ouro__secret secret;
    struct ouro__map_node *node =
        ouro__token_read(token, &id, &secret) == 0 ? ouro__map_find(&lobby->seats, id) : NULL;
    if (!node)
        return NULL;
    struct ouro_seat *seat = ouro_container(node, struct ouro_seat, by_id);
    bool is = ouro__secret_equal(&seat->secret, &secret);
    bool was = ouro__secret_equal(&seat->former, &secret);
    return is || (was && seat->former_is_good) ? seat : NULL;
}

/* The welcome with the new one may be lost, so the one that was used stays good for a while: until
 * the client says something, which it does not do without a welcome. */
static void rotate(struct ouro_seat *seat, const char *used)
{
    uint64_t id;
    ouro__token_read(used, &id, &seat->former);
    seat->former_is_good = true;
    seat->secret = new_secret();
}

/* --- making and freeing ----------------------------------------------------------------------- */

static void set_number(struct ouro_lobby *lobby, struct ouro_seat *seat)
{
    do
        seat->number = ++lobby->last_number;
    while (seat->number == 0 || ouro_lobby_seat(lobby, seat->number));
    seat->id = (ouro_random() & ~(uint64_t)UINT32_MAX) | seat->number;
    seat->secret = new_secret();
}

static void count(struct ouro__instance *instance, int by)
{
    instance->seat_count += (size_t)by;
    instance->lobby->stats.seats += (size_t)by;
}

void ouro__seat_free(struct ouro_seat *seat)
{
    struct ouro__instance *instance = seat->instance;
    struct ouro_lobby *lobby = instance->lobby;
    const struct ouro_room_hooks *hooks = &instance->type->is.hooks;
    ouro__tickets_seat_given_back(seat);
    if (hooks->leave)
        hooks->leave(instance->room, &seat->player);
    ouro_view_free(seat->view);
    ouro__presence_seat_gone(seat);
    ouro__seat_forget_due(seat);
    ouro__requests_forget(seat);
    ouro_timer_stop(&seat->timer);
    ouro_unlink(&seat->link);
    ouro_unlink(&seat->by_user);
    ouro__map_remove(&lobby->numbers, &seat->by_number);
    ouro__map_remove(&lobby->seats, &seat->by_id);
    ouro__account_unref(lobby, seat->account);
    json_decref(seat->user.claims);
    free(seat->requests);
    free(seat);
    count(instance, -1);
    if (instance->seat_count == 0)
        ouro__instance_is_empty(instance);
}

/* --- leaving ---------------------------------------------------------------------------------- */

static void set_offline(struct ouro_seat *seat)
{
    struct ouro_connection *connection = seat->connection;
    seat->connection = NULL;
    seat->begun = false;
    connection->seat = NULL;
    ouro__reading_leave(connection);
    seat->account->online--;
    ouro__requests_forget(seat);
    ouro__presence_changed(seat->instance->lobby, seat->account);
}

/* From now on no token leads to it. */
static void forget(struct ouro_seat *seat)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    lobby->stats.reserved -= seat->state == OURO__RESERVED;
    lobby->stats.held -= seat->state == OURO__HELD;
    seat->instance->held -= seat->state == OURO__HELD;
    ouro_timer_stop(&seat->timer);
    ouro__map_remove(&lobby->seats, &seat->by_id);
    ouro__services_seat_gone(seat);
}

void ouro__seat_end(struct ouro_seat *seat, uint16_t code, const char *text)
{
    ouro__seat_flush(seat); /* it may be too slow for that, and go */
    enum ouro__seat_state was = seat->state;
    struct ouro_connection *connection = seat->connection;
    if (was == OURO__GOING)
        return;
    forget(seat);
    seat->state = OURO__GOING;
    if (connection) {
        set_offline(seat);
        connection->ops->close(connection, code, text);
    }
    if (was == OURO__RESERVED)
        ouro__seat_free(seat);
    else
        ouro_room_leave(seat->instance->room, &seat->player);
}

void ouro_seat_leave(struct ouro_seat *seat)
{
    ouro__seat_end(seat, OURO_CLOSE_CONSENTED, "left");
}

static void on_hold_over(struct ouro_timer *timer)
{
    struct ouro_seat *seat = ouro_container(timer, struct ouro_seat, timer);
    seat->instance->lobby->stats.lost++;
    ouro__seat_end(seat, OURO_CLOSE_REFUSED, "did not come back in time");
}

void ouro__seat_drop(struct ouro_seat *seat)
{
    struct ouro_lobby *lobby = seat->instance->lobby;
    int64_t hold_ns = seat->instance->type->is.hold_ns;
    ouro__seat_forget_due(seat);
    set_offline(seat);
    lobby->stats.drops++;
    seat->timer.fn = on_hold_over;
    if (hold_ns < 0 || ouro_timer_start(&seat->timer, ouro_after(hold_ns)) < 0) {
        ouro__seat_end(seat, OURO_CLOSE_REFUSED, "not held");
        return;
    }
    seat->state = OURO__HELD;
    lobby->stats.held++;
    seat->instance->held++;
    ouro_room_drop(seat->instance->room, &seat->player);
}

void ouro_connection_lost(struct ouro_connection *connection)
{
    if (connection->seat)
        ouro__seat_drop(connection->seat);
}

/* --- reserving -------------------------------------------------------------------------------- */

static void on_reservation_over(struct ouro_timer *timer)
{
    struct ouro_seat *seat = ouro_container(timer, struct ouro_seat, timer);
    seat->instance->lobby->stats.expired++;
    ouro__seat_end(seat, OURO_CLOSE_REFUSED, "expired");
}

/* May this user have one more of this type? What was only reserved for it gives way. */
static int look_at_others(const struct ouro__type *type, struct ouro__account *account,
                          const struct ouro_seat *from)
{
    if (type->is.many == OURO_MANY_ALLOW)
        return 0;
    ouro_list_each_safe (link, &account->seats) {
        struct ouro_seat *other = ouro_container(link, struct ouro_seat, by_user);
        if (other == from || other->instance->type != type || other->state == OURO__GOING)
            continue;
        if (type->is.many == OURO_MANY_REFUSE)
            return -EBUSY;
        if (other->state == OURO__RESERVED)
            ouro__seat_end(other, OURO_CLOSE_REPLACED, "replaced");
    }
    return 0;
}

/* Now that it comes, the older ones go: before it, so that the body sees no more than the room's.
 */
static void replace_others(struct ouro_seat *seat)
{
    const struct ouro__type *type = seat->instance->type;
    if (type->is.many != OURO_MANY_REPLACE)
        return;
    ouro_list_each_safe (link, &seat->account->seats) {
        struct ouro_seat *other = ouro_container(link, struct ouro_seat, by_user);
        if (other != seat && other->instance->type == type)
            ouro__seat_end(other, OURO_CLOSE_REPLACED, "the same user came again");
    }
}

static bool replaces_one(const struct ouro__instance *instance, const struct ouro__account *account)
{
    if (instance->type->is.many != OURO_MANY_REPLACE)
        return false;
    ouro_list_each (link, &account->seats) {
        const struct ouro_seat *other = ouro_container(link, struct ouro_seat, by_user);
        if (other->instance == instance && other->state != OURO__GOING)
            return true;
    }
    return false;
}

/* Nobody's own seat is in the way of the one that will replace it; but only one such lies beyond
 * those of the room at a time. */
static bool is_full(const struct ouro__instance *instance, const struct ouro__account *account)
{
    size_t most = instance->seats_max + replaces_one(instance, account);
    return instance->seat_count >= most;
}

static int may_join(struct ouro__instance *instance, const struct ouro_user *user,
                    const struct ouro__account *account, json_t *options)
{
    struct ouro_lobby *lobby = instance->lobby;
    const struct ouro_room_hooks *hooks = &instance->type->is.hooks;
    if (instance->ended)
        return -ENOENT;
    if (instance->locked)
        return -EACCES;
    if (is_full(instance, account) || lobby->stats.seats >= lobby->options.seats_max)
        return -OURO_ELIMIT;
    return hooks->join ? hooks->join(instance->room, user, options) : 0;
}

static struct ouro_seat *seat_new(struct ouro__instance *instance, const struct ouro_user *user,
                                  struct ouro__account *account)
{
    struct ouro_lobby *lobby = instance->lobby;
    struct ouro_seat *seat = calloc(1, sizeof *seat + instance->type->is.player_bytes);
    if (!seat)
        return NULL;
    seat->timer.fn = on_reservation_over;
    if (ouro_timer_start(&seat->timer, ouro_after(lobby->options.reserve_ns)) < 0) {
        free(seat);
        return NULL;
    }
    seat->player.ops = &ouro__seat_ops;
    seat->player.id = ++instance->last_player;
    seat->instance = instance;
    seat->user = *user;
    json_incref(seat->user.claims);
    seat->account = account;
    ouro_list_init(&seat->watches);
    ouro_list_init(&seat->tickets);
    set_number(lobby, seat);
    return seat;
}

static void link_seat(struct ouro__instance *instance, struct ouro_seat *seat)
{
    struct ouro_lobby *lobby = instance->lobby;
    ouro_list_push(&instance->seats, &seat->link);
    ouro_list_push(&seat->account->seats, &seat->by_user);
    ouro__map_add(&lobby->seats, &seat->by_id, seat->id);
    ouro__map_add(&lobby->numbers, &seat->by_number, seat->number);
    ouro_timer_stop(&instance->empty);
    lobby->stats.reserved++;
    count(instance, 1);
}

static int reserve(struct ouro__instance *instance, const struct ouro_user *user, json_t *options,
                   const struct ouro_seat *from, struct ouro_seat **ret_seat)
{
    struct ouro_lobby *lobby = instance->lobby;
    struct ouro__account *account = ouro__account_get(lobby, user->id);
    if (!account)
        return -ENOMEM;
    int rc = look_at_others(instance->type, account, from);
    if (rc == 0)
        rc = may_join(instance, user, account, options);
    struct ouro_seat *seat = rc == 0 ? seat_new(instance, user, account) : NULL;
    if (!seat) {
        ouro__account_unref(lobby, account);
        return rc < 0 ? rc : -ENOMEM;
    }
    link_seat(instance, seat);
    *ret_seat = seat;
    return 0;
}

int ouro__seat_reserve(struct ouro__instance *instance, const struct ouro_user *user,
                       json_t *options, struct ouro_seat **ret_seat)
{
    return reserve(instance, user, options, NULL, ret_seat);
}

int ouro__seat_reserve_for(struct ouro__instance *instance, const struct ouro_seat *from,
                           json_t *options, struct ouro_seat **ret_seat)
{
    return reserve(instance, &from->user, options, from, ret_seat);
}

void ouro__seat_place(const struct ouro_seat *seat, struct ouro_place *ret_place)
{
    const struct ouro__instance *instance = seat->instance;
    *ret_place = (struct ouro_place){.player = seat->player.id,
                                     .expires_at = seat->timer.when,
                                     .url = instance->lobby->options.url};
    memcpy(ret_place->room, instance->id, sizeof instance->id);
    memcpy(ret_place->code, instance->code, sizeof instance->code);
    memcpy(ret_place->type, instance->type->is.name, strlen(instance->type->is.name) + 1);
    ouro__token_write(seat->id, &seat->secret, ret_place->token);
}

/* --- taking ----------------------------------------------------------------------------------- */

static void connect(struct ouro_seat *seat, struct ouro_connection *connection)
{
    ouro_timer_stop(&seat->timer);
    seat->state = OURO__TAKEN;
    seat->begun = false;
    seat->connection = connection;
    connection->seat = seat;
    seat->account->online++;
    ouro__presence_changed(seat->instance->lobby, seat->account);
}

static void leave_where_it_came_from(struct ouro_seat *seat)
{
    struct ouro_seat *old = ouro_lobby_seat(seat->instance->lobby, seat->came_from);
    if (seat->came_from && old)
        ouro__seat_end(old, OURO_CLOSE_CONSENTED, "went to another room");
}

int ouro_seat_take(struct ouro_lobby *lobby, const char *token, struct ouro_connection *connection)
{
    struct ouro_seat *seat = ouro__seat_by_token(lobby, token);
    if (!seat || seat->state != OURO__RESERVED)
        return -OURO_ECLOSED;
    int rc = ouro__view_open(seat);
    if (rc < 0)
        return rc;
    leave_where_it_came_from(seat);
    replace_others(seat);
    rc = ouro_room_enter(seat->instance->room, &seat->player);
    ouro_assert(rc == 0); /* the game room has a place for each seat that can be */
    lobby->stats.reserved--;
    seat->from = seat->seen = seat->sent = seat->instance->events.last;
    rotate(seat, token);
    connect(seat, connection);
    return 0;
}

/* --- returning -------------------------------------------------------------------------------- */

/* Whoever had it until now has lost it. Its end, when it comes, finds that it has no seat. */
static void take_over(struct ouro_seat *seat)
{
    struct ouro_connection *former = seat->connection;
    if (seat->state == OURO__HELD) {
        seat->instance->lobby->stats.held--;
        seat->instance->held--;
        return;
    }
    ouro__seat_forget_due(seat);
    set_offline(seat);
    former->ops->close(former, OURO_CLOSE_REPLACED, "came back by another connection");
    seat->instance->lobby->stats.drops++;
    ouro_room_drop(seat->instance->room, &seat->player);
}

int ouro_seat_return(struct ouro_lobby *lobby, const char *token, uint64_t seen,
                     struct ouro_connection *connection)
{
    struct ouro_seat *seat = ouro__seat_by_token(lobby, token);
    bool is_in = seat && (seat->state == OURO__TAKEN || seat->state == OURO__HELD);
    if (!is_in || seen > seat->instance->events.last)
        return -OURO_ECLOSED;
    if (!ouro__events_complete(seat, seen)) {
        lobby->stats.lost++;
        ouro__seat_end(seat, OURO_CLOSE_REFUSED, "missed too much");
        return -OURO_ECLOSED;
    }
    take_over(seat);
    rotate(seat, token);
    connect(seat, connection);
    lobby->stats.returns++;
    ouro__events_seen(seat, seen);
    seat->sent = seen > seat->from ? seen : seat->from;
    if (seat->view)
        ouro_view_reset(seat->view);
    ouro_room_return(seat->instance->room, &seat->player);
    return 0;
}

void ouro_seat_begin(struct ouro_seat *seat)
{
    seat->begun = true;
    ouro__reading_join(seat);
    ouro__events_replay(seat); /* it may be too slow for them, and go */
}

int ouro_seat_seen(struct ouro_seat *seat, uint64_t seen)
{
    seat->former_is_good = false;
    if (seen > seat->instance->events.last)
        return -EINVAL;
    ouro__events_seen(seat, seen);
    return 0;
}

/* --- looking ---------------------------------------------------------------------------------- */

void ouro_seat_info(const struct ouro_seat *seat, struct ouro_seat_info *ret_info)
{
    const struct ouro__instance *instance = seat->instance;
    const struct ouro_room_type *type = &instance->type->is;
    *ret_info = (struct ouro_seat_info){.room = instance->id,
                                        .code = instance->code,
                                        .type = type->name,
                                        .user = &seat->user,
                                        .player = seat->player.id,
                                        .hold_ns = type->hold_ns < 0 ? 0 : type->hold_ns,
                                        .tick_ns = type->tick_ns,
                                        .events = seat->sent};
    ouro__token_write(seat->id, &seat->secret, ret_info->reconnect);
}

uint32_t ouro_seat_id(const struct ouro_seat *seat)
{
    return seat->number;
}

struct ouro_seat *ouro_lobby_seat(struct ouro_lobby *lobby, uint32_t id)
{
    struct ouro__map_node *node = ouro__map_find(&lobby->numbers, id);
    return node ? ouro_container(node, struct ouro_seat, by_number) : NULL;
}

const struct ouro_user *ouro_seat_user(const struct ouro_seat *seat)
{
    return &seat->user;
}

struct ouro_room *ouro_seat_room(const struct ouro_seat *seat)
{
    return seat->instance->room;
}

const struct ouro_user *ouro_player_user(const struct ouro_player *player)
{
    return &ouro__seat_of(player)->user;
}

void *ouro_player_data(const struct ouro_player *player)
{
    return ouro__seat_of(player)->data;
}

bool ouro_player_away(const struct ouro_player *player)
{
    return ouro__seat_of(player)->state == OURO__HELD;
}

struct ouro_seat *ouro_player_seat(struct ouro_player *player)
{
    return ouro__seat_of(player);
}
