/* SPDX-License-Identifier: MIT */
/* The room: a task, its inbox, and the list of its players. */
#include "game/inbox.h"

#include "runtime/wait.h"

#include <stdlib.h>

#define PLAYERS_DEFAULT       1024
#define INPUTS_DEFAULT        4096
#define BACKLOG_BYTES_DEFAULT (16 * 1024)
#define BEHIND_NS_DEFAULT     OURO_SEC(10)
#define RESTART_NS            OURO_MS(100)
/* How soon a player that was behind gets its picture while nothing is broadcast. */
#define CATCH_UP_NS    OURO_MS(100)
#define CLOSE_TOO_SLOW 4101

struct ouro_room {
    struct ouro_room_options options;
    ouro_room_body *body;
    void *ud;
    struct ouro_loop *loop;
    struct ouro_task *task;
    struct ouro__inbox inbox;
    struct ouro_link waiters; /* the body, in ouro_room_next() */
    /* What was handed out with the last input; let go at the next turn. */
    struct ouro_player *leaving;
    struct ouro_payload *payload;
    uint32_t taken; /* inputs since the last tick */
    struct ouro_player **players;
    size_t count;
    size_t behind; /* so many of them are */
    size_t rotation;
    int64_t looked_for; /* the deadline before which `before_deadline` was called last */
    struct ouro_room_stats stats;

    /* Shared with the threads of sessions. */
    _Atomic uint32_t seats; /* taken, from entering to being released */
    _Atomic bool waiting;   /* the body wants to be woken */
    _Atomic bool post_on_its_way;
    _Atomic uint64_t refused;
    struct ouro_post post;
};

/* --- the session's side ----------------------------------------------------------------------- */

static void wake_body(struct ouro_room *room)
{
    if (!ouro_list_empty(&room->waiters))
        ouro__wake_all(&room->waiters, 0);
}

static void on_post(struct ouro_post *post)
{
    struct ouro_room *room = ouro_container(post, struct ouro_room, post);
    atomic_store(&room->post_on_its_way, false);
    wake_body(room);
}

/* The body says that it waits, and then looks at the inbox once more: one of us sees the other. */
static void tell_body(struct ouro_room *room)
{
    if (!atomic_exchange(&room->waiting, false))
        return;
    if (ouro_loop_self() == room->loop)
        wake_body(room);
    else if (!atomic_exchange(&room->post_on_its_way, true))
        ouro_post(room->loop, &room->post);
}

static int put(struct ouro_room *room, const struct ouro_input *input)
{
    int rc = ouro__inbox_put(&room->inbox, input, input->kind < OURO_INPUT_MESSAGE);
    if (rc == 0)
        tell_body(room);
    else
        atomic_fetch_add(&room->refused, 1);
    return rc;
}

/* What must not be lost, and has its place in the inbox. */
static void put_reserved(struct ouro_room *room, struct ouro_player *player, uint32_t kind)
{
    int rc = put(room, &(struct ouro_input){.player = player, .kind = kind});
    ouro_assert(rc == 0);
}

int ouro_room_enter(struct ouro_room *room, struct ouro_player *player)
{
    if (atomic_fetch_add(&room->seats, 1) >= room->options.players_max) {
        atomic_fetch_sub(&room->seats, 1);
        return -OURO_ELIMIT;
    }
    put_reserved(room, player, OURO_INPUT_ENTER);
    return 0;
}

int ouro_room_input(struct ouro_room *room, struct ouro_player *player, uint32_t kind,
                    int32_t value)
{
    ouro_assert(kind >= OURO_INPUT_OWN);
    return put(room, &(struct ouro_input){.player = player, .kind = kind, .value = value});
}

int ouro_room_input_with(struct ouro_room *room, struct ouro_player *player, uint32_t kind,
                         struct ouro_payload *payload)
{
    ouro_assert(kind >= OURO_INPUT_MESSAGE);
    return put(room, &(struct ouro_input){.player = player, .kind = kind, .payload = payload});
}

void ouro_room_leave(struct ouro_room *room, struct ouro_player *player)
{
    put_reserved(room, player, OURO_INPUT_LEAVE);
}

/* One note at a time lies in the inbox; what it means is looked up when it is taken. */
static void note_change(struct ouro_room *room, struct ouro_player *player)
{
    if (player->change_noted)
        return;
    player->change_noted = true;
    put_reserved(room, player, OURO_INPUT_DROP);
}

