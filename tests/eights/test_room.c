/* SPDX-License-Identifier: MIT */
/* The room of examples/22_eights on the virtual clock: its players are connections that note what
 * they are sent, and some of them play. */
#include "../lobby/scene.h"
#include "22_eights/table.h"
#include "seeds.h"

#define AT_THE_TABLE "eights"

/* --- a player --------------------------------------------------------------------------------- */

struct bot {
    struct ouro_lobby *lobby;
    struct line *line;
    int place;
    json_t *picture;  /* the last event "table" */
    uint64_t hand;    /* of the last event "hand" */
    uint64_t told;    /* cards that were named to it since the last look */
    char refusal[32]; /* of the last response; "": it was none */
    uint64_t seen;    /* number of the last event */
    uint32_t last_request;
    struct ouro_seat_info info;
};

static uint64_t cards_in(const char *text)
{
    uint64_t cards = 0;
    for (; (text = strchr(text, '"')); text++) {
        char name[] = {text[1], text[1] ? text[2] : '\0', '\0'};
        if (strlen(name) == 2 && text[3] == '"' && eights_card(name) >= 0)
            cards |= UINT64_C(1) << eights_card(name);
    }
    return cards;
}

static void hear_event(struct bot *bot, json_t *event, const char *text)
{
    const char *name = json_string_value(json_object_get(event, "name"));
    uint64_t number = (uint64_t)json_integer_value(json_object_get(event, "n"));
    ck_assert_uint_gt(number, bot->seen);
    bot->seen = number;
    if (strcmp(name, "hand") == 0) {
        bot->hand = cards_in(text);
        return;
    }
    ck_assert_str_eq(name, "table");
    json_decref(bot->picture);
    bot->picture = json_incref(json_object_get(event, "data"));
}

static void hear_line(struct bot *bot, const char *text)
{
    json_t *message = json_loads(text, 0, NULL);
    const char *type = json_string_value(json_object_get(message, "type"));
    ck_assert_msg(type, "%s", text);
    bot->told |= cards_in(text);
    if (strcmp(type, "event") == 0) {
        hear_event(bot, message, text);
    } else if (strcmp(type, "response") == 0) {
        const char *code =
            json_string_value(json_object_get(json_object_get(message, "error"), "code"));
        snprintf(bot->refusal, sizeof bot->refusal, "%s", code ? code : "");
    }
    json_decref(message);
}

/* Take in what was sent since the last time. */
static void hear(struct bot *bot)
{
    char *text = strdup(heard(bot->line)), *rest = text;
    bot->told = 0;
    for (char *line; (line = strsep(&rest, "\n")) && *line;)
        hear_line(bot, line);
    free(text);
    if (bot->line->connection.seat)
        ck_assert_int_eq(ouro_seat_seen(bot->line->connection.seat, bot->seen), 0);
}

static struct bot bot_of(struct ouro_lobby *lobby, const char *name, int place)
{
    struct bot bot = {.lobby = lobby, .place = place, .line = enter(lobby, AT_THE_TABLE, name)};
    bot.info = info_of(bot.line);
    hear(&bot);
    return bot;
}

static void bot_done(struct bot *bot)
{
    if (bot->line->connection.seat)
        drop_line(bot->line);
    json_decref(bot->picture);
    free(bot->line);
}

static const char *ask(struct bot *bot, const char *name, json_t *data)
{
    struct ouro_seat *seat = bot->line->connection.seat;
    strcpy(bot->refusal, "no answer");
    ck_assert_int_eq(ouro_seat_request(seat, ++bot->last_request, name, data), 0);
    ouro_sleep(OURO_MS(1));
    hear(bot);
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
    bot->info = info_of(bot->line);
    drop_line(bot->line);
}

static void come_back(struct bot *bot)
{
    ck_assert_int_eq(
        ouro_seat_return(bot->lobby, bot->info.reconnect, bot->seen, &bot->line->connection), 0);
    ouro_seat_begin(bot->line->connection.seat);
    ouro_sleep(OURO_MS(1));
    hear(bot);
}

