/* SPDX-License-Identifier: MIT */
/* Leaderboards as clients ask for them. */
#include "../lobby/scene.h"

#include <ouro/play.h>

static const struct ouro_board rules[] = {
    {.name = "wins",
     .counts = OURO_BOARD_SUM,
     .reset = OURO_RESET_DAILY,
     .periods_kept = 1,
     .all_time = true},
};

/* One that asks, and what it asks of. */
struct asking {
    struct ouro_store *store;
    struct ouro_boards *boards;
    struct line *line;
    uint32_t last;
};

static int idle(struct ouro_room *room, void *data)
{
    struct ouro_input input;
    int rc;
    (void)data;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0)
        ck_assert_int_ne(input.kind, OURO_INPUT_REQUEST); /* they are not for the room */
    return rc;
}

static const struct ouro_room_type type = {.name = "test", .body = idle};

static void begin(struct asking *asking, struct ouro_lobby *lobby, const char *const *names)
{
    struct ouro_store_options options = {.boards = rules, .board_count = 1};
    *asking = (struct asking){0};
    ck_assert_int_eq(ouro_store_open(":memory:", &options, &asking->store), 0);
    ck_assert_int_eq(ouro_boards_start(lobby, asking->store, names, &asking->boards), 0);
    asking->line = enter(lobby, "test", "u3");
    for (int i = 1; i <= 6; i++) {
        char id[16], name[16];
        snprintf(id, sizeof id, "u%d", i);
        snprintf(name, sizeof name, "N%d", i);
        ck_assert_int_eq(ouro_board_submit_as(asking->store, "classic", id, name, 10 * i), 0);
    }
}

static void end(struct asking *asking)
{
    ck_assert_ptr_null(ouro_boards_stop(asking->boards));
    ck_assert_int_eq(ouro_store_close(asking->store, OURO_FOREVER), 0);
    drop_line(asking->line);
    free(asking->line);
}

/* The answer, as {"scores": ...} or {"code", "text"}. The caller's. */
static json_t *ask(struct asking *asking, const char *name, const char *data)
{
    heard(asking->line);
    ouro_seat_request(asking->line->connection.seat, ++asking->last, name,
                      json_loads(data, JSON_DECODE_ANY, NULL));
    for (int i = 0; i < 200 && asking->line->frames < asking->last; i++)
        ouro_sleep(OURO_MS(10));
    json_t *whole = json_loads(heard(asking->line), 0, NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(whole, "id")), asking->last);
    json_t *error = json_object_get(whole, "error");
    json_t *answer = json_incref(error ? error : json_object_get(whole, "data"));
    json_decref(whole);
    return answer;
}

/* "rank:user:name:score ..." or the error's code. */
static void expect(struct asking *asking, const char *name, const char *data, const char *text)
{
    char line[1024] = "";
    size_t i, len = 0;
    json_t *answer = ask(asking, name, data), *row;
    const char *code = json_string_value(json_object_get(answer, "code"));
    json_array_foreach(json_object_get(answer, "scores"), i, row)
    {
        json_int_t rank, score;
        const char *user, *shown;
        ck_assert_int_eq(json_unpack(row, "{s:I, s:s, s:s, s:I}", "rank", &rank, "user", &user,
                                     "name", &shown, "score", &score),
                         0);
        len += (size_t)snprintf(line + len, sizeof line - len, "%s%d:%s:%s:%d", i ? " " : "",
                                (int)rank, user, shown, (int)score);
    }
    ck_assert_str_eq(code ? code : line, text);
    json_decref(answer);
}

LOBBY_TEST(the_best_and_who_is_near, &type)
{
    struct asking a;
    begin(&a, lobby, NULL);
    expect(&a, "board.top", "{\"board\": \"classic\", \"limit\": 2}", "1:u6:N6:60 2:u5:N5:50");
    expect(&a, "board.top", "{\"board\": \"classic\", \"limit\": 2, \"offset\": 4}",
           "5:u2:N2:20 6:u1:N1:10");
    expect(&a, "board.around", "{\"board\": \"classic\", \"above\": 1, \"below\": 1}",
           "3:u4:N4:40 4:u3:N3:30 5:u2:N2:20");
    expect(&a, "board.around", "{\"board\": \"classic\", \"user\": \"u6\", \"below\": 0}",
           "1:u6:N6:60");
    expect(&a, "board.top", "{\"board\": \"nobody's\"}", "");
    end(&a);
}

