/* SPDX-License-Identifier: MIT */
/* Crazy Eights for two. Pure: moves in, results out; no room, no clock, no text from outside.
 *
 *     stock --draw--> hand --play--> pile          the top of the pile says what may follow:
 *       ^                             |            its suit, its rank, or an eight
 *       +--------- shuffled ----------+ all but its top, when the stock is empty
 *
 * A turn is a card, or a card drawn and then a card or a pass. Who plays an eight names the suit
 * that is to follow. Who has no card left has won, and gets the points of what the other holds;
 * when nobody can move, who holds less has won the difference. (https://www.pagat.com/eights/) */
#ifndef EIGHTS_RULES_H
#define EIGHTS_RULES_H

#include <ouro/base.h>

#define EIGHTS_PLAYERS 2
#define EIGHTS_CARDS   52
#define EIGHTS_DEALT   7 /* cards that each has at first */
#define EIGHTS_RANKS   13
#define EIGHTS_SUITS   4
#define EIGHTS_EIGHT   7 /* the rank, from 0, the ace */

/* A card is suit * EIGHTS_RANKS + rank; a hand is a set of cards, a bit each. */
static inline int eights_suit(int card)
{
    return card / EIGHTS_RANKS;
}
static inline int eights_rank(int card)
{
    return card % EIGHTS_RANKS;
}

struct eights {
    struct ouro_rng *rng;
    uint8_t stock[EIGHTS_CARDS], pile[EIGHTS_CARDS]; /* the last is on top */
    int stock_count, pile_count;
    uint64_t hands[EIGHTS_PLAYERS];
    int turn;    /* whose */
    int suit;    /* to be followed: the top's, or the one that was named */
    bool naming; /* an eight lies on top, and its suit is still to be named */
    bool drawn;  /* in this turn */
    int gave_up; /* how many in a row passed because there was nothing to draw */
};

/* What becomes of a move: done, or refused with a code for programs and a text for people. */
#define EIGHTS_ANSWERS(X)                                             \
    X(EIGHTS_DONE, "done", "done")                                    \
    X(EIGHTS_OVER, "over", "no game is going on")                     \
    X(EIGHTS_NOT_YOUR_TURN, "not_your_turn", "it is not your turn")   \
    X(EIGHTS_NOT_YOURS, "not_yours", "you don't have that card")      \
    X(EIGHTS_DOES_NOT_FIT, "does_not_fit", "that card does not fit")  \
    X(EIGHTS_NAME_A_SUIT, "name_a_suit", "first name a suit")         \
    X(EIGHTS_NO_EIGHT, "no_eight", "a suit is named after an eight")  \
    X(EIGHTS_HAS_DRAWN, "has_drawn", "you have drawn in this turn")   \
    X(EIGHTS_DRAW_FIRST, "draw_first", "draw a card before you pass") \
    X(EIGHTS_STOCK_EMPTY, "stock_empty", "there is nothing to draw")  \
    X(EIGHTS_NO_SUCH_MOVE, "no_such_move", "that is not a move")

enum eights_answer {
#define EIGHTS_ANSWER(name, code, text) name,
    EIGHTS_ANSWERS(EIGHTS_ANSWER)
#undef EIGHTS_ANSWER
};
const char *eights_code(enum eights_answer answer);
const char *eights_text(enum eights_answer answer);

/* A new game. Shuffles with this generator, now and later: its seed is the game. */
void eights_deal(struct eights *game, struct ouro_rng *rng, int first);

/* The moves, of cards and suits that may be any number. A refused one changes nothing. */
enum eights_answer eights_play(struct eights *game, int player, int card);
enum eights_answer eights_name(struct eights *game, int player, int suit);
enum eights_answer eights_draw(struct eights *game, int player);
enum eights_answer eights_pass(struct eights *game, int player);
/* What happens to who does nothing: draws, if that is still to be done, and passes; an eight keeps
 * its own suit. The turn has ended. */
void eights_let_pass(struct eights *game);

/* May this card be put on the pile, whoever has it? */
bool eights_fits(const struct eights *game, int card);
bool eights_has(const struct eights *game, int player, int card);
int eights_count(const struct eights *game, int player);
/* What may be drawn, those of the pile included that would be shuffled. */
int eights_drawable(const struct eights *game);
int eights_top(const struct eights *game);

bool eights_over(const struct eights *game);
/* Of a game that is over: who has won, -1: nobody; and how much. */
int eights_winner(const struct eights *game);
int eights_won(const struct eights *game);

/* "QH" is the queen of hearts: one of A23456789TJQK, one of CDHS. */
#define EIGHTS_NAME_BYTES 3
void eights_card_name(int card, char ret_name[EIGHTS_NAME_BYTES]);
/* The card of that name, -1: there is none. The same for "H". */
int eights_card(const char *name);
int eights_suit_of_name(const char *name);
char eights_suit_name(int suit);

#endif
