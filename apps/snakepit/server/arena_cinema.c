/* SPDX-License-Identifier: MIT */
#include "server/arena_cinema.h"

#include "server/arena_gaze.h"
#include "server/arena_projector.h"
#include "server/arena_room.h"

#include <jansson.h>
#include <string.h>

#define SEATS_MAX   256
#define EMPTY_NS    OURO_SEC(1) /* who goes from one recording to the next takes a room each time */
#define SPEED_MIN   50
#define SPEED_USUAL 100
#define NO_SEEK     UINT32_MAX

/* What one tick of the room may do to get somewhere else on the tape: ticks of the world, and those
 * times the snakes that live. */
#define SEEK_TICKS_MAX 1000
#define SEEK_STEPS_MAX 50000

/* Who seeks in a loop must not stop those who play: all rooms together seek for a part of the time,
 * one in SEEK_REST + 1, and in short pieces. The way back to the beginning is one piece. */
#define SEEK_REST   4
#define SEEK_NS_MAX OURO_MS(10)
#define REST_NS_MAX OURO_SEC(3) /* however long a piece has waited for the disk */

struct cinema {
    struct arena_house *house;
    struct ouro_room *room;
    struct arena_projector projector;
    struct ouro_ticker ticker;
    struct ouro_entity playback;
    uint32_t credit; /* hundredths of a tick of the world */
    uint32_t speed, seek;
    uint32_t delay_ticks;
    uint32_t news_ticks; /* of the room */
    int64_t seek_after;  /* on the clock: until then it rests from seeking */
    bool shows_tape;     /* one of house->cinemas, by: */
    struct ouro_link link;
    uint64_t household; /* of who had it made */
    bool is_owned;      /* that is known */
    bool gives_way;     /* to somebody else's tape: it ends */
};

/* --- who may show a tape ---------------------------------------------------------------------- */

static uint32_t tapes_of(const struct arena_house *house, uint64_t household)
{
    uint32_t count = 0;
    ouro_list_each (link, &house->cinemas)
        count += ouro_container(link, struct cinema, link)->household == household;
    return count;
}

/* The first tape of who has most, if somebody of that household has fewer, also with a new one;
 * else NULL. */
static struct cinema *one_too_many(const struct arena_house *house, uint64_t household)
{
    struct cinema *found = NULL;
    uint32_t most = tapes_of(house, household) + 1;
    ouro_list_each (link, &house->cinemas) {
        struct cinema *cinema = ouro_container(link, struct cinema, link);
        uint32_t count = tapes_of(house, cinema->household);
        if (count > most) {
            most = count;
            found = cinema;
        }
    }
    return found;
}

static bool may_show(const struct arena_house *house, uint64_t household)
{
    return house->figures.tapes < ARENA_TAPES_MAX || one_too_many(house, household);
}

static void note_tape(struct cinema *cinema)
{
    cinema->shows_tape = true;
    ouro_list_push(&cinema->house->cinemas, &cinema->link);
    cinema->house->figures.tapes++;
}

static void forget_tape(struct cinema *cinema)
{
    if (!cinema->shows_tape)
        return;
    cinema->shows_tape = false;
    ouro_unlink(&cinema->link);
    cinema->house->figures.tapes--;
}

/* From here on it counts no more; its room ends with its next tick. */
static void give_way(struct cinema *cinema)
{
    cinema->gives_way = true;
    forget_tape(cinema);
}

/* --- how far ---------------------------------------------------------------------------------- */

static uint32_t now(const struct cinema *cinema)
{
    return arena_ticks(cinema->projector.stage.world);
}

static void rest(struct cinema *cinema, int64_t sought_ns)
{
    int64_t rest_ns = sought_ns * SEEK_REST * cinema->house->figures.replays;
    cinema->seek_after = ouro_now() + (rest_ns < REST_NS_MAX ? rest_ns : REST_NS_MAX);
}

static void hurry(struct cinema *cinema, int64_t deadline)
{
    uint32_t steps = 0;
    for (int i = 0; i < SEEK_TICKS_MAX && steps < SEEK_STEPS_MAX && now(cinema) < cinema->seek &&
                    ouro_now() <= deadline;
         i++, steps += arena_living(cinema->projector.stage.world)) {
        if (!arena_projector_step(&cinema->projector))
            cinema->seek = now(cinema);
    }
}

