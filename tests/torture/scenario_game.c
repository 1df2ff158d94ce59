/* SPDX-License-Identifier: MIT */
/* game: a room, and players that can't always be reached. */
#include "torture.h"

#define TICK_NS OURO_MS(200)

struct guest {
    struct ouro_player player;
    int sent, closed, released;
    int answer; /* of its send() */
    size_t backlog;
};

static struct guest *guest(const struct ouro_player *player)
{
    return ouro_container(player, struct guest, player);
}

static int guest_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    expect(count == 0 || frames[0]);
    guest(player)->sent++;
    return guest(player)->answer;
}

static size_t guest_backlog(const struct ouro_player *player)
{
    return guest(player)->backlog;
}

static void guest_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    expect(code >= 1000 && reason);
    guest(player)->closed++;
}

static void guest_released(struct ouro_player *player)
{
    guest(player)->released++;
}

static const struct ouro_player_ops guest_ops = {guest_send, guest_backlog, guest_close,
                                                 guest_released};

/* Ticks until cancelled. The first life fails. */
static int play_room(struct ouro_room *room, void *ud)
{
    int *lives = ud, rc = 0;
    struct ouro_ticker ticker;
    struct ouro_input input;
    if ((*lives)++ == 0)
        return -EDOM;
    ouro_ticker_start(&ticker, "torture", TICK_NS);
    ouro_ticker_resume(&ticker);
    while (rc != -ECANCELED) {
        while ((rc = ouro_room_next(room, ticker.next, &input)) == 0)
            expect(input.player);
        ouro_ticker_begin(&ticker);
        expect(ouro_ticker_end(&ticker) >= 0);
        struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_BINARY, "state", 5);
        if (frame)
            ouro_room_broadcast(room, frame);
        ouro_frame_unref(frame);
        for (size_t i = 0; i < ouro_room_player_count(room); i++)
            expect(ouro_room_player(room, i));
    }
    return rc;
}

static int resync(struct ouro_room *room, struct ouro_player *player, void *ud)
{
    (void)room, (void)player, (void)ud;
    return 0;
}

static void payload_done(struct ouro_payload *payload)
{
    payload->len = 0;
}

/* Lose the connection and come back, with something in the inbox. */
static void use_away(struct ouro_room *room, struct guest *away)
{
    static struct ouro_payload payload;
    payload = (struct ouro_payload){.len = 1, .done = payload_done};
    expect(ouro_room_owner(room));
    ouro_room_drop(room, &away->player);
    expect(ouro_room_input_with(room, &away->player, OURO_INPUT_BYTES, &payload) == 0);
    ouro_sleep(2 * TICK_NS);
    expect(payload.len == 0);
    ouro_room_return(room, &away->player);
    ouro_sleep(2 * TICK_NS);
}

/* Who has entered is released, once. */
static int use_room(void *arg)
{
    (void)arg;
    struct ouro_room *room = NULL;
    struct guest guests[3] = {{.answer = 0}, {.answer = -OURO_ELIMIT}, {.answer = -EPIPE}};
    int lives = 0;
    struct ouro_room_options options = {.name = "torture",
                                        .players_max = 3,
                                        .inputs_max = 8,
                                        .behind_ns_max = TICK_NS,
                                        .resync = resync};
    if (!went(ouro_room_start(&options, play_room, &lives, &room), -ENOMEM)) {
        expect(!room);
        return 0;
    }
    for (uint32_t i = 0; i < 3; i++) {
        guests[i].player = (struct ouro_player){.ops = &guest_ops, .id = i};
        expect(ouro_room_enter(room, &guests[i].player) == 0);
        expect(ouro_room_input(room, &guests[i].player, OURO_INPUT_OWN, 1) == 0);
    }
    guests[1].backlog = 1;
    ouro_sleep(OURO_SEC(2));
    use_away(room, &guests[0]);
    ouro_room_leave(room, &guests[2].player);
    ouro_sleep(2 * TICK_NS);
    expect(guests[2].released == 1);
    expect(guests[0].sent > 0 || fail_hit());
    expect(lives == 2 && ouro_room_stats(room).failures == 1);
    expect(ouro_room_stop(room) == NULL);
    expect(guests[0].released == 1 && guests[1].released == 1 && guests[2].released == 1);
    return 0;
}

SCENARIO(game, room)
{
    in_sim(use_room);
}

static int use_room_for_real(void *arg)
{
    (void)arg;
    struct ouro_room *room = NULL;
    struct guest one = {.player = {.ops = &guest_ops, .id = 1}};
    int lives = 1;
    if (!went(ouro_room_start(&(struct ouro_room_options){0}, play_room, &lives, &room), -ENOMEM))
        return 0;
    expect(ouro_room_enter(room, &one.player) == 0);
    ouro_sleep(OURO_MS(3));
    ouro_room_stop(room);
    expect(one.released == 1);
    return 0;
}

SCENARIO(game, clock)
{
    in_loop(use_room_for_real);
}
