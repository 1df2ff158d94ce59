/* SPDX-License-Identifier: MIT */
#include "22_eights/rules.h"

#include <string.h>

static const char *const codes[] = {
#define EIGHTS_CODE(name, code, text) [name] = code,
    EIGHTS_ANSWERS(EIGHTS_CODE)};
static const char *const texts[] = {
#define EIGHTS_TEXT(name, code, text) [name] = text,
    EIGHTS_ANSWERS(EIGHTS_TEXT)};

const char *eights_code(enum eights_answer answer)
{
    return codes[answer];
}

const char *eights_text(enum eights_answer answer)
{
    return texts[answer];
}

/* --- cards ------------------------------------------------------------------------------------ */

static const char ranks[] = "A23456789TJQK", suits[] = "CDHS";

void eights_card_name(int card, char ret_name[EIGHTS_NAME_BYTES])
{
    ret_name[0] = ranks[eights_rank(card)];
    ret_name[1] = suits[eights_suit(card)];
    ret_name[2] = '\0';
}

char eights_suit_name(int suit)
{
    return suits[suit];
}

/* Where that letter stands; -1: it is none of them. */
static int index_of(const char *letters, char letter)
{
    const char *found = letter ? strchr(letters, letter) : NULL;
    return found ? (int)(found - letters) : -1;
}

int eights_suit_of_name(const char *name)
{
    return strlen(name) == 1 ? index_of(suits, name[0]) : -1;
}

int eights_card(const char *name)
{
    if (strlen(name) != 2)
        return -1;
    int rank = index_of(ranks, name[0]), suit = index_of(suits, name[1]);
    return rank < 0 || suit < 0 ? -1 : suit * EIGHTS_RANKS + rank;
}

static uint64_t bit(int card)
{
    return UINT64_C(1) << card;
}

static int points_of_card(int card)
{
    int rank = eights_rank(card);
    return rank == EIGHTS_EIGHT ? 50 : rank >= 9 ? 10 : rank + 1;
}

static int points_of_hand(uint64_t hand)
{
    int points = 0;
    for (int card = 0; card < EIGHTS_CARDS; card++)
        points += hand & bit(card) ? points_of_card(card) : 0;
    return points;
}

/* --- looking ---------------------------------------------------------------------------------- */

int eights_top(const struct eights *game)
{
    return game->pile[game->pile_count - 1];
}

bool eights_has(const struct eights *game, int player, int card)
{
    return game->hands[player] & bit(card);
}

int eights_count(const struct eights *game, int player)
{
    return __builtin_popcountll(game->hands[player]);
}

int eights_drawable(const struct eights *game)
{
    return game->stock_count + (game->pile_count ? game->pile_count - 1 : 0);
}

bool eights_fits(const struct eights *game, int card)
{
    return eights_rank(card) == EIGHTS_EIGHT || eights_suit(card) == game->suit ||
           eights_rank(card) == eights_rank(eights_top(game));
}

/* An empty hand wins. Before the first deal both are empty, and there is no game, either. */
bool eights_over(const struct eights *game)
{
    return !game->hands[0] || !game->hands[1] || game->gave_up == EIGHTS_PLAYERS;
}

int eights_winner(const struct eights *game)
{
    int first = points_of_hand(game->hands[0]), second = points_of_hand(game->hands[1]);
    return first < second ? 0 : second < first ? 1 : -1;
}

int eights_won(const struct eights *game)
{
    int difference = points_of_hand(game->hands[0]) - points_of_hand(game->hands[1]);
    return difference < 0 ? -difference : difference;
}

/* --- dealing ---------------------------------------------------------------------------------- */

/* Fisher and Yates. */
static void shuffle(struct ouro_rng *rng, uint8_t *cards, int count)
{
    for (int left = count; left > 1; left--) {
        uint32_t chosen = ouro_rng_below(rng, (uint32_t)left);
        uint8_t card = cards[chosen];
        cards[chosen] = cards[left - 1];
        cards[left - 1] = card;
    }
}

static void take_from_stock(struct eights *game, int player)
{
    game->hands[player] |= bit(game->stock[--game->stock_count]);
}