/* As far as one tick may. Back is from the beginning. */
static void go_to(struct cinema *cinema)
{
    int64_t start = ouro_now();
    if (start < cinema->seek_after)
        return;
    if (cinema->seek < now(cinema) && arena_projector_rewind(&cinema->projector) < 0)
        cinema->seek = now(cinema);
    hurry(cinema, start + SEEK_NS_MAX);
    if (now(cinema) >= cinema->seek)
        cinema->seek = NO_SEEK;
    rest(cinema, ouro_now() - start);
}

/* As fast as it is to be. */
static void play_on(struct cinema *cinema)
{
    cinema->credit += cinema->speed;
    while (cinema->credit >= SPEED_USUAL && arena_projector_step(&cinema->projector))
        cinema->credit -= SPEED_USUAL;
    cinema->credit %= SPEED_USUAL; /* what is not there yet is not made up for */
}

static struct arena_stage *played(const struct cinema *cinema)
{
    return cinema->house->live ? &cinema->house->live->stage : NULL;
}

/* So far behind what is played; it catches up when it has stood still. */
static void follow(struct cinema *cinema)
{
    const struct arena_film *film = &cinema->projector.film;
    uint32_t ahead = film->notes.writer.ticks - film->reader.ticks + cinema->projector.ticks;
    for (uint32_t i = 0; i < 2 && ahead > cinema->delay_ticks; i++, ahead--)
        arena_projector_step(&cinema->projector);
    if (!arena_film_is_fed(film, played(cinema)))
        cinema->projector.over = !arena_projector_step(&cinema->projector);
}

/* --- what is seen ----------------------------------------------------------------------------- */

static void show_playback(struct cinema *cinema)
{
    struct playback_record *record =
        ouro_entity_record(cinema->projector.stage.state, cinema->playback);
    bool is_live = cinema->projector.film.is_live;
    record->tick = now(cinema);
    record->first = is_live ? now(cinema) : 0;
    record->last = is_live ? now(cinema) : cinema->projector.film.last;
    record->speed = cinema->speed;
}

static void tell_news(struct cinema *cinema)
{
    ouro_room_send_all(cinema->room, NULL, "news",
                       arena_news_take(&cinema->projector.news, cinema->projector.stage.world,
                                       (uint32_t)ouro_room_player_count(cinema->room)));
}

static void look_around(struct cinema *cinema)
{
    for (size_t i = 0; i < ouro_room_player_count(cinema->room); i++) {
        struct ouro_player *player = ouro_room_player(cinema->room, i);
        arena_gaze_follow(ouro_player_data(player), &cinema->projector.stage, cinema->room, player);
    }
}

/* While the world stands still, the state's ticks go on, so that who comes in sees it. */
static void tick(struct cinema *cinema)
{
    uint32_t before = cinema->projector.stage.tick;
    if (cinema->projector.film.is_live)
        follow(cinema);
    else if (cinema->seek != NO_SEEK)
        go_to(cinema);
    else
        play_on(cinema);
    if (cinema->projector.stage.tick == before) {
        arena_shown_stand(&cinema->projector.stage.shown, 1);
        cinema->projector.stage.tick++;
    }
    if (cinema->ticker.ticks % cinema->news_ticks == 0)
        tell_news(cinema);
    show_playback(cinema);
    look_around(cinema);
    ouro_state_publish(cinema->projector.stage.state, cinema->projector.stage.tick);
}

/* --- what players say ------------------------------------------------------------------------- */

/* A number, or 0 if there is none. False: something else is there. */
static bool number_in(const json_t *data, const char *name, json_int_t *ret_number)
{
    const json_t *number = json_object_get(data, name);
    *ret_number = json_integer_value(number);
    return !number || (json_is_integer(number) && *ret_number >= 0);
}

static bool is_speed(json_int_t speed)
{
    return speed == 0 || (speed >= SPEED_MIN && speed <= ARENA_SPEED_MAX);
}

static bool control(struct cinema *cinema, const json_t *data)
{
    const struct arena_film *film = &cinema->projector.film;
    bool has_speed = json_object_get(data, "speed"), has_seek = json_object_get(data, "seek");
    json_int_t speed, seek;
    if (film->is_live || !(has_speed || has_seek) || !number_in(data, "speed", &speed) ||
        !number_in(data, "seek", &seek) || !is_speed(speed))
        return false;
    if (has_speed)
        cinema->speed = (uint32_t)speed;
    if (has_seek)
        cinema->seek = seek < film->last ? (uint32_t)seek : film->last;
    return true;
}

