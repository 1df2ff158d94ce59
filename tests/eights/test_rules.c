/* SPDX-License-Identifier: MIT */
/* The rules of examples/22_eights, by hands that are laid out, and by thousands of games. */
#include "22_eights/rules.h"
#include "seeds.h"
#include "test.h"

static struct ouro_rng rng;

static uint64_t cards(const char *names)
{
    uint64_t hand = 0;
    char name[EIGHTS_NAME_BYTES];
    for (int used; sscanf(names, " %2s%n", name, &used) == 1; names += used)
        hand |= UINT64_C(1) << eights_card(name);
    return hand;
}

static int lay(uint8_t *out, const char *names)
{
    int count = 0;
    char name[EIGHTS_NAME_BYTES];
    for (int used; sscanf(names, " %2s%n", name, &used) == 1; names += used)
        out[count++] = (uint8_t)eights_card(name);
    return count;
}

/* The first player's turn. The last names of pile and stock are on top. */
static struct eights game_of(const char *first, const char *second, const char *pile,
                             const char *stock)
{
    struct eights game = {.rng = &rng, .hands = {cards(first), cards(second)}};
    ouro_rng_seed(&rng, 1);
    game.pile_count = lay(game.pile, pile);
    game.stock_count = lay(game.stock, stock);
    game.suit = eights_suit(eights_top(&game));
    return game;
}

static enum eights_answer play(struct eights *game, int player, const char *name)
{
    return eights_play(game, player, eights_card(name));
}

static enum eights_answer name(struct eights *game, int player, const char *suit)
{
    return eights_name(game, player, eights_suit_of_name(suit));
}

#define answers(call, answer) ck_assert_str_eq(eights_code(call), eights_code(answer))

/* --- names ------------------------------------------------------------------------------------ */

TEST(each_card_has_a_name_of_its_own)
{
    for (int card = 0; card < EIGHTS_CARDS; card++) {
        char text[EIGHTS_NAME_BYTES];
        eights_card_name(card, text);
        ck_assert_int_eq(eights_card(text), card);
    }
    ck_assert_int_eq(eights_rank(eights_card("8S")), EIGHTS_EIGHT);
    ck_assert_int_eq(eights_suit(eights_card("8S")), eights_suit_of_name("S"));
    ck_assert_int_eq(eights_suit_name(eights_suit_of_name("D")), 'D');
}

TEST(what_is_no_card_has_no_number)
{
    const char *const wrong[] = {"", "Q", "H", "QX", "1H", "HQ", "QH ", "qh", "10H", "\xff\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_int_eq(eights_card(wrong[i]), -1);
    ck_assert_int_eq(eights_suit_of_name(""), -1);
    ck_assert_int_eq(eights_suit_of_name("HH"), -1);
    ck_assert_int_eq(eights_suit_of_name("X"), -1);
}

/* --- dealing ---------------------------------------------------------------------------------- */

static uint64_t all_cards(const struct eights *game)
{
    uint64_t all = game->hands[0] | game->hands[1];
    for (int i = 0; i < game->stock_count; i++)
        all |= UINT64_C(1) << game->stock[i];
    for (int i = 0; i < game->pile_count; i++)
        all |= UINT64_C(1) << game->pile[i];
    return all;
}

static void expect_whole_deck(const struct eights *game)
{
    int count =
        eights_count(game, 0) + eights_count(game, 1) + game->stock_count + game->pile_count;
    ck_assert_int_eq(count, EIGHTS_CARDS);
    ck_assert_uint_eq(all_cards(game), (UINT64_C(1) << EIGHTS_CARDS) - 1);
}

TEST(seven_cards_each_and_one_that_is_no_eight)
{
    struct eights game;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        ouro_rng_seed(&rng, seed);
        eights_deal(&game, &rng, (int)(seed % 2));
        expect_whole_deck(&game);
        ck_assert_int_eq(eights_count(&game, 0), EIGHTS_DEALT);
        ck_assert_int_eq(eights_count(&game, 1), EIGHTS_DEALT);
        ck_assert_int_eq(game.pile_count, 1);
        ck_assert_int_ne(eights_rank(eights_top(&game)), EIGHTS_EIGHT);
        ck_assert_int_eq(game.suit, eights_suit(eights_top(&game)));
        ck_assert_int_eq(game.turn, (int)(seed % 2));
        ck_assert(!eights_over(&game));
    }
}