/* An eight is nothing to begin with: it goes below the others, and the next one is turned. */
static void turn_first_card(struct eights *game)
{
    while (eights_rank(game->stock[game->stock_count - 1]) == EIGHTS_EIGHT) {
        uint8_t eight = game->stock[game->stock_count - 1];
        memmove(game->stock + 1, game->stock, (size_t)game->stock_count - 1);
        game->stock[0] = eight;
    }
    game->pile[game->pile_count++] = game->stock[--game->stock_count];
    game->suit = eights_suit(eights_top(game));
}

void eights_deal(struct eights *game, struct ouro_rng *rng, int first)
{
    *game = (struct eights){.rng = rng, .turn = first, .stock_count = EIGHTS_CARDS};
    for (int card = 0; card < EIGHTS_CARDS; card++)
        game->stock[card] = (uint8_t)card;
    shuffle(rng, game->stock, EIGHTS_CARDS);
    for (int i = 0; i < EIGHTS_DEALT * EIGHTS_PLAYERS; i++)
        take_from_stock(game, i % EIGHTS_PLAYERS);
    turn_first_card(game);
}

static void pile_becomes_stock(struct eights *game)
{
    uint8_t top = (uint8_t)eights_top(game);
    game->stock_count = game->pile_count - 1;
    memcpy(game->stock, game->pile, (size_t)game->stock_count);
    shuffle(game->rng, game->stock, game->stock_count);
    game->pile[0] = top;
    game->pile_count = 1;
}

/* --- moving ----------------------------------------------------------------------------------- */

static void end_turn(struct eights *game)
{
    game->turn = (game->turn + 1) % EIGHTS_PLAYERS;
    game->drawn = game->naming = false;
}

static enum eights_answer may_move(const struct eights *game, int player)
{
    return eights_over(game)      ? EIGHTS_OVER
           : game->turn != player ? EIGHTS_NOT_YOUR_TURN
           : game->naming         ? EIGHTS_NAME_A_SUIT
                                  : EIGHTS_DONE;
}

enum eights_answer eights_play(struct eights *game, int player, int card)
{
    enum eights_answer answer = may_move(game, player);
    if (answer != EIGHTS_DONE)
        return answer;
    if (card < 0 || card >= EIGHTS_CARDS || !eights_has(game, player, card))
        return EIGHTS_NOT_YOURS;
    if (!eights_fits(game, card))
        return EIGHTS_DOES_NOT_FIT;
    game->hands[player] &= ~bit(card);
    game->pile[game->pile_count++] = (uint8_t)card;
    game->suit = eights_suit(card);
    game->gave_up = 0;
    game->naming = eights_rank(card) == EIGHTS_EIGHT && !eights_over(game);
    if (!game->naming)
        end_turn(game);
    return EIGHTS_DONE;
}

enum eights_answer eights_name(struct eights *game, int player, int suit)
{
    enum eights_answer answer = may_move(game, player);
    if (answer != EIGHTS_NAME_A_SUIT)
        return answer == EIGHTS_DONE ? EIGHTS_NO_EIGHT : answer;
    if (suit < 0 || suit >= EIGHTS_SUITS)
        return EIGHTS_NO_SUCH_MOVE;
    game->suit = suit;
    end_turn(game);
    return EIGHTS_DONE;
}

enum eights_answer eights_draw(struct eights *game, int player)
{
    enum eights_answer answer = may_move(game, player);
    if (answer != EIGHTS_DONE)
        return answer;
    if (game->drawn)
        return EIGHTS_HAS_DRAWN;
    if (eights_drawable(game) == 0)
        return EIGHTS_STOCK_EMPTY;
    if (game->stock_count == 0)
        pile_becomes_stock(game);
    take_from_stock(game, player);
    game->drawn = true;
    game->gave_up = 0;
    return EIGHTS_DONE;
}

enum eights_answer eights_pass(struct eights *game, int player)
{
    enum eights_answer answer = may_move(game, player);
    if (answer != EIGHTS_DONE)
        return answer;
    if (!game->drawn && eights_drawable(game) > 0)
        return EIGHTS_DRAW_FIRST;
    if (!game->drawn)
        game->gave_up++;
    end_turn(game);
    return EIGHTS_DONE;
}

void eights_let_pass(struct eights *game)
{
    int player = game->turn;
    if (game->naming) {
        eights_name(game, player, game->suit);
        return;
    }
    eights_draw(game,
                player); /* refused, if it has drawn or there is nothing: so much the better */
    eights_pass(game, player);
}
