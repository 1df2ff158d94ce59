/* SPDX-License-Identifier: MIT */
/* The messages of the classic protocol, as text. A frame is an array of messages, never empty:
 *
 *      [["p_gameover",3],["render",10,4,"x",0],["p_score",2,17]]
 */
#ifndef SNAKEPIT_MESSAGE_H
#define SNAKEPIT_MESSAGE_H

#include "rules/classic.h"

#include <ouro/store.h>

/* Messages for one frame, gathered. All-zero is empty. */
struct messages {
    struct ouro_buf text; /* without the brackets around all */
};

static inline bool messages_empty(const struct messages *messages)
{
    return messages->text.len == 0;
}
void messages_clear(struct messages *messages);
void messages_done(struct messages *messages);
void messages_append(struct messages *messages, const struct messages *others);
/* Make the frame and clear the messages; there is one at least. NULL: out of memory. */
struct ouro_frame *messages_take(struct messages *messages);

void message_error(struct messages *messages, const char *text);
void message_gameover(struct messages *messages, uint32_t id);
void message_handshake(struct messages *messages, const char *name, uint32_t id);
void message_joined(struct messages *messages, uint32_t id, const char *name, uint8_t colour,
                    uint32_t score);
/* `payload` is JSON, as the client sent it. */
void message_pong(struct messages *messages, const char *payload);
void message_render(struct messages *messages, int x, int y, char glyph, uint8_t colour);
void message_reset_world(struct messages *messages);
void message_score(struct messages *messages, uint32_t id, uint32_t score);
/* Best first. A name has the same colour whenever it is shown. */
void message_scores(struct messages *messages, const struct ouro_score *top, int count);
void message_world(struct messages *messages, const struct classic_world *world,
                   const struct classic_settings *rules);

#endif