TEST(the_seed_is_the_game)
{
    struct eights first, again, other;
    ouro_rng_seed(&rng, 7);
    eights_deal(&first, &rng, 0);
    eights_deal(&other, &rng, 0);
    ouro_rng_seed(&rng, 7);
    eights_deal(&again, &rng, 0);
    ck_assert_mem_eq(&first, &again, sizeof first);
    ck_assert_uint_ne(first.hands[0], other.hands[0]);
}

TEST(each_card_comes_to_each_place)
{
    uint64_t seen[EIGHTS_CARDS] = {0};
    struct eights game;
    ouro_rng_seed(&rng, 1);
    for (int i = 0; i < 2000; i++) {
        eights_deal(&game, &rng, 0);
        for (int place = 0; place < game.stock_count; place++)
            seen[place] |= UINT64_C(1) << game.stock[place];
    }
    for (int place = 0; place < EIGHTS_CARDS - 2 * EIGHTS_DEALT - 1; place++)
        ck_assert_uint_eq(seen[place], (UINT64_C(1) << EIGHTS_CARDS) - 1);
}

/* --- a card ----------------------------------------------------------------------------------- */

TEST(a_card_follows_suit_or_rank)
{
    struct eights game = game_of("4H QS QC 8D", "2C", "9S QH", "3C");
    ck_assert(eights_fits(&game, eights_card("4H")));
    ck_assert(eights_fits(&game, eights_card("QS")));
    ck_assert(eights_fits(&game, eights_card("8D")));
    ck_assert(!eights_fits(&game, eights_card("9S"))); /* it is below */
    answers(play(&game, 0, "QS"), EIGHTS_DONE);
    ck_assert_int_eq(game.turn, 1);
    ck_assert_int_eq(game.suit, eights_suit_of_name("S"));
    ck_assert_uint_eq(game.hands[0], cards("4H QC 8D"));
    answers(play(&game, 1, "2C"), EIGHTS_DOES_NOT_FIT);
}

TEST(what_is_refused_changes_nothing)
{
    struct eights game = game_of("4H QC 5S", "2H KH", "QH", "3C"), before = game;
    answers(play(&game, 1, "2H"), EIGHTS_NOT_YOUR_TURN);
    answers(eights_draw(&game, 1), EIGHTS_NOT_YOUR_TURN);
    answers(eights_pass(&game, 1), EIGHTS_NOT_YOUR_TURN);
    answers(name(&game, 1, "H"), EIGHTS_NOT_YOUR_TURN);
    answers(play(&game, 0, "2H"), EIGHTS_NOT_YOURS);
    answers(play(&game, 0, "nonsense"), EIGHTS_NOT_YOURS);
    answers(eights_play(&game, 0, EIGHTS_CARDS), EIGHTS_NOT_YOURS);
    answers(eights_play(&game, 0, 1 << 30), EIGHTS_NOT_YOURS);
    answers(play(&game, 0, "5S"), EIGHTS_DOES_NOT_FIT);
    answers(name(&game, 0, "H"), EIGHTS_NO_EIGHT);
    answers(eights_pass(&game, 0), EIGHTS_DRAW_FIRST);
    ck_assert_mem_eq(&game, &before, sizeof game);
}

TEST(an_eight_fits_anywhere_and_names_what_follows)
{
    struct eights game = game_of("8C 2D", "KH 3D", "QH", "3C");
    answers(play(&game, 0, "8C"), EIGHTS_DONE);
    ck_assert_int_eq(game.turn, 0); /* still */
    struct eights before = game;
    answers(play(&game, 0, "2D"), EIGHTS_NAME_A_SUIT);
    answers(eights_draw(&game, 0), EIGHTS_NAME_A_SUIT);
    answers(eights_pass(&game, 0), EIGHTS_NAME_A_SUIT);
    answers(name(&game, 0, "X"), EIGHTS_NO_SUCH_MOVE);
    answers(eights_name(&game, 0, EIGHTS_SUITS), EIGHTS_NO_SUCH_MOVE);
    ck_assert_mem_eq(&game, &before, sizeof game);
    answers(name(&game, 0, "D"), EIGHTS_DONE);
    answers(play(&game, 1, "KH"), EIGHTS_DOES_NOT_FIT);
    answers(play(&game, 1, "3D"), EIGHTS_DONE);
}