/* Of the picture. */
static int number(const struct bot *bot, const char *name)
{
    return (int)json_integer_value(json_object_get(bot->picture, name));
}

static bool flag(const struct bot *bot, const char *name)
{
    return json_is_true(json_object_get(bot->picture, name));
}

static json_t *place(const struct bot *bot, size_t at)
{
    return json_array_get(json_object_get(bot->picture, "places"), at);
}

static int of_place(const struct bot *bot, size_t at, const char *name)
{
    return (int)json_integer_value(json_object_get(place(bot, at), name));
}

static const char *state_of(const struct bot *bot, size_t at)
{
    return json_string_value(json_object_get(place(bot, at), "state"));
}

static json_t *result(const struct bot *bot)
{
    json_t *found = json_object_get(bot->picture, "result");
    return json_is_null(found) ? NULL : found;
}

static int winner(const struct bot *bot)
{
    return (int)json_integer_value(json_object_get(result(bot), "winner"));
}

/* The truth, for comparison. */
static const struct table *table_of(const struct bot *bot)
{
    return ouro_room_data(ouro_seat_room(bot->line->connection.seat));
}

/* --- coming, and the first picture ------------------------------------------------------------ */

LOBBY_TEST(nothing_is_dealt_before_two_are_there, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0);
    ouro_sleep(OURO_SEC(3600));
    hear(&ada);
    ck_assert_ptr_null(ada.picture);
    ck_assert_str_eq(ask(&ada, "draw", json_null()), "over");
    ck_assert_str_eq(ask(&ada, "again", json_null()), "no_such_move");
    bot_done(&ada);
}

LOBBY_TEST(both_see_the_table_and_each_its_own_hand, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0), bob = bot_of(lobby, "bob", 1);
    hear(&ada);
    ck_assert(json_equal(ada.picture, bob.picture));
    ck_assert_int_eq(number(&ada, "turn"), 0);
    ck_assert_ptr_null(result(&ada));
    for (size_t at = 0; at < 2; at++) {
        ck_assert_int_eq(of_place(&ada, at, "cards"), EIGHTS_DEALT);
        ck_assert_str_eq(state_of(&ada, at), "here");
    }
    ck_assert_int_eq(of_place(&ada, 1, "player"), (int)bob.info.player);
    ck_assert_str_eq(json_string_value(json_object_get(place(&ada, 1), "name")), "bob");
    ck_assert_int_eq(__builtin_popcountll(ada.hand), EIGHTS_DEALT);
    ck_assert_int_eq(__builtin_popcountll(bob.hand), EIGHTS_DEALT);
    ck_assert_uint_eq(ada.hand & bob.hand, 0);
    bot_done(&ada);
    bot_done(&bob);
}

LOBBY_TEST(who_leaves_before_the_game_makes_place, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0);
    ouro_seat_leave(ada.line->connection.seat);
    struct bot bob = bot_of(lobby, "bob", 0), cid = bot_of(lobby, "cid", 1);
    ck_assert_str_eq(bob.info.room, cid.info.room);
    hear(&bob);
    ck_assert_int_eq(number(&bob, "game"), 1);
    bot_done(&ada);
    bot_done(&bob);
    bot_done(&cid);
}

LOBBY_TEST(who_drops_before_the_game_makes_place_too, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0);
    drop(&ada);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).seats, 0);
    struct bot bob = bot_of(lobby, "bob", 0), cid = bot_of(lobby, "cid", 1);
    hear(&bob);
    ck_assert_str_eq(state_of(&bob, 1), "here");
    ck_assert_int_eq(of_place(&bob, 1, "player"), (int)cid.info.player);
    bot_done(&ada);
    bot_done(&bob);
    bot_done(&cid);
}

LOBBY_TEST(a_third_gets_a_table_of_its_own, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0), bob = bot_of(lobby, "bob", 1);
    ouro_seat_leave(bob.line->connection.seat); /* and his place is free, but not for others */
    ouro_sleep(OURO_MS(1));
    struct bot cid = bot_of(lobby, "cid", 0);
    ck_assert_str_ne(cid.info.room, ada.info.room);
    bot_done(&ada);
    bot_done(&bob);
    bot_done(&cid);
}