/* Who is away has nothing to catch up with: whoever comes back gets everything. */
void ouro_room_drop(struct ouro_room *room, struct ouro_player *player)
{
    room->behind -= player->behind;
    player->behind = false;
    player->away = true;
    note_change(room, player);
}

void ouro_room_return(struct ouro_room *room, struct ouro_player *player)
{
    player->away = false;
    note_change(room, player);
}

/* --- the list of players ---------------------------------------------------------------------- */

static void add_player(struct ouro_room *room, struct ouro_player *player)
{
    player->seat = (uint32_t)room->count;
    room->players[room->count++] = player;
}

static void remove_player(struct ouro_room *room, struct ouro_player *player)
{
    struct ouro_player *last = room->players[--room->count];
    room->players[player->seat] = last;
    last->seat = player->seat;
    room->behind -= player->behind;
}

static void release(struct ouro_room *room, struct ouro_player *player)
{
    atomic_fetch_sub(&room->seats, 1);
    player->ops->released(player);
}

/* The payload first: it may know of the player. */
static void let_go(struct ouro_room *room)
{
    struct ouro_player *player = room->leaving;
    struct ouro_payload *payload = room->payload;
    room->leaving = NULL;
    room->payload = NULL;
    if (payload)
        payload->done(payload);
    if (player)
        release(room, player);
}

void *ouro_room_owner(const struct ouro_room *room)
{
    return room->ud;
}

size_t ouro_room_player_count(const struct ouro_room *room)
{
    return room->count;
}

struct ouro_player *ouro_room_player(const struct ouro_room *room, size_t number)
{
    return room->players[number];
}

/* --- players that are slow -------------------------------------------------------------------- */

static void ask_to_go(struct ouro_room *room, struct ouro_player *player)
{
    player->behind_since = OURO_FOREVER; /* told once */
    room->stats.kicked++;
    player->ops->close(player, CLOSE_TOO_SLOW, "too slow to keep up");
}

static void fall_behind(struct ouro_room *room, struct ouro_player *player)
{
    player->behind = true;
    player->behind_since = ouro_now();
    room->behind++;
}

/* It stays, and has not got what the others have. */
static bool is_left_out(int rc)
{
    return rc == -OURO_ELIMIT || rc == -ENOMEM;
}

static void catch_up(struct ouro_room *room, struct ouro_player *player)
{
    player->behind = false;
    room->behind--;
    room->stats.resyncs++;
    if (room->options.resync && is_left_out(room->options.resync(room, player, room->ud)))
        fall_behind(room, player);
}

static void look_after(struct ouro_room *room, struct ouro_player *player)
{
    if (player->ops->backlog_bytes(player) == 0)
        catch_up(room, player);
    else if (ouro_now() - player->behind_since > room->options.behind_ns_max)
        ask_to_go(room, player);
}

static void look_after_all(struct ouro_room *room)
{
    for (size_t i = 0; i < room->count; i++) {
        if (room->players[i]->behind)
            look_after(room, room->players[i]);
    }
}

/* --- the body's side -------------------------------------------------------------------------- */

/* Away, and the body knows; or here again, whether or not it had noticed. */
static bool is_news(struct ouro_input *input)
{
    struct ouro_player *player = input->player;
    bool known = player->away && player->away_told;
    player->change_noted = false;
    player->away_told = player->away;
    input->kind = player->away ? OURO_INPUT_DROP : OURO_INPUT_RETURN;
    return !known;
}

/* False: the body need not hear of it. */
static bool apply(struct ouro_room *room, struct ouro_input *input)
{
    switch (input->kind) {
    case OURO_INPUT_ENTER:
        add_player(room, input->player);
        return true;
    case OURO_INPUT_LEAVE:
        remove_player(room, input->player);
        room->leaving = input->player;
        return true;
    case OURO_INPUT_DROP:
        return is_news(input);
    default:
        room->payload = input->payload;
        return true;
    }
}

static bool take(struct ouro_room *room, struct ouro_input *ret_input)
{
    while (ouro__inbox_take(&room->inbox, ret_input)) {
        room->stats.inputs++;
        room->taken++;
        if (apply(room, ret_input))
            return true;
    }
    return false;
}

static int wait_for_input(struct ouro_room *room, int64_t deadline)
{
    atomic_store(&room->waiting, true);
    if (!ouro__inbox_empty(&room->inbox))
        return 0;
    return ouro__wait(&room->waiters, NULL, deadline, "inbox");
}