/* --- drawing and passing ---------------------------------------------------------------------- */

TEST(one_card_is_drawn_and_may_be_played)
{
    struct eights game = game_of("2C", "KH", "QH", "3C 5H");
    answers(eights_draw(&game, 0), EIGHTS_DONE);
    ck_assert_uint_eq(game.hands[0], cards("2C 5H"));
    answers(eights_draw(&game, 0), EIGHTS_HAS_DRAWN);
    answers(play(&game, 0, "5H"), EIGHTS_DONE);
    answers(eights_draw(&game, 1), EIGHTS_DONE);
    answers(eights_pass(&game, 1), EIGHTS_DONE);
    ck_assert_int_eq(game.turn, 0);
    answers(eights_pass(&game, 0), EIGHTS_DRAW_FIRST); /* what the other drew is not mine */
}

TEST(an_empty_stock_is_the_pile_shuffled_but_its_top)
{
    struct eights game = game_of("2C", "KH", "4S 5S 6S QH", "");
    ck_assert_int_eq(eights_drawable(&game), 3);
    answers(eights_draw(&game, 0), EIGHTS_DONE);
    ck_assert_int_eq(eights_top(&game), eights_card("QH"));
    ck_assert_int_eq(game.pile_count, 1);
    ck_assert_int_eq(game.stock_count, 2);
    ck_assert_uint_eq(all_cards(&game), cards("2C KH 4S 5S 6S QH"));
}

TEST(a_suit_that_was_named_outlives_the_shuffling)
{
    struct eights game = game_of("8C 2S", "KH", "4S 5S QH", "");
    answers(play(&game, 0, "8C"), EIGHTS_DONE);
    answers(name(&game, 0, "D"), EIGHTS_DONE);
    answers(eights_draw(&game, 1), EIGHTS_DONE);
    ck_assert_int_eq(eights_top(&game), eights_card("8C"));
    ck_assert_int_eq(game.suit, eights_suit_of_name("D"));
}

TEST(when_nobody_can_move_who_holds_less_has_won)
{
    struct eights game = game_of("2C 9C", "KS 8S", "QH", "");
    answers(eights_draw(&game, 0), EIGHTS_STOCK_EMPTY);
    answers(eights_pass(&game, 0), EIGHTS_DONE);
    ck_assert(!eights_over(&game));
    answers(eights_pass(&game, 1), EIGHTS_DONE);
    ck_assert(eights_over(&game));
    ck_assert_int_eq(eights_winner(&game), 0);
    ck_assert_int_eq(eights_won(&game), 60 - 11);
    answers(eights_pass(&game, 0), EIGHTS_OVER);
}

TEST(a_card_between_two_passes_goes_on)
{
    struct eights game = game_of("2C 9C", "KH 4S", "QH", "");
    answers(eights_pass(&game, 0), EIGHTS_DONE);
    answers(play(&game, 1, "KH"), EIGHTS_DONE);
    answers(eights_draw(&game, 0), EIGHTS_DONE); /* the queen */
    answers(eights_pass(&game, 0), EIGHTS_DONE);
    answers(eights_pass(&game, 1), EIGHTS_DONE);
    ck_assert(!eights_over(&game));
}

TEST(nobody_wins_what_is_equal)
{
    struct eights game = game_of("KC", "QS", "2H", "");
    answers(eights_pass(&game, 0), EIGHTS_DONE);
    answers(eights_pass(&game, 1), EIGHTS_DONE);
    ck_assert_int_eq(eights_winner(&game), -1);
    ck_assert_int_eq(eights_won(&game), 0);
}

/* --- the end ---------------------------------------------------------------------------------- */

