/* SPDX-License-Identifier: MIT */
/* What docs/matchmaking.md and docs/headers/match.md show. */
#include "test.h"

#include <ouro/match.h>
#include <ouro/runtime.h>

struct party {
    int seats;
    uint32_t team;
    bool gave_up;
};

struct game {
    struct ouro_match *match;
    int seats;
};

static void seat(struct game *game, struct party *party, uint32_t team)
{
    game->seats += party->seats;
    party->team = team;
}

static void on_found(const struct ouro_match_found *found, void *ud)
{
    struct game *game = ud;
    for (size_t i = 0; i < found->count; i++)
        seat(game, found->parties[i].ud, found->parties[i].team);
}

static void on_gave_up(struct ouro_match_id id, void *ticket_ud, void *ud)
{
    struct party *party = ticket_ud;
    (void)id, (void)ud;
    party->gave_up = true;
}

static int matchmaking(void *arg)
{
    struct game *game = arg;
    int rc;
    while ((rc = ouro_sleep(OURO_MS(250))) == 0)
        ouro_match_pass(game->match, ouro_now());
    return rc;
}

static void open_pool(struct game *game)
{
    struct ouro_match_options options = {
        .players_min = 4,
        .players_max = 8,
        .teams = 2,
        .skill_apart = 50,            /* at first */
        .skill_apart_per_second = 10, /* and so much more with each second of waiting */
        .skill_apart_max = 500,       /* but no further */
        .patience_ns = OURO_SEC(10),  /* then four are enough */
        .give_up_ns = OURO_SEC(120),
        .found = on_found,
        .gave_up = on_gave_up,
        .ud = game,
    };
    ck_assert_int_eq(ouro_match_new(&options, &game->match), 0);
}

static void queue_up(struct game *game, struct party *party)
{
    const struct ouro_match_property properties[] = {
        {"region", "eu", 0},
        {"mode", "ctf", 0},
        {"level", NULL, 12},
    };
    struct ouro_match_ticket ticket = {
        .query = "mode=ctf region=eu~20s level>=5 level<=20~30s",
        .properties = properties,
        .property_count = 3,
        .players = 2, /* a party */
        .skill = 1480,
        .ud = party,
    };
    struct ouro_match_id id;
    party->seats = 2;
    ck_assert_int_eq(ouro_match_add(game->match, ouro_now(), &ticket, &id), 0);
}

static void look_for_another(struct game *game)
{
    const struct ouro_match_property properties[] = {
        {"region", "eu", 0},
        {"mode", "ctf", 0},
        {"level", NULL, 12},
    };
    struct ouro_match_ticket room = {
        .query = "region=eu",
        .properties = properties,
        .property_count = 3,
        .is_room = true,
        .places = {1, 0}, /* one in the first team */
        .ud = game,
    };
    struct ouro_match_id id;
    ck_assert_int_eq(ouro_match_add(game->match, ouro_now(), &room, &id), 0);
}

static int evening(void *arg)
{
    struct game game = {0};
    struct party parties[3] = {{0}};
    struct ouro_task *task;
    (void)arg;
    open_pool(&game);
    ck_assert_int_eq(ouro_spawn(matchmaking, &game, NULL, &task), 0);
    queue_up(&game, &parties[0]);
    queue_up(&game, &parties[1]);
    ouro_sleep(OURO_SEC(9));
    ck_assert_int_eq(game.seats, 0); /* eight would be better */
    ouro_sleep(OURO_SEC(2));
    ck_assert_int_eq(game.seats, 4); /* four are enough */
    ck_assert_uint_ne(parties[0].team, parties[1].team);

    look_for_another(&game); /* one place is not for a party of two */
    queue_up(&game, &parties[2]);
    ouro_sleep(OURO_SEC(121));
    ck_assert(parties[2].gave_up);

    ouro_cancel(task);
    ouro_await(task, OURO_FOREVER, NULL);
    ouro_task_unref(task);
    ouro_match_free(game.match);
    return 0;
}

TEST(an_evening_of_matchmaking)
{
    ck_assert_int_eq(ouro_sim_run(1, NULL, evening, NULL), 0);
}
