/* SPDX-License-Identifier: MIT */
/* Two against two: players wait for a match, by skill, and a team that has lost a player gets
 * another one before anybody begins a new game. docs/matchmaking.md reads it.
 *
 *     25_teams --listen 127.0.0.1:8080
 *
 * A client joins a room of the type "lobby", and asks there: room.matchmaker.find({ type: "teams"
 * }). */
#include "demo/rooms.h"

#include <jansson.h>

#define TEAMS 2
#define EACH  2 /* players of a team */

/* --- the room --------------------------------------------------------------------------------- */

/* Of a user: its options say so, of all who have a seat in it. */
static int team_of(const struct ouro_room *room, const struct ouro_user *user)
{
    json_t *teams = json_object_get(ouro_room_options(room), "match");
    return (int)json_integer_value(json_object_get(teams, user->id));
}

static void tell_teams(struct ouro_room *room)
{
    json_t *teams = json_object();
    for (size_t i = 0; i < ouro_room_player_count(room); i++) {
        const struct ouro_user *user = ouro_player_user(ouro_room_player(room, i));
        json_object_set_new(teams, user->name, json_integer(team_of(room, user)));
    }
    ouro_room_event_all(room, NULL, "teams", teams);
}

static int teams_room(struct ouro_room *room, void *unused)
{
    struct ouro_input input;
    int rc;
    (void)unused;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0) {
        if (input.kind == OURO_INPUT_ENTER || input.kind == OURO_INPUT_LEAVE)
            tell_teams(room);
        else if (input.kind == OURO_INPUT_REQUEST)
            ouro_room_refuse(room, input.payload->request, "unknown", "there is nothing to ask");
    }
    return rc;
}

/* --- a place is free ---------------------------------------------------------------------------
 */

/* A seat was given back, also by who was sent here and never came: whoever waits for a match gets
 * it before others begin a new game. */
static void fill_up(struct ouro_room *room, struct ouro_player *leaver)
{
    struct ouro_match_ticket wanted = {.places = {EACH, EACH}};
    const char *user;
    json_t *team;
    (void)leaver; /* it is in the options no more */
    json_object_foreach(json_object_get(ouro_room_options(room), "match"), user, team)
        wanted.places[json_integer_value(team)]--;
    ouro_room_backfill(room, &wanted);
}

/* --- what there is -------------------------------------------------------------------------------
 */

static const struct ouro_room_type type = {
    .name = "teams",
    .body = teams_room,
    .seats_max = TEAMS * EACH,
    .hooks = {.leave = fill_up},
};

static int add(struct ouro_lobby *lobby)
{
    static const struct ouro_match_options options = {
        .players_min = TEAMS * EACH,
        .teams = TEAMS,
        .skill_apart = 100,            /* at first */
        .skill_apart_per_second = 500, /* and so much more with each second of waiting */
    };
    int rc = ouro_lobby_add_type(lobby, &type);
    return rc < 0 ? rc : ouro_lobby_match(lobby, "teams", &options, OURO_MS(100));
}

int main(int argc, char **argv)
{
    return demo_rooms_main(argc, argv, add);
}