TEST(who_has_no_card_has_won_what_the_other_holds)
{
    struct eights game = game_of("AH 8C", "8S KD TD JD QD AD 9D", "QH", "3C");
    answers(play(&game, 0, "AH"), EIGHTS_DONE);
    answers(play(&game, 1, "AD"), EIGHTS_DONE);
    answers(play(&game, 0, "8C"), EIGHTS_DONE); /* the last: no suit to be named */
    ck_assert(eights_over(&game));
    ck_assert_int_eq(eights_winner(&game), 0);
    ck_assert_int_eq(eights_won(&game), 50 + 4 * 10 + 9);
    answers(name(&game, 0, "D"), EIGHTS_OVER);
    answers(eights_draw(&game, 1), EIGHTS_OVER);
}

TEST(before_the_first_deal_there_is_no_game)
{
    struct eights game = {0};
    answers(play(&game, 0, "AH"), EIGHTS_OVER);
    answers(eights_draw(&game, 0), EIGHTS_OVER);
    answers(eights_pass(&game, 0), EIGHTS_OVER);
    answers(name(&game, 0, "H"), EIGHTS_OVER);
    ck_assert_int_eq(eights_drawable(&game), 0);
}

/* --- the clock -------------------------------------------------------------------------------- */

TEST(who_does_nothing_draws_and_passes)
{
    struct eights game = game_of("2C", "KH", "QH", "3C 5H");
    eights_let_pass(&game);
    ck_assert_uint_eq(game.hands[0], cards("2C 5H"));
    ck_assert_int_eq(game.turn, 1);
    answers(eights_draw(&game, 1), EIGHTS_DONE);
    eights_let_pass(&game);
    ck_assert_uint_eq(game.hands[1], cards("KH 3C")); /* no second one */
    ck_assert_int_eq(game.turn, 0);
}

TEST(an_eight_that_is_left_alone_keeps_its_suit)
{
    struct eights game = game_of("8C 2D", "KH", "QH", "3C");
    answers(play(&game, 0, "8C"), EIGHTS_DONE);
    eights_let_pass(&game);
    ck_assert_int_eq(game.suit, eights_suit_of_name("C"));
    ck_assert_uint_eq(game.hands[0], cards("2D"));
    ck_assert_int_eq(game.turn, 1);
}

TEST(two_who_do_nothing_come_to_an_end)
{
    struct eights game;
    int turns = 0;
    ouro_rng_seed(&rng, 1);
    eights_deal(&game, &rng, 0);
    for (; !eights_over(&game); turns++)
        eights_let_pass(&game);
    ck_assert_int_eq(turns, EIGHTS_CARDS - 2 * EIGHTS_DEALT - 1 + 2);
    expect_whole_deck(&game);
}

/* --- whole games ------------------------------------------------------------------------------ */

static int some_card_of(uint64_t hand, struct ouro_rng *chance)
{
    int card = (int)ouro_rng_below(chance, EIGHTS_CARDS);
    while (!(hand & UINT64_C(1) << card))
        card = (card + 1) % EIGHTS_CARDS;
    return card;
}

/* Any move that is allowed, and some that are not. */
static void move_anyhow(struct eights *game, struct ouro_rng *chance)
{
    int player = game->turn, card = some_card_of(game->hands[player], chance);
    if (ouro_rng_chance(chance, 100000))
        player = 1 - player;
    switch (ouro_rng_below(chance, 8)) {
    case 0:
        eights_draw(game, player);
        break;
    case 1:
        eights_pass(game, player);
        break;
    case 2:
        eights_name(game, player, (int)ouro_rng_below(chance, EIGHTS_SUITS + 1));
        break;
    default:
        eights_play(game, player, card);
    }
}

TEST(every_game_keeps_its_cards_and_ends)
{
    FOR_ALL_SEEDS (seed, 200) {
        struct ouro_rng chance;
        struct eights game;
        int moves = 0;
        ouro_rng_seed(&rng, seed);
        ouro_rng_seed(&chance, seed + 1);
        eights_deal(&game, &rng, 0);
        for (; !eights_over(&game); moves++) {
            move_anyhow(&game, &chance);
            expect_whole_deck(&game);
            ck_assert_int_lt(moves, 100000);
        }
        ck_assert(eights_winner(&game) >= -1 && eights_winner(&game) < EIGHTS_PLAYERS);
        ck_assert((eights_winner(&game) < 0) == (eights_won(&game) == 0));
    }
}
