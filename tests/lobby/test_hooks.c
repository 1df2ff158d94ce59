/* SPDX-License-Identifier: MIT */
/* Where a room's type has a word in what the lobby does: its hooks, its bounds, and the moderator
 * of its chat. */
#include "scene.h"

/* --- a type that has all hooks, and notes what they are told ------------------------------------
 */

static char notes[1024];

#define NOTE(...) snprintf(notes + strlen(notes), sizeof notes - strlen(notes), __VA_ARGS__)

static void expect_notes(const char *text)
{
    ouro_sleep(OURO_MS(1));
    ck_assert_str_eq(notes, text);
    notes[0] = '\0';
}

/* It waits, as one does that asks a database. */
static int on_auth(const struct ouro_user *user, json_t *options, void *ud)
{
    const char *key = json_string_value(json_object_get(options, "key"));
    int rc = ouro_sleep(OURO_MS(10));
    NOTE("auth %s %s;", user->id, (const char *)ud);
    return rc < 0 ? rc : key && strcmp(key, "sesame") == 0 ? 0 : -EACCES;
}

static int on_join(struct ouro_room *room, const struct ouro_user *user, json_t *options)
{
    bool banned = strcmp(user->id, "banned") == 0;
    ck_assert(json_is_object(options));
    NOTE("join %s %zu;", user->id, ouro_room_player_count(room));
    return banned ? -EACCES : 0;
}

static void on_leave(struct ouro_room *room, struct ouro_player *player)
{
    ck_assert_str_eq(ouro_room_ud(room), "ud");
    NOTE("leave %s;", ouro_player_user(player)->id);
}

static void on_view(struct ouro_room *room, struct ouro_player *player, uint32_t width,
                    uint32_t height)
{
    (void)room;
    NOTE("view %u %ux%u;", player->id, width, height);
}

static void on_rate(struct ouro_room *room, struct ouro_player *player, uint32_t hz)
{
    (void)room;
    NOTE("rate %u %u;", player->id, hz);
}

static void on_welcome(struct ouro_room *room, struct ouro_player *player, const char *schema,
                       json_t *welcome)
{
    (void)room, (void)player;
    NOTE("welcome %s;", schema);
    json_object_set_new(welcome, "map", json_string("forest"));
}

static bool on_message(struct ouro_room *room, struct ouro_player *player, const char *name,
                       json_t *data)
{
    NOTE("message %u %s %lld;", player->id, name, (long long)json_integer_value(data));
    if (strcmp(name, "kick me") == 0)
        ouro_room_kick(room, player, OURO_CLOSE_CONSENTED, "as you like");
    return strcmp(name, "mine") == 0;
}

static int body(struct ouro_room *room, void *data)
{
    struct ouro_input input;
    int rc;
    (void)data;
    while ((rc = ouro_room_next(room, OURO_FOREVER, &input)) == 0) {
        if (input.kind == OURO_INPUT_MESSAGE)
            NOTE("body %s;", input.payload->name);
    }
    return rc;
}

static char ud[] = "ud";
static const struct ouro_room_type hooked = {.name = "test",
                                             .body = body,
                                             .hooks = {.auth = on_auth,
                                                       .join = on_join,
                                                       .leave = on_leave,
                                                       .view = on_view,
                                                       .rate = on_rate,
                                                       .welcome = on_welcome,
                                                       .message = on_message},
                                             .ud = ud};

static int join_with_key(struct ouro_lobby *lobby, const char *id, const char *key,
                         struct ouro_place *ret_place)
{
    struct ouro_user user = user_of(id);
    json_t *options = json_pack("{s:s}", "key", key);
    struct ouro_join join = {.type = "test", .user = &user, .options = options};
    int rc = ouro_lobby_join(lobby, &join, ret_place);
    json_decref(options);
    return rc;
}

static struct line *enter_with_key(struct ouro_lobby *lobby, const char *id)
{
    struct ouro_place place;
    struct line *line = line_new();
    ck_assert_int_eq(join_with_key(lobby, id, "sesame", &place), 0);
    enter_place(lobby, &place, line);
    return line;
}

LOBBY_TEST(who_may_join_is_said_by_the_type_and_then_by_the_room, &hooked)
{
    struct ouro_place place;
    ck_assert_int_eq(join_with_key(lobby, "a", "wrong", &place), -EACCES);
    expect_notes("auth a ud;");
    ck_assert_uint_eq(ouro_lobby_stats(lobby).rooms, 0); /* none was made for that */
    ck_assert_int_eq(join_with_key(lobby, "banned", "sesame", &place), -EACCES);
    expect_notes("auth banned ud;join banned 0;");
    struct line *a = enter_with_key(lobby, "a");
    expect_notes("auth a ud;join a 0;");
    struct line *b = enter_with_key(lobby, "b");
    expect_notes("auth b ud;join b 1;");
    drop_line(a);
    drop_line(b);
    free(a);
    free(b);
}

