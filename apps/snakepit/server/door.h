/* SPDX-License-Identifier: MIT */
/* Snakepit's doors, as its settings want them: TLS and its reload, where players come in, where
 * those who look after the server look in. */
#ifndef SNAKEPIT_DOOR_H
#define SNAKEPIT_DOOR_H

#include "server/settings.h"

/* What is behind it. */
struct door_house {
    ouro_guest_handler *handler;
    void (*metrics)(struct ouro_buf *out, void *ud);
    void *ud;
};

/* All zero: nothing is open. */
struct door {
    const struct snakepit_settings *settings;
    struct door_house house;
    struct ouro_tls_config *tls; /* NULL: none is spoken */
    struct ouro_server *server;
    struct ouro_admin *admin;
    struct ouro_signal *hangup;
    uint32_t connections_max; /* of the setting, what the system lets have */
    struct ouro_task *reloader;
};

/* Load certificates, ask for open files. 0; else the log has the reason, as for door_open().
 * door_close() in any case.
 */
int door_prepare(struct door *door, const struct snakepit_settings *settings);
/* Let players in. */
int door_open(struct door *door, const struct door_house *house);
/* Say on stdout where to play. */
void door_tell(const struct door *door);
/* Let nobody in any more. */
void door_drain(struct door *door);
/* From a task. */
void door_close(struct door *door);

#endif