/* --- moves and time --------------------------------------------------------------------------- */

LOBBY_TEST(what_may_not_be_done_is_refused_with_a_reason, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0), bob = bot_of(lobby, "bob", 1);
    int his = __builtin_ctzll(bob.hand);
    ck_assert_str_eq(ask(&bob, "draw", json_null()), "not_your_turn");
    ck_assert_str_eq(ask(&bob, "play", card_data(his)), "not_your_turn");
    ck_assert_str_eq(ask(&ada, "play", card_data(his)), "not_yours");
    ck_assert_str_eq(ask(&ada, "pass", json_null()), "draw_first");
    ck_assert_str_eq(ask(&ada, "suit", json_pack("{s:s}", "suit", "H")), "no_eight");
    ck_assert_str_eq(ask(&ada, "again", json_null()), "no_such_move");
    ck_assert_str_eq(ask(&ada, "dance", json_null()), "no_such_move");
    const char *const odd[] = {"null",           "[]", "{}", "7", "\"QH\"", "{\"card\":7}",
                               "{\"card\":\"\"}"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        json_t *data = json_loads(odd[i], JSON_DECODE_ANY, NULL);
        ck_assert_str_eq(ask(&ada, "play", data), "not_yours");
    }
    ck_assert_int_eq(number(&ada, "turn"), 0);
    bot_done(&ada);
    bot_done(&bob);
}

LOBBY_TEST(a_card_that_is_drawn_is_shown_to_one, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0), bob = bot_of(lobby, "bob", 1);
    hear(&ada);
    uint64_t before = ada.hand;
    ck_assert_str_eq(ask(&ada, "draw", json_null()), "");
    uint64_t drawn = ada.hand & ~before;
    ck_assert_int_eq(__builtin_popcountll(drawn), 1);
    hear(&bob);
    ck_assert_uint_eq(bob.told & drawn, 0);
    ck_assert_int_eq(of_place(&bob, 0, "cards"), EIGHTS_DEALT + 1);
    ck_assert_str_eq(ask(&ada, "draw", json_null()), "has_drawn");
    ck_assert_str_eq(ask(&ada, "pass", json_null()), "");
    ck_assert_int_eq(number(&ada, "turn"), 1);
    bot_done(&ada);
    bot_done(&bob);
}

LOBBY_TEST(who_lets_its_time_pass_draws_and_passes, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0), bob = bot_of(lobby, "bob", 1);
    ouro_sleep(EIGHTS_TURN_NS - OURO_MS(10));
    hear(&bob);
    ck_assert_int_eq(number(&bob, "turn"), 0);
    ouro_sleep(OURO_MS(10));
    hear(&ada);
    hear(&bob);
    ck_assert_int_eq(number(&bob, "turn"), 1);
    json_t *last = json_object_get(bob.picture, "last");
    ck_assert_str_eq(json_string_value(json_object_get(last, "move")), "pass");
    ck_assert(json_is_true(json_object_get(last, "late")));
    ck_assert_int_eq(__builtin_popcountll(ada.hand), EIGHTS_DEALT + 1);
    double ends_ms = json_real_value(json_object_get(bob.picture, "turn_ends_ms"));
    double left_ms =
        ends_ms - (double)ouro_now() / 1e6; /* a turn has its time whatever was before */
    ck_assert(left_ms > 19900 && left_ms <= 20000);
    bot_done(&ada);
    bot_done(&bob);
}

LOBBY_TEST(two_who_sleep_come_to_the_end_of_a_game, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0), bob = bot_of(lobby, "bob", 1);
    for (int turns = 0; turns < EIGHTS_CARDS && !result(&ada); turns++) {
        ouro_sleep(EIGHTS_TURN_NS);
        hear(&ada);
        hear(&bob);
    }
    ck_assert_ptr_nonnull(result(&ada));
    ck_assert_int_eq(number(&ada, "drawable"), 0);
    ouro_sleep(EIGHTS_AGAIN_NS);
    ck_assert_uint_eq(ada.line->closed_with, OURO_CLOSE_CONSENTED);
    ck_assert_uint_eq(ouro_lobby_stats(lobby).rooms, 0);
    bot_done(&ada);
    bot_done(&bob);
}

