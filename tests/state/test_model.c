/* SPDX-License-Identifier: MIT */
/* A random world, and clients of all kinds: what each knows is what it may see, no more and no
 * less, after whatever it is sent. */
#include "watcher.h"

#include "state/grid.h"

#define CELL         50.0
#define WORLD        400.0
#define ENTITIES     80
#define WATCHERS     12
#define STEPS        120
#define SETTLE_STEPS 200

struct snail {
    float x, y;
    uint16_t hp;
    int32_t secret;
    char name[12];
    bool asleep;
};

struct card {
    uint8_t value;
    int16_t mood;
};

static const struct ouro_field snail_fields[] = {
    {OURO_FIELD(struct snail, x), OURO_FIELD_FLOAT, .bits = 12, .max = WORLD, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct snail, y), OURO_FIELD_FLOAT, .bits = 12, .max = WORLD, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct snail, hp), OURO_FIELD_UINT, .who = OURO_WHO_TEAM},
    {OURO_FIELD(struct snail, secret), OURO_FIELD_INT, .who = OURO_WHO_OWNER},
    {OURO_FIELD(struct snail, name), OURO_FIELD_STRING},
    {OURO_FIELD(struct snail, asleep), OURO_FIELD_BOOL},
    {0},
};

static const struct ouro_field card_fields[] = {
    {OURO_FIELD(struct card, value), OURO_FIELD_UINT, .bits = 4},
    {OURO_FIELD(struct card, mood), OURO_FIELD_INT, .bits = 5, .who = OURO_WHO_TEAM},
    {0},
};

enum { SNAIL, SUN, CARD, FLAG, STONE };
static const struct ouro_type types[] = {
    {"snail", snail_fields, sizeof(struct snail)},
    {"sun", snail_fields, sizeof(struct snail), .everywhere = true},
    {"card", card_fields, sizeof(struct card), .who = OURO_WHO_OWNER},
    {"flag", card_fields, sizeof(struct card)},
    {"stone", snail_fields, sizeof(struct snail), .still = true},
    {0},
};

/* What the test knows of an entity. */
struct thing {
    struct ouro_entity entity; /* none: there is none */
    uint32_t type;
    struct ouro_audience audience;
};

/* What the test knows of a client. */
struct client {
    struct watcher watcher;
    uint32_t owner, team;
    bool exact; /* it is sent all at once: no bound on bytes, never behind */
    bool looks;
    struct ouro_rect rect;
    size_t snapshots; /* checked so far */
};

struct world {
    struct ouro_rng rng;
    struct ouro_state *state;
    uint32_t tick;
    struct thing things[ENTITIES];
    struct client clients[WATCHERS];
};

static uint32_t below(struct world *world, uint32_t bound)
{
    return ouro_rng_below(&world->rng, bound);
}

/* --- what may be seen ------------------------------------------------------------------------- */

