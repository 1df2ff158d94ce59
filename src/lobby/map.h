/* SPDX-License-Identifier: MIT */
/* A hash table of nodes that lie in what they lead to: finding and adding allocate nothing. Keys
 * are numbers that nobody outside chooses: random ones, or hashes with a secret in them. */
#ifndef OURO_LOBBY_MAP_H
#define OURO_LOBBY_MAP_H

#include "ouro/base.h"

struct ouro__map_node {
    struct ouro__map_node *next;
    uint64_t key;
    bool in; /* a table */
};

struct ouro__map {
    struct ouro__map_node **buckets;
    size_t mask, count;
};

/* For that many without a long search. 0, -ENOMEM. */
int ouro__map_init(struct ouro__map *map, size_t expected);
void ouro__map_done(struct ouro__map *map);
/* Never fails: when there is no memory to grow, searches get longer. */
void ouro__map_add(struct ouro__map *map, struct ouro__map_node *node, uint64_t key);
/* A node that is in no table is left alone. */
void ouro__map_remove(struct ouro__map *map, struct ouro__map_node *node);
/* The first with that key, or the next one after `after`; NULL: no more. */
struct ouro__map_node *ouro__map_find(const struct ouro__map *map, uint64_t key);
struct ouro__map_node *ouro__map_next(const struct ouro__map_node *after);
/* FNV-1a, begun with the secret. */
uint64_t ouro__map_hash(uint64_t secret, const char *text);

#endif
