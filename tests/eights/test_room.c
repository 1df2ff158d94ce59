/* SPDX-License-Identifier: MIT */
/* The room of examples/22_eights on the virtual clock: its players are connections that note what
 * they are sent, and some of them play. */
#include "../lobby/watcher.h"
#include "22_eights/table.h"
#include "seeds.h"

#define AT_THE_TABLE "eights"

/* --- a player --------------------------------------------------------------------------------- */

struct bot {
    struct watcher watcher; /* its connection */
    struct ouro_lobby *lobby;
    int place;
    char refusal[32]; /* of the last response; "": it was none */
    uint32_t last_request;
    struct ouro_seat_info info;
};

static void forget_all(struct bot *bot)
{
    watcher_reset(&bot->watcher, eights_types);
}

static struct bot *bot_new(struct ouro_lobby *lobby, const char *name, int place)
{
    struct bot *bot = calloc(1, sizeof *bot);
    struct ouro_place reserved;
    watcher_init(&bot->watcher, eights_types);
    bot->lobby = lobby;
    bot->place = place;
    ck_assert_int_eq(join_as(lobby, AT_THE_TABLE, name, &reserved), 0);
    enter_place(lobby, &reserved, &bot->watcher.line);
    ouro_sleep(OURO_MS(1));
    bot->info = info_of(&bot->watcher.line);
    return bot;
}

static void bot_free(struct bot *bot)
{
    watcher_done(&bot->watcher);
    free(bot);
}

static void hear_response(struct bot *bot)
{
    json_t *message = json_loads(heard(&bot->watcher.line), JSON_DISABLE_EOF_CHECK, NULL);
    json_t *error = json_object_get(message, "error");
    ck_assert_str_eq(json_string_value(json_object_get(message, "type")), "response");
    const char *code = json_string_value(json_object_get(error, "code"));
    snprintf(bot->refusal, sizeof bot->refusal, "%s", code ? code : "");
    json_decref(message);
}

static const char *ask(struct bot *bot, const char *name, json_t *data)
{
    struct ouro_seat *seat = bot->watcher.line.connection.seat;
    ck_assert_int_eq(ouro_seat_request(seat, ++bot->last_request, name, data), 0);
    ouro_sleep(OURO_MS(1));
    hear_response(bot);
    return bot->refusal;
}

static json_t *card_data(int card)
{
    char name[EIGHTS_NAME_BYTES];
    eights_card_name(card, name);
    return json_pack("{s:s}", "card", name);
}

static void drop(struct bot *bot)
{
    bot->info = info_of(&bot->watcher.line);
    drop_line(&bot->watcher.line);
}

static void come_back(struct bot *bot)
{
    ck_assert_int_eq(
        ouro_seat_return(bot->lobby, bot->info.reconnect, 0, &bot->watcher.line.connection), 0);
    ouro_seat_begin(bot->watcher.line.connection.seat);
    ouro_sleep(OURO_MS(1));
}

/* What it was told. */
static bool find(const struct bot *bot, int type, int number, struct ouro_seen *seen)
{
    for (uint32_t index = 0; ouro_picture_next(bot->watcher.picture, index, seen);
         index = seen->index + 1) {
        const struct shown_place *place = seen->record;
        if (seen->type == &eights_types[type] && (type == SHOWN_TABLE || place->number == number))
            return true;
    }
    return false;
}

static const struct shown_table *table(const struct bot *bot)
{
    static const struct shown_table nothing;
    struct ouro_seen seen;
    return find(bot, SHOWN_TABLE, 0, &seen) ? seen.record : &nothing;
}

static const struct shown_place *place(const struct bot *bot, int number)
{
    struct ouro_seen seen;
    ck_assert(find(bot, SHOWN_PLACE, number, &seen));
    return seen.record;
}

static uint64_t hand(const struct bot *bot)
{
    return place(bot, bot->place)->hand;
}

/* The truth, for comparison. */
static const struct table *table_of(const struct bot *bot)
{
    return ouro_room_data(ouro_seat_room(bot->watcher.line.connection.seat));
}

/* Each knows its own hand, and nothing of the other's but how many cards it has. */
static void expect_no_leak(const struct bot *bot)
{
    const uint32_t hand_field = 1u << 7;
    const struct eights *game = &table_of(bot)->game;
    struct ouro_seen mine, other;
    ck_assert_str_eq(eights_types[SHOWN_PLACE].fields[7].name, "hand");
    ck_assert(find(bot, SHOWN_PLACE, bot->place, &mine));
    ck_assert_uint_eq(((const struct shown_place *)mine.record)->hand, game->hands[bot->place]);
    ck_assert(find(bot, SHOWN_PLACE, 1 - bot->place, &other));
    ck_assert_uint_eq(((const struct shown_place *)other.record)->hand, 0);
    ck_assert_uint_eq(other.known & hand_field, 0);
    for (int number = 0; number < EIGHTS_PLAYERS; number++)
        ck_assert_int_eq(place(bot, number)->cards, eights_count(game, number));
    ck_assert_int_eq(table(bot)->top, eights_top(game));
}

