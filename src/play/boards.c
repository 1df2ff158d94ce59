/* SPDX-License-Identifier: MIT */
/* Leaderboards for clients: "board.top" and "board.around" on every connection. What is in memory
 * is answered at once; for the rest one task asks the store, one question after the other, as the
 * store has one thread for them. */
#include "ouro/play.h"
#include "ouro/sync.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 10
#define NEAR_DEFAULT  5 /* above, and below */
#define ASK_NS        OURO_SEC(5)

/* Owners of scores are users. */
_Static_assert(OURO_OWNER_BYTES_MAX + 1 == OURO_USER_ID_BYTES, "an id has a place as an owner");

struct ouro_boards {
    struct ouro_lobby *lobby;
    struct ouro_store *store;
    const char *const *names;
    struct ouro_service service;
    struct ouro_queue questions;
    struct ouro_task *asker;
};

/* What a client wants to know. */
struct question {
    uint64_t request;
    char board[OURO_BOARD_NAME_BYTES_MAX + 1];
    char user[OURO_USER_ID_BYTES]; /* "": the best */
    int period;
    size_t offset, limit, above, below;
};

/* --- reading ---------------------------------------------------------------------------------- */

/* A number of a member, or the default; false: it is none, or too large. */
static bool read_count(const json_t *data, const char *member, size_t by_default, size_t most,
                       size_t *ret_count)
{
    const json_t *value = json_object_get(data, member);
    json_int_t count = value ? json_integer_value(value) : (json_int_t)by_default;
    *ret_count = (size_t)count;
    return (!value || json_is_integer(value)) && count >= 0 && count <= (json_int_t)most;
}

/* 0 is now, 1 the one before; "all" is the board without end. */
static bool read_period(const json_t *data, int *ret_period)
{
    const json_t *value = json_object_get(data, "period");
    const char *text = json_string_value(value);
    size_t period = 0;
    bool is_all = text && strcmp(text, "all") == 0;
    if (!is_all && !read_count(data, "period", 0, OURO_BOARD_PERIODS_KEPT_MAX, &period))
        return false;
    *ret_period = is_all ? OURO_ALL_TIME : (int)period;
    return true;
}

static bool read_text(const json_t *value, size_t bytes, char *ret_text)
{
    const char *text = json_string_value(value);
    size_t len = text ? strlen(text) : 0;
    if (len == 0 || len >= bytes)
        return false;
    memcpy(ret_text, text, len + 1);
    return true;
}

static bool read_top(const json_t *data, struct question *question)
{
    return read_count(data, "offset", 0, INT32_MAX, &question->offset) &&
           read_count(data, "limit", LIMIT_DEFAULT, OURO_BOARD_TOP_MAX, &question->limit);
}

static bool read_around(const json_t *data, const struct ouro_seat *seat, struct question *question)
{
    const json_t *user = json_object_get(data, "user");
    const size_t most = OURO_BOARD_TOP_MAX / 2 - 1; /* and the user's own */
    if (!user)
        memcpy(question->user, ouro_seat_user(seat)->id, sizeof question->user);
    else if (!read_text(user, sizeof question->user, question->user))
        return false;
    return read_count(data, "above", NEAR_DEFAULT, most, &question->above) &&
           read_count(data, "below", NEAR_DEFAULT, most, &question->below);
}

/* --- answering -------------------------------------------------------------------------------- */

static json_t *describe_row(const struct ouro_score *row)
{
    return json_pack("{s:I, s:s, s:s, s:I}", "rank", (json_int_t)row->rank, "user", row->owner,
                     "name", row->name, "score", (json_int_t)row->score);
}

/* NULL: out of memory. */
static json_t *describe(const struct ouro_score *rows, int count)
{
    json_t *list = json_array();
    int done = 0;
    while (done < count && json_array_append_new(list, describe_row(&rows[done])) == 0)
        done++;
    if (done < count) {
        json_decref(list);
        list = NULL;
    }
    return list;
}

/* When the board begins anew is said where it does. */
static void answer(struct ouro_boards *boards, const struct question *question,
                   const struct ouro_score *rows, int count)
{
    int64_t resets_at = ouro_board_resets_at(boards->store, question->board);
    json_t *data = json_pack("{s:o}", "scores", describe(rows, count));
    if (data && resets_at != OURO_FOREVER)
        (void)json_object_set_new(data, "resets_ms", json_integer(resets_at / OURO_MS(1)));
    ouro_lobby_answer(boards->lobby, question->request, data);
}

static void refuse(struct ouro_boards *boards, uint64_t request, int rc)
{
    struct {
        int rc;
        const char *code, *text;
    } failures[] = {
        {-ENOENT, "not_found", "no such board, or not on it"},
        {-EINVAL, "bad_request", "a name, a count or a period is not one"},
        {-EBUSY, "too_busy", "too much is being asked"},
        {-ETIMEDOUT, "timeout", "there was no answer in time"},
        {0, "failed", "the scores can't be read at the moment"},
    };
    size_t i = 0;
    while (failures[i].rc != 0 && failures[i].rc != rc)
        i++;
    ouro_lobby_refuse(boards->lobby, request, failures[i].code, failures[i].text);
}

/* --- asking ----------------------------------------------------------------------------------- */

