/* SPDX-License-Identifier: MIT */
/* A lobby without a network: connections that note what they are sent. */
#ifndef OURO_TESTS_LOBBY_SCENE_H
#define OURO_TESTS_LOBBY_SCENE_H

#include "test.h"

#include <ouro/lobby.h>

#include <jansson.h>
#include <string.h>

/* A connection that keeps the frames it got, as text, one per line. */
struct line {
    struct ouro_connection connection;
    char text[65536];
    size_t len, frames, backlog_bytes;
    bool full;      /* takes no more */
    bool no_memory; /* could not keep what has to wait */
    uint16_t closed_with;
};

static inline struct line *line_of(const struct ouro_connection *connection)
{
    return ouro_container(connection, struct line, connection);
}

static inline int line_send(struct ouro_connection *connection, struct ouro_frame *const *frames,
                            size_t count)
{
    struct line *line = line_of(connection);
    if (line->full)
        return -OURO_ELIMIT;
    if (line->no_memory)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        size_t len;
        const uint8_t *payload = ouro_frame_payload(frames[i], &len);
        ck_assert(line->len + len + 2 < sizeof line->text);
        memcpy(line->text + line->len, payload, len);
        line->len += len;
        line->text[line->len++] = '\n';
        line->text[line->len] = '\0';
        line->frames++;
    }
    return 0;
}

static inline size_t line_backlog_bytes(const struct ouro_connection *connection)
{
    return line_of(connection)->backlog_bytes;
}

static inline void line_close(struct ouro_connection *connection, uint16_t code, const char *reason)
{
    ck_assert(reason != NULL);
    line_of(connection)->closed_with = code;
}

static const struct ouro_connection_ops line_ops = {
    .send = line_send, .backlog_bytes = line_backlog_bytes, .close = line_close};

static inline struct line *line_new(void)
{
    struct line *line = calloc(1, sizeof *line);
    line->connection.ops = &line_ops;
    return line;
}

/* What was sent since the last look. */
static inline const char *heard(struct line *line)
{
    static char copy[sizeof line->text];
    memcpy(copy, line->text, line->len + 1);
    line->len = 0;
    line->text[0] = '\0';
    return copy;
}

static inline void expect_heard(struct line *line, const char *text)
{
    ck_assert_str_eq(heard(line), text);
}

static inline struct ouro_user user_of(const char *id)
{
    struct ouro_user user = {0};
    snprintf(user.id, sizeof user.id, "%s", id);
    snprintf(user.name, sizeof user.name, "%s", id);
    return user;
}

/* Join a type as that user; the lobby's result. */
static inline int join_as(struct ouro_lobby *lobby, const char *type, const char *id,
                          struct ouro_place *ret_place)
{
    struct ouro_user user = user_of(id);
    struct ouro_join join = {.type = type, .user = &user};
    return ouro_lobby_join(lobby, &join, ret_place);
}

static inline void enter_place(struct ouro_lobby *lobby, const struct ouro_place *place,
                               struct line *line)
{
    ck_assert_int_eq(ouro_seat_take(lobby, place->token, &line->connection), 0);
    ouro_seat_begin(line->connection.seat);
}

/* Join and take the seat; let the room see it. */
static inline struct line *enter(struct ouro_lobby *lobby, const char *type, const char *id)
{
    struct ouro_place place;
    struct line *line = line_new();
    ck_assert_int_eq(join_as(lobby, type, id, &place), 0);
    enter_place(lobby, &place, line);
    ouro_sleep(OURO_MS(1));
    return line;
}

static inline struct ouro_seat_info info_of(const struct line *line)
{
    struct ouro_seat_info info;
    ouro_seat_info(line->connection.seat, &info);
    return info;
}

static inline void drop_line(struct line *line)
{
    ouro_connection_lost(&line->connection);
    ouro_sleep(OURO_MS(1));
}

/* What came of it is heard. */
static inline void ask_line(struct line *line, const char *name, json_t *data)
{
    ck_assert_int_eq(ouro_seat_request(line->connection.seat, 1, name, data), 0);
    ouro_sleep(OURO_MS(1));
}

static inline void expect_in(struct line *line, const char *part)
{
    const char *text = heard(line);
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in: %s", part, text);
}

/* A lobby with one type, "test", in a world of its own. */
typedef void scene(struct ouro_lobby *lobby);
struct scene_setup {
    const struct ouro_room_type *type;
    struct ouro_lobby_options options;
    scene *play;
};

static inline int run_scene(void *arg)
{
    const struct scene_setup *setup = arg;
    struct ouro_lobby *lobby;
    ck_assert_int_eq(ouro_lobby_start(&setup->options, &lobby), 0);
    if (setup->type)
        ck_assert_int_eq(ouro_lobby_add_type(lobby, setup->type), 0);
    setup->play(lobby);
    ck_assert_ptr_null(ouro_lobby_stop(lobby));
    return 0;
}

#define LOBBY_TEST(NAME, TYPE, ...)                                       \
    static void NAME##_scene(struct ouro_lobby *lobby);                   \
    TEST(NAME)                                                            \
    {                                                                     \
        struct scene_setup setup = {(TYPE), {__VA_ARGS__}, NAME##_scene}; \
        ck_assert_int_eq(ouro_sim_run(1, NULL, run_scene, &setup), 0);    \
    }                                                                     \
    static void NAME##_scene(struct ouro_lobby *lobby)

#endif