/* A round may be over for a long time: who missed its end must get to know, without a broadcast. */
static int wait_beside_the_slow(struct ouro_room *room, int64_t deadline)
{
    int64_t soon = ouro_after(CATCH_UP_NS);
    if (room->behind == 0 || deadline <= soon)
        return wait_for_input(room, deadline);
    int rc = wait_for_input(room, soon);
    if (rc != -ETIMEDOUT)
        return rc;
    look_after_all(room);
    return 0;
}

/* Once for each deadline: it may have brought something. */
static int look_before(struct ouro_room *room, int64_t deadline)
{
    if (!room->options.before_deadline || room->looked_for == deadline)
        return -ETIMEDOUT;
    room->looked_for = deadline;
    room->options.before_deadline(room->ud);
    return 0;
}

int ouro_room_next(struct ouro_room *room, int64_t deadline, struct ouro_input *ret_input)
{
    int rc = ouro__checkpoint();
    let_go(room);
    while (rc == 0) {
        if (take(room, ret_input))
            return 0;
        rc = wait_beside_the_slow(room, deadline);
        if (rc == -ETIMEDOUT)
            rc = look_before(room, deadline);
        if (rc == 0) /* a cancellation may have come in the same turn, and waiting does not look */
            rc = ouro__checkpoint();
    }
    return rc;
}

/* A room that can't keep up still lets the others run, and what has come in be read: until the
 * kernel was asked and had no more than it gives at once, but for no longer than a tick. Without
 * that, of a thousand clients most were heard too late to steer. */
static int let_others_run(const struct ouro_ticker *ticker)
{
    const struct ouro_loop *loop = ouro_loop_self();
    struct ouro_loop_stats before, after = ouro_loop_stats(loop);
    int64_t enough = ouro_after(ticker->period_ns);
    int rc;
    do {
        before = after;
        rc = ouro_yield();
        after = ouro_loop_stats(loop);
    } while (rc == 0 && after.polls - before.polls == after.polls_full - before.polls_full &&
             ouro_now() < enough);
    return rc < 0 ? rc : ouro_yield(); /* for those whom the last look has woken */
}

/* Would one more input put it off for longer than it may? Before its time there is nothing to put
 * off, whatever was said. */
static bool has_to_begin(const struct ouro_room *room, const struct ouro_ticker *ticker)
{
    return room->taken >= room->options.inputs_max && ouro_now() >= ticker->next;
}

int ouro_room_turn(struct ouro_room *room, struct ouro_ticker *ticker, struct ouro_input *ret_input)
{
    int rc = 0;
    if (ticker->begun_at) {
        ouro_ticker_end(ticker);
        rc = ouro_now() > ticker->next ? let_others_run(ticker) : 0;
    }
    if (rc == 0 && has_to_begin(room, ticker))
        rc = -ETIMEDOUT;
    else if (rc == 0)
        rc = ouro_room_next(room, ticker->next, ret_input);
    if (rc != -ETIMEDOUT)
        return rc < 0 ? rc : OURO_TURN_INPUT;
    room->taken = 0;
    ouro_ticker_begin(ticker);
    return OURO_TURN_TICK;
}

/* --- sending ---------------------------------------------------------------------------------- */

static void send_to(struct ouro_room *room, struct ouro_player *player, struct ouro_frame *frame)
{
    if (player->away) {
        room->stats.frames_skipped++;
    } else if (player->behind) {
        room->stats.frames_skipped++; /* a picture has what the frame has */
        look_after(room, player);
    } else if (player->ops->backlog_bytes(player) > room->options.backlog_bytes_max ||
               is_left_out(player->ops->send(player, &frame, 1))) {
        room->stats.frames_skipped++;
        fall_behind(room, player);
    } else {
        room->stats.frames_sent++;
    }
}

/* The one whose turn comes `turn` players after the first; NULL: all have had it by then. */
static struct ouro_player *in_turn(const struct ouro_room *room, size_t first, size_t turn)
{
    if (turn >= room->count)
        return NULL;
    size_t at = first + turn;
    return room->players[at < room->count ? at : at - room->count];
}

static void prefetch(const struct ouro_player *player, unsigned turns)
{
    if (player && player->ops->prefetch)
        player->ops->prefetch(player, turns);
}

/* While the kernel sends to one, memory brings the next ones: of each a pointer further at each
 * turn, so that nobody waits for what is behind the first to see where the second is. */