static void expect_same_table(const struct bot *a, const struct bot *b)
{
    const struct ouro_type *type = &eights_types[SHOWN_TABLE];
    ck_assert_uint_eq(ouro_record_changes(type, table(a), table(b)), 0);
}

/* --- coming, and the first picture ------------------------------------------------------------ */

LOBBY_TEST(nothing_is_dealt_before_two_are_there, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0);
    ouro_sleep(OURO_SEC(3600));
    ck_assert_uint_eq(table(ada)->game, 0);
    ck_assert_str_eq(ask(ada, "draw", json_null()), "over");
    ck_assert_str_eq(ask(ada, "again", json_null()), "no_such_move");
    bot_free(ada);
}

LOBBY_TEST(both_see_the_table_and_each_its_own_hand, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0), *bob = bot_new(lobby, "bob", 1);
    expect_same_table(ada, bob);
    ck_assert_uint_eq(table(ada)->game, 1);
    ck_assert_int_eq(table(ada)->turn, 0);
    ck_assert(!table(ada)->over);
    for (int at = 0; at < EIGHTS_PLAYERS; at++) {
        ck_assert_int_eq(place(ada, at)->cards, EIGHTS_DEALT);
        ck_assert_int_eq(place(ada, at)->whereabouts, IS_HERE);
    }
    ck_assert_uint_eq(place(ada, 1)->player, bob->info.player);
    ck_assert_str_eq(place(ada, 1)->name, "bob");
    ck_assert_int_eq(__builtin_popcountll(hand(ada)), EIGHTS_DEALT);
    ck_assert_int_eq(__builtin_popcountll(hand(bob)), EIGHTS_DEALT);
    ck_assert_uint_eq(hand(ada) & hand(bob), 0);
    expect_no_leak(ada);
    expect_no_leak(bob);
    bot_free(ada);
    bot_free(bob);
}

LOBBY_TEST(who_leaves_before_the_game_makes_place, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0);
    ouro_seat_leave(ada->watcher.line.connection.seat);
    struct bot *bob = bot_new(lobby, "bob", 0), *cid = bot_new(lobby, "cid", 1);
    ck_assert_str_eq(bob->info.room, cid->info.room);
    ck_assert_uint_eq(table(bob)->game, 1);
    bot_free(ada);
    bot_free(bob);
    bot_free(cid);
}

LOBBY_TEST(who_drops_before_the_game_makes_place_too, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0);
    drop(ada);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).seats, 0);
    struct bot *bob = bot_new(lobby, "bob", 0), *cid = bot_new(lobby, "cid", 1);
    ck_assert_int_eq(place(bob, 1)->whereabouts, IS_HERE);
    ck_assert_uint_eq(place(bob, 1)->player, cid->info.player);
    bot_free(ada);
    bot_free(bob);
    bot_free(cid);
}

LOBBY_TEST(a_third_gets_a_table_of_its_own, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0), *bob = bot_new(lobby, "bob", 1);
    ouro_seat_leave(
        bob->watcher.line.connection.seat); /* and his place is free, but not for others */
    ouro_sleep(OURO_MS(1));
    struct bot *cid = bot_new(lobby, "cid", 0);
    ck_assert_str_ne(cid->info.room, ada->info.room);
    bot_free(ada);
    bot_free(bob);
    bot_free(cid);
}

/* --- moves and time --------------------------------------------------------------------------- */

LOBBY_TEST(what_may_not_be_done_is_refused_with_a_reason, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0), *bob = bot_new(lobby, "bob", 1);
    int his = __builtin_ctzll(hand(bob));
    ck_assert_str_eq(ask(bob, "draw", json_null()), "not_your_turn");
    ck_assert_str_eq(ask(bob, "play", card_data(his)), "not_your_turn");
    ck_assert_str_eq(ask(ada, "play", card_data(his)), "not_yours");
    ck_assert_str_eq(ask(ada, "pass", json_null()), "draw_first");
    ck_assert_str_eq(ask(ada, "suit", json_pack("{s:s}", "suit", "H")), "no_eight");
    ck_assert_str_eq(ask(ada, "again", json_null()), "no_such_move");
    ck_assert_str_eq(ask(ada, "dance", json_null()), "no_such_move");
    const char *const odd[] = {"null",           "[]", "{}", "7", "\"QH\"", "{\"card\":7}",
                               "{\"card\":\"\"}"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        json_t *data = json_loads(odd[i], JSON_DECODE_ANY, NULL);
        ck_assert_str_eq(ask(ada, "play", data), "not_yours");
    }
    ck_assert_int_eq(table(ada)->turn, 0);
    ck_assert_int_eq(table(ada)->last_move, NO_MOVE);
    bot_free(ada);
    bot_free(bob);
}