static void request(struct cinema *cinema, const struct ouro_payload *asked)
{
    if (strcmp(asked->name, "recordings") == 0)
        arena_library_ask(&cinema->house->library, cinema->room, asked->request);
    else if (strcmp(asked->name, "control") != 0)
        ouro_room_refuse(cinema->room, asked->request, "unknown", "there is no such request");
    else if (control(cinema, asked->data))
        ouro_room_answer(cinema->room, asked->request, json_object());
    else
        ouro_room_refuse(cinema->room, asked->request, "bad_control",
                         "a tape takes a speed of 0 or 50 to 800, or a tick to seek");
}

/* It may be another than the one that is played now, and have gone faster or slower. */
static void tell_world(struct cinema *cinema, struct ouro_player *player, struct arena_gaze *gaze)
{
    const struct arena_log_header *header = &cinema->projector.film.header;
    gaze->told = false;
    ouro_room_send(cinema->room, player, "arena",
                   arena_describe(&header->settings, (int64_t)header->tick_ns, true));
}

static void take(struct cinema *cinema, const struct ouro_input *input)
{
    struct arena_gaze *gaze = ouro_player_data(input->player);
    if (input->kind == OURO_INPUT_ENTER)
        arena_gaze_begin(gaze, &cinema->projector.film.header.settings);
    if (input->kind == OURO_INPUT_ENTER || input->kind == OURO_INPUT_RETURN)
        tell_world(cinema, input->player, gaze);
    else if (input->kind == OURO_INPUT_REQUEST)
        request(cinema, input->payload);
    else if (input->kind == OURO_INPUT_MESSAGE && strcmp(input->payload->name, "watch") == 0)
        arena_gaze_set(gaze, input->payload->data);
}

/* --- life ------------------------------------------------------------------------------------- */

static void ignore(void *ud, struct arena_entrant *entrant)
{
    (void)ud, (void)entrant;
}

static void ignore_birth(void *ud, struct arena_entrant *entrant, int x, int y, uint8_t way)
{
    (void)ud, (void)entrant, (void)x, (void)y, (void)way;
}

static const struct arena_stage_ops watching_only = {.born = ignore_birth, .no_room = ignore};

/* Several may have been let in at once. */
static int open_tape(struct cinema *cinema, const char *file)
{
    struct arena_house *house = cinema->house;
    if (!may_show(house, cinema->household))
        return -OURO_ELIMIT;
    if (house->figures.tapes == ARENA_TAPES_MAX)
        give_way(one_too_many(house, cinema->household));
    note_tape(cinema);
    return arena_film_open(&cinema->projector.film, house->options.record, file);
}

static int set_stage(struct cinema *cinema, const struct arena_settings *settings, uint64_t seed,
                     int64_t tick_ns)
{
    int rc = arena_stage_init(&cinema->projector.stage, ouro_room_state(cinema->room), settings,
                              seed, arena_ticks_in(OURO_SEC(1), tick_ns));
    cinema->projector.stage.ops = &watching_only;
    if (rc == 0)
        rc = ouro_entity_new(cinema->projector.stage.state, ARENA_PLAYBACK_TYPE, &cinema->playback);
    return rc;
}

static int show_tape(struct cinema *cinema, const char *file)
{
    const struct arena_log_header *header = &cinema->projector.film.header;
    int rc = open_tape(cinema, file);
    return rc < 0 ? rc
                  : set_stage(cinema, &header->settings, header->seed, (int64_t)header->tick_ns);
}

/* The stage is there first: between the copy and what the film has of it, there must be no tick. */
static int show_live(struct cinema *cinema)
{
    const struct arena_options *options = &cinema->house->options;
    int rc = set_stage(cinema, &options->rules, 0, options->tick_ns);
    if (rc == 0 && (!played(cinema) || options->delay_ns <= 0))
        rc = -ENOENT;
    if (rc == 0)
        rc = arena_film_follow(&cinema->projector.film, played(cinema), options->tick_ns,
                               options->delay_ns);
    if (rc == 0)
        arena_stage_copy(&cinema->projector.stage, played(cinema), 0);
    return rc;
}

/* Who shows a tape has it for himself; what is live is seen by all together. */
static int begin(struct cinema *cinema, struct ouro_room *room)
{
    cinema->house = ouro_room_ud(room);
    cinema->room = room;
    cinema->house->figures.replays++;
    const char *file = json_string_value(json_object_get(ouro_room_options(room), "file"));
    ouro_room_set_private(room, file != NULL);
    int rc = file ? show_tape(cinema, file) : show_live(cinema);
    if (rc < 0)
        return rc;
    int64_t tick_ns = (int64_t)cinema->projector.film.header.tick_ns;
    cinema->delay_ticks = (uint32_t)(cinema->house->options.delay_ns / tick_ns);
    cinema->news_ticks = arena_ticks_in(ARENA_NEWS_NS, tick_ns);
    cinema->speed = SPEED_USUAL;
    cinema->seek = NO_SEEK;
    ouro_ticker_start(&cinema->ticker, ouro_room_id(room), tick_ns);
    return 0;
}