LOBBY_TEST(periods_and_when_they_end, &type)
{
    struct asking a;
    begin(&a, lobby, NULL);
    ouro_board_submit_as(a.store, "wins", "u1", "N1", 1);
    ck_assert_int_eq(ouro_store_flush(a.store, OURO_FOREVER), 0);
    ouro_seat_seen(a.line->connection.seat, 0);
    ouro_sleep(OURO_SEC(24 * 3600));
    ouro_board_submit_as(a.store, "wins", "u2", "N2", 1);
    ck_assert_int_eq(ouro_store_flush(a.store, OURO_FOREVER), 0);
    expect(&a, "board.top", "{\"board\": \"wins\"}", "1:u2:N2:1");
    expect(&a, "board.top", "{\"board\": \"wins\", \"period\": 1}", "1:u1:N1:1");
    expect(&a, "board.top", "{\"board\": \"wins\", \"period\": \"all\"}", "1:u1:N1:1 2:u2:N2:1");
    expect(&a, "board.top", "{\"board\": \"wins\", \"period\": 2}", "bad_request");
    json_t *top = ask(&a, "board.top", "{\"board\": \"wins\"}");
    json_int_t left_ms =
        json_integer_value(json_object_get(top, "resets_ms")) - ouro_wall_time() / OURO_MS(1);
    ck_assert(left_ms > 0 && left_ms <= 24 * 3600 * 1000);
    json_decref(top);
    top = ask(&a, "board.top", "{\"board\": \"classic\"}");
    ck_assert_ptr_null(json_object_get(top, "resets_ms"));
    json_decref(top);
    end(&a);
}

LOBBY_TEST(what_is_no_question_is_refused, &type)
{
    static const struct {
        const char *name, *data, *code;
    } asked[] = {
        {"board.top", "{}", "bad_request"},
        {"board.top", "7", "bad_request"},
        {"board.top", "{\"board\": \"\"}", "bad_request"},
        {"board.top", "{\"board\": \"12345678901234567890123456789012\"}", "bad_request"},
        {"board.top", "{\"board\": \"classic\", \"limit\": 101}", "bad_request"},
        {"board.top", "{\"board\": \"classic\", \"limit\": -1}", "bad_request"},
        {"board.top", "{\"board\": \"classic\", \"limit\": \"5\"}", "bad_request"},
        {"board.top", "{\"board\": \"classic\", \"offset\": 9007199254740993}", "bad_request"},
        {"board.top", "{\"board\": \"classic\", \"period\": \"week\"}", "bad_request"},
        {"board.around", "{\"board\": \"classic\", \"above\": 50}", "bad_request"},
        {"board.around", "{\"board\": \"classic\", \"user\": 7}", "bad_request"},
        {"board.around", "{\"board\": \"classic\", \"user\": \"u9\"}", "not_found"},
        {"board.around", "{\"board\": \"nobody's\"}", "not_found"},
        {"board.remove", "{\"board\": \"classic\"}", "unknown"},
    };
    struct asking a;
    begin(&a, lobby, NULL);
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        expect(&a, asked[i].name, asked[i].data, asked[i].code);
    end(&a);
}

LOBBY_TEST(only_boards_that_were_named_are_seen, &type)
{
    static const char *const names[] = {"wins", NULL};
    struct asking a;
    begin(&a, lobby, names);
    expect(&a, "board.top", "{\"board\": \"wins\"}", "");
    expect(&a, "board.top", "{\"board\": \"classic\"}", "not_found");
    expect(&a, "board.around", "{\"board\": \"classic\"}", "not_found");
    end(&a);
}

/* Whoever waits for an answer gets one. */
LOBBY_TEST(questions_that_are_open_at_the_end_are_refused, &type)
{
    struct asking a;
    begin(&a, lobby, NULL);
    for (uint32_t i = 0; i < 5; i++)
        ouro_seat_request(a.line->connection.seat, i + 1, "board.around",
                          json_pack("{s:s}", "board", "classic"));
    ck_assert_ptr_null(ouro_boards_stop(a.boards));
    a.boards = NULL;
    ouro_sleep(OURO_MS(1));
    ck_assert_uint_eq(a.line->frames, 5);
    a.last = 5;
    expect(&a, "board.top", "{\"board\": \"classic\"}", "unknown");
    end(&a);
}
