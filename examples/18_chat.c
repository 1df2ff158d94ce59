/* SPDX-License-Identifier: MIT */
/* A chat in rooms, each of which is a topic: what one says, all hear who have subscribed. The first
 * thing that somebody says is the name of a room; all that follows is said there.
 *
 *     18_chat --listen 127.0.0.1:8080      and open two windows
 */
#include "demo/demo.h"

#include <string.h>

#define ROOMS_MAX   64
#define NAME_BYTES  32
#define BACKLOG_MAX 100 /* a visitor who falls further behind misses the oldest lines */

extern const struct ouro_asset chat_page[];

static struct room {
    char name[NAME_BYTES]; /* "": not opened yet */
    struct ouro_topic lines;
} rooms[ROOMS_MAX];

/* Opened by the first who asks for it, and it stays. NULL: no such name, or there are enough. */
static struct ouro_topic *room_named(const struct ouro_ws_message *name)
{
    if (name->len == 0 || name->len >= NAME_BYTES || memchr(name->data, '\0', name->len))
        return NULL;
    for (struct room *room = rooms; room < rooms + ROOMS_MAX; room++) {
        if (!room->name[0]) {
            memcpy(room->name, name->data, name->len);
            ouro_topic_init(&room->lines, &ouro_frame_messages);
        }
        if (strlen(room->name) == name->len && memcmp(room->name, name->data, name->len) == 0)
            return &room->lines;
    }
    return NULL;
}

/* The line becomes a frame once, however many hear it. */
static void say(struct ouro_topic *lines, const struct ouro_ws_message *line)
{
    struct ouro_frame *frame = ouro_frame_new(OURO_FRAME_TEXT, line->data, line->len);
    if (frame)
        ouro_topic_publish(lines, frame);
    ouro_frame_unref(frame);
}

static int hear(struct ouro_ws *ws, struct ouro_frame *line)
{
    int rc = ouro_ws_send(ws, &line, 1);
    ouro_frame_unref(line);
    return rc;
}

/* Whichever comes first: that it says something, or that something is said. */
static void chat(struct ouro_ws *ws, struct ouro_topic *lines, struct ouro_subscription *ears)
{
    struct ouro_ws_message said;
    void *heard;
    for (;;) {
        struct ouro_case cases[] = {ouro_on_message(ws, &said), ouro_on_receive(ears, &heard)};
        int which = ouro_select(cases, 2, OURO_FOREVER);
        if (which < 0 || cases[which].result < 0)
            return; /* going down, or gone */
        if (which == 0)
            say(lines, &said);
        else if (hear(ws, heard) < 0)
            return; /* gone, or it does not read */
    }
}

static void visitor(struct ouro_ws *ws)
{
    struct ouro_ws_message name;
    struct ouro_subscription ears;
    if (ouro_ws_recv(ws, ouro_after(OURO_SEC(10)), &name) < 0)
        return;
    struct ouro_topic *lines = room_named(&name);
    if (!lines) {
        ouro_ws_close(ws, 1008, "no such room");
    } else if (ouro_topic_subscribe(lines, &ears, OURO_DROP_OLDEST, BACKLOG_MAX) == 0) {
        chat(ws, lines, &ears);
        ouro_topic_unsubscribe(&ears);
    }
}

int main(int argc, char **argv)
{
    return demo_main_with(argc, argv, chat_page, visitor);
}