static int ask_store(struct ouro_boards *boards, const struct question *it, struct ouro_score *rows)
{
    int64_t deadline = ouro_after(ASK_NS);
    if (*it->user)
        return ouro_board_around(boards->store, it->board, it->period, it->user, it->above,
                                 it->below, deadline, rows);
    return ouro_board_page(boards->store, it->board, it->period, it->offset, deadline, rows,
                           it->limit);
}

static void ask(struct ouro_boards *boards, const struct question *question)
{
    struct ouro_score *rows = calloc(OURO_BOARD_TOP_MAX, sizeof *rows); /* too long for a stack */
    int count = rows ? ask_store(boards, question, rows) : -ENOMEM;
    if (count < 0)
        refuse(boards, question->request, count);
    else
        answer(boards, question, rows, count);
    free(rows);
}

static int ask_all(void *arg)
{
    struct ouro_boards *boards = arg;
    void *question;
    int rc;
    while ((rc = ouro_queue_get(&boards->questions, OURO_FOREVER, &question)) == 0) {
        ask(boards, question);
        free(question);
    }
    return rc;
}

static int ask_later(struct ouro_boards *boards, const struct question *wanted)
{
    struct question *question = malloc(sizeof *question);
    if (!question)
        return -ENOMEM;
    *question = *wanted;
    if (ouro_queue_put(&boards->questions, question, 0) == 0)
        return 0;
    free(question);
    return -EBUSY;
}

static int answer_from_memory(struct ouro_boards *boards, const struct question *question)
{
    struct ouro_score *rows = calloc(OURO_BOARD_TOP_MAX, sizeof *rows);
    if (!rows)
        return -ENOMEM;
    answer(boards, question, rows,
           ouro_board_top(boards->store, question->board, rows, question->limit));
    free(rows);
    return 0;
}

/* --- the service ------------------------------------------------------------------------------ */

static bool is_public(const struct ouro_boards *boards, const char *name)
{
    for (const char *const *is = boards->names; is && *is; is++) {
        if (strcmp(*is, name) == 0)
            return true;
    }
    return !boards->names;
}

/* 0: it has been answered, or will be. */
static int handle(struct ouro_boards *boards, const struct ouro_seat *seat, bool around,
                  const json_t *data, struct question *question)
{
    bool good =
        read_text(json_object_get(data, "board"), sizeof question->board, question->board) &&
        read_period(data, &question->period) &&
        (around ? read_around(data, seat, question) : read_top(data, question));
    if (!good)
        return -EINVAL;
    if (!is_public(boards, question->board))
        return -ENOENT;
    bool is_in_memory = !around && question->period == 0 && question->offset == 0;
    return is_in_memory ? answer_from_memory(boards, question) : ask_later(boards, question);
}

static void on_request(struct ouro_lobby *lobby, struct ouro_seat *seat, const char *name,
                       json_t *data, uint64_t request, void *ud)
{
    struct question question = {.request = request};
    bool around = strcmp(name, "board.around") == 0;
    if (!around && strcmp(name, "board.top") != 0) {
        ouro_lobby_refuse(lobby, request, "unknown", "there is no such request");
        return;
    }
    int rc = handle(ud, seat, around, data, &question);
    if (rc < 0)
        refuse(ud, request, rc);
}

/* --- life ------------------------------------------------------------------------------------- */

static int start_asking(struct ouro_boards *boards)
{
    struct ouro_spawn_options spawn = {.name = "boards"};
    int rc = ouro_queue_init(&boards->questions, OURO_BOARDS_QUESTIONS_MAX);
    if (rc < 0)
        return rc;
    rc = ouro_spawn(ask_all, boards, &spawn, &boards->asker);
    if (rc < 0)
        ouro_queue_done(&boards->questions);
    return rc;
}

int ouro_boards_start(struct ouro_lobby *lobby, struct ouro_store *store, const char *const *names,
                      struct ouro_boards **ret_boards)
{
    struct ouro_boards *boards = calloc(1, sizeof *boards);
    if (!boards)
        return -ENOMEM;
    *boards = (struct ouro_boards){.lobby = lobby, .store = store, .names = names};
    int rc = start_asking(boards);
    if (rc < 0) {
        free(boards);
        return rc;
    }
    boards->service = (struct ouro_service){.prefix = "board.", .handle = on_request, .ud = boards};
    ouro_lobby_add_service(lobby, &boards->service);
    *ret_boards = boards;
    return 0;
}

static void refuse_the_rest(struct ouro_boards *boards)
{
    void *item;
    ouro_queue_close(&boards->questions);
    while (ouro_queue_get(&boards->questions, 0, &item) == 0) {
        const struct question *question = item;
        refuse(boards, question->request, -ECANCELED);
        free(item);
    }
}

struct ouro_boards *ouro_boards_stop(struct ouro_boards *boards)
{
    struct ouro_scope shield;
    if (!boards)
        return NULL;
    ouro_lobby_remove_service(boards->lobby, &boards->service);
    ouro_shield_open(&shield, OURO_FOREVER);
    ouro_cancel(boards->asker);
    ouro_await(boards->asker, OURO_FOREVER, NULL);
    ouro_task_unref(boards->asker);
    refuse_the_rest(boards);
    ouro_scope_close(&shield);
    ouro_queue_done(&boards->questions);
    free(boards);
    return NULL;
}