static void end(struct cinema *cinema)
{
    cinema->house->figures.replays--;
    forget_tape(cinema);
    arena_film_close(&cinema->projector.film, played(cinema));
    arena_stage_done(&cinema->projector.stage);
}

static bool is_over(const struct cinema *cinema)
{
    return cinema->gives_way || (cinema->projector.over && cinema->projector.film.is_live);
}

/* A tape that is not there is no failure of ours: the room just ends. */
static int cinema_life(struct ouro_room *room, void *data)
{
    struct cinema *cinema = data;
    struct ouro_input input;
    int rc = begin(cinema, room);
    while (rc >= 0 && !is_over(cinema) &&
           (rc = ouro_room_turn(room, &cinema->ticker, &input)) >= 0) {
        if (rc == OURO_TURN_TICK)
            tick(cinema);
        else
            take(cinema, &input);
    }
    end(cinema);
    return rc == -ENOMEM || rc == -ECANCELED ? rc : 0;
}

/* With a delay nobody is to see at once what is played: nor on its tape, before it is over. */
static bool is_secret(const struct arena_house *house, const char *file)
{
    const struct tape *tape = house->live ? house->live->recording.tape : NULL;
    return house->options.delay_ns > 0 && tape && strcmp(tape_name(tape), file) == 0;
}

/* Before a room is made: what is asked for may be nothing of ours. */
static int auth(const struct ouro_user *user, json_t *options, void *ud)
{
    const struct arena_house *house = ud;
    const json_t *file = json_object_get(options, "file");
    if (json_is_string(file) && !may_show(house, user->household))
        return -OURO_ELIMIT;
    if (json_is_string(file) && is_secret(house, json_string_value(file)))
        return -EACCES;
    if (json_is_string(file))
        return arena_film_find(house->options.record, json_string_value(file));
    if (json_is_true(json_object_get(options, "live")))
        return house->live && house->options.delay_ns > 0 ? 0 : -ENOENT;
    return options ? -EACCES : 0; /* without any: by a room's id */
}

/* Into a room that shows something else by mistake? The first who joins has had it made, and runs
 * before its body does. */
static int may_join(struct ouro_room *room, const struct ouro_user *user, json_t *options)
{
    struct cinema *cinema = ouro_room_data(room);
    if (!cinema->is_owned)
        cinema->household = user->household;
    cinema->is_owned = true;
    const json_t *wanted = json_object_get(options, "file");
    const json_t *shown = json_object_get(ouro_room_options(room), "file");
    bool same = wanted ? json_equal(wanted, shown) : !shown;
    return !options || same ? 0 : -EACCES;
}

const struct arena_stage *arena_cinema_stage(const struct ouro_room *room)
{
    const struct cinema *cinema = ouro_room_data(room);
    return &cinema->projector.stage;
}

/* The film may not be open yet; see take(). */
static void welcome(struct ouro_room *room, struct ouro_player *player, const char *schema,
                    json_t *welcome)
{
    (void)player, (void)schema;
    const struct arena_house *house = ouro_room_ud(room);
    json_object_set_new(welcome, "arena",
                        arena_describe(&house->options.rules, house->options.tick_ns, true));
}

int arena_cinema_add_type(struct arena_house *house, struct ouro_lobby *lobby)
{
    struct ouro_room_type type = {
        .name = "arena-replay",
        .body = cinema_life,
        .data_bytes = sizeof(struct cinema),
        .player_bytes = sizeof(struct arena_gaze),
        .seats_max = SEATS_MAX,
        .rooms_max = 2 * ARENA_TAPES_MAX + 1, /* some may be giving way */
        .empty_ns = EMPTY_NS,
        .tick_ns = house->options.tick_ns,
        .state = &house->shown,
        .view_width = ARENA_VIEW_WIDTH_MAX,
        .view_height = ARENA_VIEW_HEIGHT_MAX,
        .hooks = {.auth = auth, .join = may_join, .welcome = welcome},
        .ud = house,
    };
    ouro_list_init(&house->cinemas);
    return ouro_lobby_add_type(lobby, &type);
}