LOBBY_TEST(a_seat_that_is_given_back_is_told_once_whoever_had_it, &hooked)
{
    struct ouro_place place;
    struct line *a = enter_with_key(lobby, "a");
    ck_assert_int_eq(join_with_key(lobby, "late", "sesame", &place), 0);
    notes[0] = '\0';
    ouro_sleep(OURO_SEC(16)); /* its reservation is over */
    expect_notes("leave late;");
    ouro_seat_leave(a->connection.seat);
    expect_notes("leave a;");
    free(a);
}

LOBBY_TEST(what_clients_say_may_be_heard_before_the_inbox, &hooked)
{
    struct line *a = enter_with_key(lobby, "a");
    struct ouro_seat *seat = a->connection.seat;
    json_t *welcome = json_object();
    ouro_sleep(OURO_MS(1));
    notes[0] = '\0';
    ck_assert_int_eq(ouro_seat_welcome(seat, "hash", welcome), 0);
    ck_assert_str_eq(json_string_value(json_object_get(welcome, "map")), "forest");
    json_decref(welcome);
    ck_assert_int_eq(ouro_seat_message(seat, "mine", json_integer(7)), 0);
    ck_assert_int_eq(ouro_seat_message(seat, "yours", json_integer(8)), 0);
    ouro_seat_view(seat, 40, 30);
    ouro_seat_rate(seat, 12);
    expect_notes(
        "welcome hash;message 1 mine 7;message 1 yours 8;view 1 40x30;rate 1 12;body yours;");
    ouro_seat_leave(seat);
    free(a);
}

/* Its leaving is behind it in the inbox, and what came behind that would be of nobody. */
LOBBY_TEST(of_who_is_kicked_by_what_it_says_no_more_is_heard, &hooked)
{
    struct line *a = enter_with_key(lobby, "a");
    ouro_sleep(OURO_MS(1));
    notes[0] = '\0';
    ck_assert_int_eq(ouro_seat_message(a->connection.seat, "kick me", json_integer(9)), 0);
    ck_assert_uint_eq(a->closed_with, OURO_CLOSE_CONSENTED);
    expect_notes("message 1 kick me 9;leave a;");
    free(a);
}

/* --- bounds ------------------------------------------------------------------------------------
 */

static int deaf_body(struct ouro_room *room, void *data)
{
    (void)room, (void)data;
    return ouro_sleep_until(OURO_FOREVER);
}

static const struct ouro_room_type hidden = {
    .name = "test", .body = deaf_body, .seats_max = 1, .rooms_max = 2, .unlisted = true};

LOBBY_TEST(rooms_of_a_type_are_so_many_and_may_be_found_by_id_alone, &hidden)
{
    struct ouro_place places[3];
    struct ouro_user user = user_of("b");
    char id[OURO_ROOM_ID_BYTES];
    ck_assert_int_eq(ouro_lobby_make_room(lobby, "test", NULL, false, id), 0);
    json_t *list = ouro_lobby_list(lobby, "test", NULL, 10);
    ck_assert_uint_eq(json_array_size(list), 0);
    json_decref(list);
    ck_assert_int_eq(join_as(lobby, "test", "a", &places[0]), 0); /* a new one, for all that */
    ck_assert_str_ne(places[0].room, id);
    ck_assert_int_eq(join_as(lobby, "test", "c", &places[1]), -OURO_ELIMIT);
    struct ouro_join by_id = {.how = OURO_JOIN_ROOM, .room = id, .user = &user};
    ck_assert_int_eq(ouro_lobby_join(lobby, &by_id, &places[2]), 0);
    ck_assert_str_eq(places[2].room, id);
}

static struct ouro_room *the_room;

static int known_body(struct ouro_room *room, void *data)
{
    the_room = room;
    return body(room, data);
}

static const struct ouro_room_type brief = {
    .name = "test", .body = known_body, .seats_max = 4, .empty_ns = OURO_SEC(2)};

LOBBY_TEST(an_empty_room_ends_in_time_unless_it_is_told_not_to, &brief)
{
    struct line *a = enter(lobby, "test", "a");
    ouro_room_set_ends_empty(the_room, false);
    ouro_seat_leave(a->connection.seat);
    ouro_sleep(OURO_SEC(60));
    ck_assert_uint_eq(ouro_lobby_stats(lobby).rooms, 1);
    ouro_room_set_ends_empty(the_room, true);
    ouro_sleep(OURO_SEC(1));
    ck_assert_uint_eq(ouro_lobby_stats(lobby).rooms, 1);
    ouro_sleep(OURO_SEC(2));
    ck_assert_uint_eq(ouro_lobby_stats(lobby).rooms, 0);
    free(a);
}