static void look_ahead(const struct ouro_room *room, size_t first, size_t turn)
{
    const struct ouro_player *player = in_turn(room, first, turn + OURO_PREFETCH_TURNS + 1);
    if (player) {
        __builtin_prefetch(&player->ops);
        __builtin_prefetch(&player->away); /* it may begin at the end of a cache line */
    }
    for (unsigned turns = OURO_PREFETCH_TURNS; turns > 0; turns--)
        prefetch(in_turn(room, first, turn + turns), turns);
}

void ouro_room_broadcast(struct ouro_room *room, struct ouro_frame *frame)
{
    size_t count = room->count;
    if (count == 0)
        return;
    size_t first = room->rotation++ % count;
    for (size_t turn = 0; turn < count; turn++) {
        look_ahead(room, first, turn);
        send_to(room, in_turn(room, first, turn), frame);
    }
}

struct ouro_room_stats ouro_room_stats(const struct ouro_room *room)
{
    struct ouro_room_stats stats = room->stats;
    stats.inputs_refused = atomic_load(&room->refused);
    return stats;
}

/* --- life ------------------------------------------------------------------------------------- */

/* A body that fails is reported once each time, and everybody in the room gets another chance. */
static int room_main(void *arg)
{
    struct ouro_room *room = arg;
    int rc;
    while ((rc = room->body(room, room->ud)) < 0 && rc != -ECANCELED) {
        room->stats.failures++;
        ouro_log(OURO_LOG_ERROR, "room %s failed and begins anew: %s: %s", room->options.name,
                 ouro_error_name(rc), ouro_error_text(rc));
        rc = ouro_sleep(RESTART_NS);
        if (rc < 0)
            break;
    }
    return rc;
}

static struct ouro_room_options complete(const struct ouro_room_options *wanted)
{
    struct ouro_room_options options = *wanted;
    if (!options.name)
        options.name = "room";
    if (!options.players_max)
        options.players_max = PLAYERS_DEFAULT;
    if (!options.inputs_max)
        options.inputs_max = INPUTS_DEFAULT;
    if (!options.backlog_bytes_max)
        options.backlog_bytes_max = BACKLOG_BYTES_DEFAULT;
    if (!options.behind_ns_max)
        options.behind_ns_max = BEHIND_NS_DEFAULT;
    return options;
}

static void room_free(struct ouro_room *room)
{
    ouro__inbox_done(&room->inbox);
    ouro_loop_unref(room->loop);
    free(room->players);
    free(room);
}

static struct ouro_room *room_new(const struct ouro_room_options *options)
{
    struct ouro_room *room = calloc(1, sizeof *room);
    if (!room)
        return NULL;
    room->options = complete(options);
    room->loop = ouro_loop_ref(ouro_loop_self());
    room->post.fn = on_post;
    ouro_list_init(&room->waiters);
    size_t seats = room->options.players_max;
    room->players = calloc(seats, sizeof(struct ouro_player *));
    if (!room->players || ouro__inbox_init(&room->inbox, room->options.inputs_max, 3 * seats) < 0) {
        room_free(room);
        return NULL;
    }
    return room;
}

int ouro_room_start(const struct ouro_room_options *options, ouro_room_body *body, void *ud,
                    struct ouro_room **ret_room)
{
    struct ouro_room *room = room_new(options);
    if (!room)
        return -ENOMEM;
    room->body = body;
    room->ud = ud;
    struct ouro_spawn_options spawn = {.name = room->options.name};
    int rc = ouro_spawn(room_main, room, &spawn, &room->task);
    if (rc < 0) {
        room_free(room);
        return rc;
    }
    *ret_room = room;
    return 0;
}

/* Who was on the way in or out of the room when it ended. */
static void empty_inbox(struct ouro_room *room)
{
    struct ouro_input input;
    while (take(room, &input))
        let_go(room);
}

struct ouro_room *ouro_room_stop(struct ouro_room *room)
{
    if (!room)
        return NULL;
    struct ouro_scope shield;
    ouro_shield_open(&shield, OURO_FOREVER);
    ouro_cancel(room->task);
    ouro_await(room->task, OURO_FOREVER, NULL);
    ouro_task_unref(room->task);
    let_go(room);
    empty_inbox(room);
    while (room->count > 0) {
        struct ouro_player *player = room->players[room->count - 1];
        remove_player(room, player);
        release(room, player);
    }
    while (atomic_load(&room->post_on_its_way))
        ouro_yield();
    ouro_scope_close(&shield);
    room_free(room);
    return NULL;
}