LOBBY_TEST(a_card_that_is_drawn_is_shown_to_one, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0), *bob = bot_new(lobby, "bob", 1);
    uint64_t before = hand(ada);
    ck_assert_str_eq(ask(ada, "draw", json_null()), "");
    ck_assert_int_eq(__builtin_popcountll(hand(ada) & ~before), 1);
    ck_assert_int_eq(place(bob, 0)->cards, EIGHTS_DEALT + 1);
    expect_no_leak(bob);
    ck_assert_str_eq(ask(ada, "draw", json_null()), "has_drawn");
    ck_assert_str_eq(ask(ada, "pass", json_null()), "");
    ck_assert_int_eq(table(bob)->turn, 1);
    ck_assert_int_eq(table(bob)->last_move, PASS);
    bot_free(ada);
    bot_free(bob);
}

LOBBY_TEST(who_lets_its_time_pass_draws_and_passes, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0), *bob = bot_new(lobby, "bob", 1);
    ouro_sleep(EIGHTS_TURN_NS - OURO_MS(10));
    ck_assert_int_eq(table(bob)->turn, 0);
    ouro_sleep(OURO_MS(10));
    ck_assert_int_eq(table(bob)->turn, 1);
    ck_assert_int_eq(table(bob)->last_move, PASS);
    ck_assert(table(bob)->last_late);
    ck_assert_int_eq(__builtin_popcountll(hand(ada)), EIGHTS_DEALT + 1);
    double left_ms = table(bob)->turn_ends_ms - (double)ouro_now() / 1e6; /* all of his own time */
    ck_assert(left_ms > 19900 && left_ms <= 20000);
    bot_free(ada);
    bot_free(bob);
}

LOBBY_TEST(two_who_sleep_come_to_the_end_of_a_game, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0), *bob = bot_new(lobby, "bob", 1);
    for (int turns = 0; turns < EIGHTS_CARDS && !table(ada)->over; turns++)
        ouro_sleep(EIGHTS_TURN_NS);
    ck_assert(table(ada)->over);
    ck_assert_int_eq(table(ada)->drawable, 0);
    ouro_sleep(EIGHTS_AGAIN_NS);
    ck_assert_uint_eq(ada->watcher.line.closed_with, OURO_CLOSE_CONSENTED);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).rooms, 0);
    bot_free(ada);
    bot_free(bob);
}

/* --- dropping and leaving --------------------------------------------------------------------- */

LOBBY_TEST(who_drops_may_come_back_and_knows_all_again, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0), *bob = bot_new(lobby, "bob", 1);
    drop(ada);
    ck_assert_int_eq(place(bob, 0)->whereabouts, IS_AWAY);
    ouro_sleep(EIGHTS_HOLD_NS - OURO_SEC(1)); /* her turn has passed without her */
    forget_all(ada);                          /* it is a page that was opened anew */
    come_back(ada);
    expect_same_table(ada, bob);
    expect_no_leak(ada);
    ck_assert_int_eq(place(bob, 0)->whereabouts, IS_HERE);
    ck_assert_int_eq(table(ada)->turn, 1);
    ck_assert_int_eq(__builtin_popcountll(hand(ada)), EIGHTS_DEALT + 1);
    bot_free(ada);
    bot_free(bob);
}

static void expect_won_by_staying(struct bot *stays)
{
    ck_assert(table(stays)->over);
    ck_assert_int_eq(table(stays)->winner, stays->place + 1);
    ck_assert_int_eq(place(stays, 1 - stays->place)->whereabouts, HAS_LEFT);
    ck_assert_str_eq(ask(stays, "draw", json_null()), "over");
    ck_assert_str_eq(ask(stays, "again", json_null()), "no_such_move");
}

LOBBY_TEST(who_leaves_has_lost, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0), *bob = bot_new(lobby, "bob", 1);
    ouro_seat_leave(bob->watcher.line.connection.seat);
    ouro_sleep(OURO_MS(1));
    expect_won_by_staying(ada);
    ouro_seat_leave(ada->watcher.line.connection.seat);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(ouro_lobby_stats(lobby).rooms, 0); /* there is nobody to wait for */
    bot_free(ada);
    bot_free(bob);
}