/* --- dropping and leaving --------------------------------------------------------------------- */

LOBBY_TEST(who_drops_may_come_back_and_knows_all_again, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0), bob = bot_of(lobby, "bob", 1);
    hear(&ada);
    drop(&ada);
    hear(&bob);
    ck_assert_str_eq(state_of(&bob, 0), "away");
    ouro_sleep(EIGHTS_HOLD_NS - OURO_SEC(1)); /* her turn has passed without her */
    ada.hand = 0;
    come_back(&ada);
    hear(&bob);
    ck_assert(json_equal(ada.picture, bob.picture));
    ck_assert_str_eq(state_of(&ada, 0), "here");
    ck_assert_int_eq(number(&ada, "turn"), 1);
    ck_assert_uint_eq(ada.hand, table_of(&ada)->game.hands[0]);
    bot_done(&ada);
    bot_done(&bob);
}

LOBBY_TEST(a_page_that_is_opened_anew_is_told_its_hand, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0), bob = bot_of(lobby, "bob", 1);
    hear(&ada);
    drop(&ada);
    ada.hand = 0; /* it has forgotten all but its token and the number of the last event */
    come_back(&ada);
    ck_assert_uint_eq(ada.hand, table_of(&ada)->game.hands[0]);
    bot_done(&ada);
    bot_done(&bob);
}

static void expect_lost_by_leaving(struct bot *stays)
{
    hear(stays);
    ck_assert_ptr_nonnull(result(stays));
    ck_assert_int_eq(winner(stays), stays->place);
    ck_assert_str_eq(state_of(stays, (size_t)(1 - stays->place)), "left");
    ck_assert_str_eq(ask(stays, "draw", json_null()), "over");
    ck_assert_str_eq(ask(stays, "again", json_null()), "no_such_move");
}

LOBBY_TEST(who_leaves_has_lost, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0), bob = bot_of(lobby, "bob", 1);
    ouro_seat_leave(bob.line->connection.seat);
    ouro_sleep(OURO_MS(1));
    expect_lost_by_leaving(&ada);
    ouro_seat_leave(ada.line->connection.seat);
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(ouro_lobby_stats(lobby).rooms,
                      0); /* with nobody there is nothing to wait for */
    bot_done(&ada);
    bot_done(&bob);
}

LOBBY_TEST(who_does_not_come_back_has_lost, &eights_type)
{
    struct bot ada = bot_of(lobby, "ada", 0), bob = bot_of(lobby, "bob", 1);
    hear(&ada);
    drop(&ada);
    ouro_sleep(EIGHTS_HOLD_NS);
    expect_lost_by_leaving(&bob);
    ouro_sleep(EIGHTS_AGAIN_NS);
    ck_assert_uint_eq(bob.line->closed_with, OURO_CLOSE_CONSENTED);
    bot_done(&ada);
    bot_done(&bob);
}

/* --- whole games ------------------------------------------------------------------------------ */

static bool fits(const struct bot *bot, int card)
{
    int top = eights_card(json_string_value(json_object_get(bot->picture, "top")));
    int suit = eights_suit_of_name(json_string_value(json_object_get(bot->picture, "suit")));
    return eights_rank(card) == EIGHTS_EIGHT || eights_suit(card) == suit ||
           eights_rank(card) == eights_rank(top);
}