static uint8_t widest(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

enum sight { HIDDEN, PERHAPS, SEEN }; /* perhaps: the cell is going out of view */

static enum sight sight_of_place(const struct client *client, const struct thing *thing,
                                 const struct snail *snail)
{
    if ((thing->type != SNAIL && thing->type != STONE) || thing->audience.everywhere)
        return SEEN;
    if (!client->looks)
        return HIDDEN;
    struct ouro__cell cell = ouro__grid_cell(CELL, snail->x, snail->y);
    struct ouro__cells near = ouro__grid_cells(CELL, &client->rect, 0);
    struct ouro__cells far = ouro__grid_cells(CELL, &client->rect, CELL / 4);
    return ouro__cells_have(&near, cell) ? SEEN : ouro__cells_have(&far, cell) ? PERHAPS : HIDDEN;
}

/* Of one field. */
static enum sight sight_of(const struct world *world, const struct client *client,
                           const struct thing *thing, const struct ouro_field *field)
{
    uint8_t who = widest(widest(field->who, types[thing->type].who), thing->audience.who);
    if (who == OURO_WHO_OWNER)
        return thing->audience.owner && thing->audience.owner == client->owner ? SEEN : HIDDEN;
    if (who == OURO_WHO_TEAM && (!thing->audience.team || thing->audience.team != client->team))
        return HIDDEN;
    return sight_of_place(client, thing, ouro_entity_record(world->state, thing->entity));
}

/* An assertion of Check makes a system call each time, and here are millions. */
static void expect(bool holds, const char *what, const char *which)
{
    if (!holds)
        ck_abort_msg("%s: %s", which, what);
}

static void check_thing(const struct world *world, struct client *client, const struct thing *thing)
{
    const struct ouro_type *type = &types[thing->type];
    const void *record = ouro_entity_record(world->state, thing->entity);
    struct ouro_seen seen = {0};
    bool knows = watcher_knows(&client->watcher, thing->entity, &seen);
    uint32_t differ = knows ? ouro_record_changes(type, record, seen.record) : 0;
    expect(!knows || seen.type == type, "is of another type", type->name);
    for (unsigned i = 0; type->fields[i].name; i++) {
        enum sight sight = sight_of(world, client, thing, &type->fields[i]);
        bool known = seen.known >> i & 1;
        expect(sight != SEEN || known, "is not known", type->fields[i].name);
        expect(sight != HIDDEN || !known, "is known", type->fields[i].name);
        expect(!known || !(differ >> i & 1), "is wrong", type->fields[i].name);
    }
}

static void check(const struct world *world, struct client *client)
{
    size_t known = 0;
    for (size_t i = 0; i < ENTITIES; i++) {
        const struct thing *thing = &world->things[i];
        struct ouro_seen seen;
        if (!thing->entity.id)
            continue;
        check_thing(world, client, thing);
        known += watcher_knows(&client->watcher, thing->entity, &seen);
    }
    expect(ouro_picture_count(client->watcher.picture) == known, "too many", "entities");
    expect(ouro_picture_snapshot(client->watcher.picture)->tick ==
               ouro_view_stats(client->watcher.view).tick,
           "is another one", "tick");
}

/* --- what happens ----------------------------------------------------------------------------- */

static float coordinate(struct world *world)
{
    return (float)below(world, 4000) / 10;
}

static void shuffle_snail(struct world *world, struct snail *snail)
{
    switch (below(world, 6)) {
    case 0:
        snail->hp = (uint16_t)below(world, 1000);
        break;
    case 1:
        snail->secret = (int32_t)below(world, 2000) - 1000;
        break;
    case 2:
        snprintf(snail->name, sizeof snail->name, "s%u", below(world, 100000));
        break;
    case 3:
        snail->asleep = !snail->asleep;
        break;
    case 4:
        snail->x = coordinate(world);
        break;
    default:
        snail->x += (float)below(world, 100) / 10 - 5;
        snail->y += (float)below(world, 100) / 10 - 5;
    }
}

static void shuffle_card(struct world *world, struct card *card)
{
    card->value = (uint8_t)below(world, 16);
    card->mood = (int16_t)(below(world, 40) - 20);
}

static void shuffle(struct world *world, const struct thing *thing)
{
    void *record = ouro_entity_record(world->state, thing->entity);
    if (thing->type != CARD && thing->type != FLAG)
        shuffle_snail(world, record);
    else
        shuffle_card(world, record);
}

static void show(struct world *world, struct thing *thing)
{
    thing->audience = (struct ouro_audience){
        .owner = below(world, 4),
        .team = below(world, 3),
        .who = (uint8_t)(below(world, 4) == 0 ? below(world, OURO_WHO_COUNT) : 0),
        .everywhere = below(world, 10) == 0,
    };
    ck_assert_int_eq(ouro_entity_show(world->state, thing->entity, &thing->audience), 0);
}

static void come(struct world *world, struct thing *thing)
{
    *thing = (struct thing){.type = below(world, 3) ? SNAIL : below(world, 5)};
    ck_assert_int_eq(ouro_entity_new(world->state, thing->type, &thing->entity), 0);
    for (int i = 0; i < 8; i++)
        shuffle(world, thing);
    if (below(world, 2))
        show(world, thing);
}

static void go(struct world *world, struct thing *thing)
{
    ouro_entity_end(world->state, thing->entity);
    ck_assert_ptr_null(ouro_entity_record(world->state, thing->entity));
    ck_assert_int_eq(ouro_entity_show(world->state, thing->entity, &thing->audience), -ESTALE);
    *thing = (struct thing){0};
}

static void step_thing(struct world *world, struct thing *thing)
{
    uint32_t chance = below(world, 100);
    if (!thing->entity.id) {
        if (chance < 30)
            come(world, thing);
    } else if (chance < 4) {
        go(world, thing);
    } else if (chance < 8) {
        show(world, thing);
    } else if (chance < 60 && thing->type != STONE) {
        shuffle(world, thing);
    }
}

static void look(struct world *world, struct client *client)
{
    if (!client->looks || below(world, 10) == 0)
        client->rect = (struct ouro_rect){coordinate(world), coordinate(world), 80, 60};
    client->rect.x += (double)below(world, 60) - 30;
    client->rect.y += (double)below(world, 60) - 30;
    client->rect.width = 20 + below(world, 150);
    client->looks = true;
    ouro_view_look(client->watcher.view, &client->rect);
}

static void step_client(struct world *world, struct client *client)
{
    struct watcher *watcher = &client->watcher;
    uint32_t chance = below(world, 100);
    if (chance < 30)
        look(world, client);
    else if (chance < 32)
        ouro_view_join(watcher->view, client->team = below(world, 3));
    else if (chance < 34)
        ouro_view_reset(watcher->view);
    else if (chance < 36)
        watcher->refuses = 1;
    else if (chance < 38)
        ouro_view_rate(watcher->view, client->exact ? 1 : 1 + below(world, 5));
    if (below(world, 4) == 0)
        watcher_drain(watcher);
    if (below(world, 4) == 0)
        ouro_view_input(watcher->view, world->tick);
}

/* Of some kinds: at once; slow; with few bytes; only each n-th; by frames. */
static void client_comes(struct world *world, size_t number)
{
    struct client *client = &world->clients[number];
    *client = (struct client){.owner = (uint32_t)number % 4, .team = (uint32_t)number % 3};
    client->exact = number % 4 != 3;
    struct ouro_view_options options = {
        .owner = client->owner,
        .team = client->team,
        .divisor = number % 4 == 2 ? 1 + (uint32_t)number / 4 : 1,
        .bytes_max = client->exact ? 0 : 100,
    };
    watcher_start(&client->watcher, world->state, types, &options);
    client->watcher.slow = number % 4 == 1;
    if (number % 8 == 0)
        watcher_takes_frames_only(&client->watcher);
}

static void check_clients(struct world *world)
{
    for (size_t i = 0; i < WATCHERS; i++) {
        struct client *client = &world->clients[i];
        if (client->exact && client->watcher.snapshots > client->snapshots)
            check(world, client);
        client->snapshots = client->watcher.snapshots;
        expect(client->watcher.closed_with == 0, "closed", "watcher");
    }
}

static void step(struct world *world)
{
    for (size_t i = 0; i < ENTITIES; i++)
        step_thing(world, &world->things[i]);
    for (size_t i = 0; i < WATCHERS; i++)
        step_client(world, &world->clients[i]);
    if (below(world, 20) == 0) {
        size_t number = below(world, WATCHERS);
        watcher_stop(&world->clients[number].watcher);
        client_comes(world, number);
    }
    world->tick += 1 + below(world, 3);
    ouro_state_publish(world->state, world->tick);
    check_clients(world);
}

/* Nothing happens any more: everyone gets to know everything. */
static void settle(struct world *world)
{
    for (int i = 0; i < SETTLE_STEPS; i++) {
        for (size_t j = 0; j < WATCHERS; j++)
            watcher_drain(&world->clients[j].watcher);
        ouro_state_publish(world->state, ++world->tick);
    }
    for (size_t j = 0; j < WATCHERS; j++)
        check(world, &world->clients[j]);
}

static int live(void *seed)
{
    struct world *world = calloc(1, sizeof *world);
    ouro_rng_seed(&world->rng, *(uint64_t *)seed);
    struct ouro_state_options options = {.types = types, .cell = CELL, .backlog_bytes_max = 300};
    ck_assert_int_eq(ouro_state_new(&options, &world->state), 0);
    for (size_t i = 0; i < WATCHERS; i++)
        client_comes(world, i);
    for (int i = 0; i < STEPS; i++)
        step(world);
    settle(world);
    for (size_t i = 0; i < WATCHERS; i++)
        watcher_stop(&world->clients[i].watcher);
    for (size_t i = 0; i < ENTITIES; i++)
        ouro_entity_end(world->state, world->things[i].entity);
    ck_assert_uint_eq(ouro_state_stats(world->state).channels, 0);
    ck_assert_uint_eq(ouro_state_stats(world->state).entities, 0);
    ouro_state_free(world->state);
    free(world);
    return 0;
}

TEST(who_is_told_knows_what_it_may_see_and_nothing_else)
{
    FOR_ALL_SEEDS (seed, 30)
        ck_assert_int_eq(ouro_sim_run(seed, NULL, live, &seed), 0);
}