LOBBY_TEST(who_does_not_come_back_has_lost, &eights_type)
{
    struct bot *ada = bot_new(lobby, "ada", 0), *bob = bot_new(lobby, "bob", 1);
    drop(ada);
    ouro_sleep(EIGHTS_HOLD_NS);
    expect_won_by_staying(bob);
    ouro_sleep(EIGHTS_AGAIN_NS);
    ck_assert_uint_eq(bob->watcher.line.closed_with, OURO_CLOSE_CONSENTED);
    bot_free(ada);
    bot_free(bob);
}

/* --- whole games ------------------------------------------------------------------------------ */

static bool fits(const struct shown_table *shown, int card)
{
    return eights_rank(card) == EIGHTS_EIGHT || eights_suit(card) == shown->suit ||
           eights_rank(card) == eights_rank(shown->top);
}

static int card_that_fits(const struct bot *bot)
{
    for (int card = 0; card < EIGHTS_CARDS; card++) {
        if (hand(bot) & UINT64_C(1) << card && fits(table(bot), card))
            return card;
    }
    return -1;
}

/* What the rules allow, by what it was told alone: so nothing is refused. */
static void make_move(struct bot *bot, struct ouro_rng *chance)
{
    static const char *const suits[] = {"C", "D", "H", "S"};
    int card = card_that_fits(bot);
    const char *refusal;
    if (table(bot)->naming)
        refusal = ask(bot, "suit", json_pack("{s:s}", "suit", suits[ouro_rng_below(chance, 4)]));
    else if (card >= 0)
        refusal = ask(bot, "play", card_data(card));
    else if (table(bot)->drawn || table(bot)->drawable == 0)
        refusal = ask(bot, "pass", json_null());
    else
        refusal = ask(bot, "draw", json_null());
    ck_assert_str_eq(refusal, "");
}

/* Mostly a move; now and then time passes, the connection breaks, or something odd is asked. */
static void take_turn(struct bot *bot, struct bot *other, struct ouro_rng *chance)
{
    switch (ouro_rng_below(chance, 20)) {
    case 0:
        ouro_sleep(EIGHTS_TURN_NS);
        break;
    case 1:
        drop(bot);
        ouro_sleep((int64_t)ouro_rng_below(chance, 25) * OURO_SEC(1));
        come_back(bot);
        break;
    case 2:
        ask(other, "play", card_data((int)ouro_rng_below(chance, EIGHTS_CARDS)));
        break;
    default:
        make_move(bot, chance);
    }
}

/* Until there is a result. */
static void play_game(struct bot *bots[2], struct ouro_rng *chance)
{
    for (int turns = 0; !table(bots[0])->over; turns++) {
        int turn = table(bots[0])->turn;
        ck_assert_int_lt(turns, 2000);
        take_turn(bots[turn], bots[1 - turn], chance);
        expect_no_leak(bots[0]);
        expect_no_leak(bots[1]);
        expect_same_table(bots[0], bots[1]);
    }
}

static void expect_points(const struct bot *bot, const int points[2])
{
    for (int at = 0; at < EIGHTS_PLAYERS; at++)
        ck_assert_int_eq((int)place(bot, at)->points, points[at]);
}

static uint64_t chance_seed;

static void three_games(struct ouro_lobby *lobby)
{
    struct bot *bots[2] = {bot_new(lobby, "ada", 0), bot_new(lobby, "bob", 1)};
    struct ouro_rng chance;
    int points[2] = {0};
    ouro_rng_seed(&chance, chance_seed);
    for (int game = 1; game <= 3; game++) {
        ck_assert_int_eq(table(bots[0])->game, game);
        ck_assert_int_eq(table(bots[0])->turn, (game - 1) % 2);
        expect_points(bots[0], points);
        play_game(bots, &chance);
        if (table(bots[0])->winner > 0)
            points[table(bots[0])->winner - 1] += table(bots[0])->won;
        expect_points(bots[1], points);
        ck_assert_str_eq(ask(bots[0], "again", json_null()), "");
        ck_assert(place(bots[1], 0)->again);
        ck_assert_str_eq(ask(bots[1], "again", json_null()), "");
        ck_assert(!table(bots[0])->over);
    }
    bot_free(bots[0]);
    bot_free(bots[1]);
}

TEST(every_game_ends_and_no_hand_is_told_to_the_wrong_one)
{
    FOR_ALL_SEEDS (seed, 50) {
        struct scene_setup setup = {.type = &eights_type, .play = three_games};
        chance_seed = seed;
        ck_assert_int_eq(ouro_sim_run(seed, NULL, run_scene, &setup), 0);
    }
}
