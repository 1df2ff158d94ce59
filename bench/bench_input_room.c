/* SPDX-License-Identifier: MIT */
/* What the rooms of both of bench_input's servers do. */
#include "bench_input_room.h"

#include <errno.h>
#include <string.h>

int input_room_init(struct input_room *of, const struct bench_input_options *options, uint32_t move)
{
    static char text[4096];
    *of = (struct input_room){
        .tick_ns = options->tick_ns, .messages = options->messages, .move = move};
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < options->messages; i++) {
        of->frames[i] = ouro_frame_new(OURO_FRAME_TEXT, text, options->bytes);
        if (!of->frames[i])
            return -ENOMEM;
    }
    return 0;
}

static int wait_for_a_move(struct ouro_room *room, const struct input_room *of)
{
    struct ouro_input input;
    int rc;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0 && input.kind != of->move)
        ;
    return rc;
}

static void tell_everyone(struct ouro_room *room, const struct input_room *of)
{
    for (size_t i = 0; i < ouro_room_player_count(room); i++) {
        struct ouro_player *player = ouro_room_player(room, i);
        player->ops->send(player, of->frames, of->messages);
    }
}

/* One message is a broadcast. Several, as a room has them that tells each player something else,
 * go out in one send for each. */
static int play_until_all_have_gone(struct ouro_room *room, const struct input_room *of)
{
    struct ouro_ticker ticker;
    ouro_ticker_start(&ticker, "input", of->tick_ns);
    while (ouro_room_player_count(room) > 0) {
        struct ouro_input input;
        int rc;
        while ((rc = ouro_room_next(room, ticker.next, &input)) == 0)
            ;
        if (rc != -ETIMEDOUT)
            return rc;
        ouro_ticker_begin(&ticker);
        if (of->messages == 1)
            ouro_room_broadcast(room, of->frames[0]);
        else
            tell_everyone(room, of);
    }
    return 0;
}

int input_room_live(struct ouro_room *room, const struct input_room *of)
{
    int rc = 0;
    while (rc == 0) {
        rc = wait_for_a_move(room, of);
        if (rc == 0)
            rc = play_until_all_have_gone(room, of);
    }
    return rc;
}