LOBBY_TEST(a_room_says_how_many_it_takes_and_whether_it_takes_any, &brief)
{
    struct ouro_place place;
    struct line *a = enter(lobby, "test", "a");
    char id[OURO_ROOM_ID_BYTES];
    struct ouro_user user = user_of("b");
    struct ouro_join join = {.how = OURO_JOIN_ROOM, .room = id, .user = &user};
    memcpy(id, ouro_room_id(the_room), sizeof id);
    ouro_room_set_seats(the_room, 1);
    ck_assert_int_eq(ouro_lobby_join(lobby, &join, &place), -OURO_ELIMIT);
    ouro_room_set_seats(the_room, 100); /* but never more than the type's */
    ouro_room_lock(the_room, true);
    ck_assert_int_eq(ouro_lobby_join(lobby, &join, &place), -EACCES);
    ouro_room_lock(the_room, false);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ouro_lobby_join(lobby, &join, &place), 0);
    ck_assert_int_eq(ouro_lobby_join(lobby, &join, &place), -OURO_ELIMIT);
    ouro_seat_leave(a->connection.seat);
    free(a);
}

LOBBY_TEST(metadata_is_an_object_of_some_size, &brief)
{
    struct line *a = enter(lobby, "test", "a");
    char long_text[OURO_METADATA_BYTES + 1] = "";
    memset(long_text, 'x', sizeof long_text - 1);
    ck_assert_int_eq(ouro_room_set_metadata(the_room, json_pack("{s:s}", "map", "forest")), 0);
    ck_assert_int_eq(ouro_room_set_metadata(the_room, json_string("forest")), -EINVAL);
    ck_assert_int_eq(ouro_room_set_metadata(the_room, json_pack("{s:s}", "map", long_text)),
                     -OURO_ELIMIT);
    json_t *list = ouro_lobby_list(lobby, "test", NULL, 10);
    json_t *metadata = json_object_get(json_array_get(list, 0), "metadata");
    ck_assert_str_eq(json_string_value(json_object_get(metadata, "map")), "forest");
    json_decref(list);
    ouro_seat_leave(a->connection.seat);
    free(a);
}

/* --- moderation --------------------------------------------------------------------------------
 */

static int moderate(const struct ouro_user *user, char *text, void *who)
{
    char *word = strstr(text, "dash");
    ck_assert_str_eq(user->id, who);
    if (word)
        memset(word, '*', 4);
    return strstr(text, "spam") ? -EACCES : strstr(text, "curse") ? -OURO_ECLOSED : 0;
}

static char moderated[] = "a";

static json_t *to_room(const char *text)
{
    return json_pack("{s:s, s:s}", "to", "room", "text", text);
}

LOBBY_TEST(a_text_is_changed_refused_or_its_writer_muted_before_anybody_sees_it, NULL,
           .chat = {.moderate = moderate, .mute_ns = OURO_SEC(60), .ud = moderated})
{
    struct line *a = enter(lobby, "lobby", "a"), *b = enter(lobby, "lobby", "b");
    ask_line(a, "chat.send", to_room("oh dash it"));
    expect_in(a, "\"at_ms\"");
    expect_in(b, "oh **** it");
    ask_line(a, "chat.send", to_room("spam"));
    expect_in(a, "refused");
    ask_line(a, "chat.send", to_room("curse"));
    expect_in(a, "refused");
    ouro_sleep(OURO_SEC(59));
    ask_line(a, "chat.send", to_room("hello"));
    expect_in(a, "muted");
    expect_heard(b, "");
    ouro_sleep(OURO_SEC(1));
    ask_line(a, "chat.send", to_room("hello again"));
    expect_in(b, "hello again");
    ask_line(b, "chat.history", json_pack("{s:s}", "to", "room"));
    const char *history = heard(b);
    ck_assert_ptr_nonnull(strstr(history, "oh **** it"));
    ck_assert_ptr_null(strstr(history, "spam"));
    ck_assert_ptr_null(strstr(history, "curse"));
    drop_line(a);
    drop_line(b);
    free(a);
    free(b);
}

LOBBY_TEST(who_is_muted_is_an_id, NULL)
{
    char long_id[OURO_USER_ID_BYTES + 64] = "";
    memset(long_id, 'x', sizeof long_id - 1);
    ck_assert_int_eq(ouro_chat_mute(lobby, long_id, OURO_SEC(1)), -EINVAL);
    ck_assert_int_eq(ouro_chat_mute(lobby, "", OURO_SEC(1)), -EINVAL);
    ck_assert_int_eq(ouro_chat_mute(lobby, "not here", OURO_SEC(1)), -EINVAL);
    ck_assert_int_eq(ouro_chat_mute(lobby, "not-here", OURO_SEC(1)), 0);
}

LOBBY_TEST(who_is_blocked_already_needs_no_other_place, NULL, .chat = {.blocks_max = 1})
{
    struct line *a = enter(lobby, "lobby", "a");
    for (int i = 0; i < 2; i++) {
        ask_line(a, "chat.block", json_pack("{s:s}", "user", "b"));
        expect_in(a, "\"data\":{}");
    }
    ask_line(a, "chat.block", json_pack("{s:s}", "user", "c"));
    expect_in(a, "too_many");
    ask_line(a, "chat.unblock", json_pack("{s:s}", "user", "b"));
    ask_line(a, "chat.block", json_pack("{s:s}", "user", "c"));
    ask_line(a, "chat.blocked", json_null());
    expect_in(a, "[\"c\"]");
    drop_line(a);
    free(a);
}