static int card_that_fits(const struct bot *bot)
{
    for (int card = 0; card < EIGHTS_CARDS; card++) {
        if (bot->hand & UINT64_C(1) << card && fits(bot, card))
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
    if (flag(bot, "naming"))
        refusal = ask(bot, "suit", json_pack("{s:s}", "suit", suits[ouro_rng_below(chance, 4)]));
    else if (card >= 0)
        refusal = ask(bot, "play", card_data(card));
    else if (flag(bot, "drawn") || number(bot, "drawable") == 0)
        refusal = ask(bot, "pass", json_null());
    else
        refusal = ask(bot, "draw", json_null());
    ck_assert_str_eq(refusal, "");
}

/* What was named to it is neither in the other's hand nor in the stock; and it knows its own. */
static void expect_no_leak(const struct bot *bot)
{
    const struct eights *game = &table_of(bot)->game;
    uint64_t hidden = game->hands[1 - bot->place];
    for (int i = 0; i < game->stock_count; i++)
        hidden |= UINT64_C(1) << game->stock[i];
    ck_assert_uint_eq(bot->told & hidden, 0);
    ck_assert_uint_eq(bot->hand, game->hands[bot->place]);
    for (int at = 0; at < EIGHTS_PLAYERS; at++)
        ck_assert_int_eq(of_place(bot, (size_t)at, "cards"), eights_count(game, at));
}

/* Mostly a move; now and then time passes, the connection breaks, or something odd is asked. */
static void take_turn(struct bot *bot, struct bot *other, struct ouro_rng *chance)
{
    switch (ouro_rng_below(chance, 20)) {
    case 0:
        ouro_sleep(EIGHTS_TURN_NS);
        hear(bot);
        break;
    case 1:
        drop(bot);
        ouro_sleep((int64_t)ouro_rng_below(chance, 25) * OURO_SEC(1));
        come_back(bot);
        bot->told = 0; /* what was missed is of earlier: the pile may have become the stock */
        break;
    case 2:
        ask(other, "play", card_data((int)ouro_rng_below(chance, EIGHTS_CARDS)));
        break;
    default:
        make_move(bot, chance);
    }
}

/* Until there is a result. */
static void play_game(struct bot bots[2], struct ouro_rng *chance)
{
    for (int turns = 0; !result(&bots[0]); turns++) {
        struct bot *bot = &bots[number(&bots[0], "turn")], *other = &bots[1 - bot->place];
        ck_assert_int_lt(turns, 2000);
        take_turn(bot, other, chance);
        expect_no_leak(bot);
        hear(other);
        expect_no_leak(other);
    }
    ck_assert(json_equal(bots[0].picture, bots[1].picture));
}

static void expect_points(const struct bot bots[2], const int points[2])
{
    for (size_t at = 0; at < 2; at++)
        ck_assert_int_eq(of_place(&bots[0], at, "points"), points[at]);
}

static uint64_t chance_seed;

static void three_games(struct ouro_lobby *lobby)
{
    struct bot bots[2] = {bot_of(lobby, "ada", 0), bot_of(lobby, "bob", 1)};
    struct ouro_rng chance;
    int points[2] = {0};
    ouro_rng_seed(&chance, chance_seed);
    hear(&bots[0]);
    for (int game = 1; game <= 3; game++) {
        ck_assert_int_eq(number(&bots[0], "game"), game);
        ck_assert_int_eq(number(&bots[0], "turn"), (game - 1) % 2);
        expect_points(bots, points);
        expect_no_leak(&bots[0]);
        play_game(bots, &chance);
        if (winner(&bots[0]) >= 0)
            points[winner(&bots[0])] +=
                (int)json_integer_value(json_object_get(result(&bots[0]), "points"));
        expect_points(bots, points);
        ck_assert_str_eq(ask(&bots[0], "again", json_null()), "");
        hear(&bots[1]); /* the last of this game: its cards are others' in the next */
        ck_assert_str_eq(ask(&bots[1], "again", json_null()), "");
        hear(&bots[0]);
        ck_assert_ptr_null(result(&bots[0]));
    }
    bot_done(&bots[0]);
    bot_done(&bots[1]);
}

TEST(every_game_ends_and_no_card_is_told_to_the_wrong_one)
{
    FOR_ALL_SEEDS (seed, 50) {
        struct scene_setup setup = {.type = &eights_type, .play = three_games};
        chance_seed = seed;
        ck_assert_int_eq(ouro_sim_run(seed, NULL, run_scene, &setup), 0);
    }
}
