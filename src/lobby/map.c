/* SPDX-License-Identifier: MIT */
#include "lobby/map.h"

#include <stdlib.h>

#define FILL_MAX 2 /* nodes per bucket, when there is memory */

static struct ouro__map_node **bucket(const struct ouro__map *map, uint64_t key)
{
    return &map->buckets[(key * 0x9e3779b97f4a7c15u >> 32) & map->mask];
}

int ouro__map_init(struct ouro__map *map, size_t expected)
{
    size_t size = 16;
    while (size < expected)
        size *= 2;
    *map = (struct ouro__map){.buckets = calloc(size, sizeof(struct ouro__map_node *)),
                              .mask = size - 1};
    return map->buckets ? 0 : -ENOMEM;
}

void ouro__map_done(struct ouro__map *map)
{
    ouro_assert(map->count == 0);
    free(map->buckets);
    map->buckets = NULL;
}

static void put(struct ouro__map *map, struct ouro__map_node *node)
{
    struct ouro__map_node **at = bucket(map, node->key);
    node->next = *at;
    *at = node;
}

static void grow(struct ouro__map *map)
{
    struct ouro__map larger;
    if (ouro__map_init(&larger, 2 * (map->mask + 1)) < 0)
        return;
    for (size_t i = 0; i <= map->mask; i++) {
        for (struct ouro__map_node *node = map->buckets[i], *next; node; node = next) {
            next = node->next;
            put(&larger, node);
        }
    }
    free(map->buckets);
    map->buckets = larger.buckets;
    map->mask = larger.mask;
}

void ouro__map_add(struct ouro__map *map, struct ouro__map_node *node, uint64_t key)
{
    ouro_assert(!node->in);
    if (map->count >= FILL_MAX * (map->mask + 1))
        grow(map);
    node->key = key;
    node->in = true;
    map->count++;
    put(map, node);
}

void ouro__map_remove(struct ouro__map *map, struct ouro__map_node *node)
{
    if (!node->in)
        return;
    struct ouro__map_node **at = bucket(map, node->key);
    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    node->in = false;
    map->count--;
}

struct ouro__map_node *ouro__map_find(const struct ouro__map *map, uint64_t key)
{
    struct ouro__map_node *node = *bucket(map, key);
    while (node && node->key != key)
        node = node->next;
    return node;
}

struct ouro__map_node *ouro__map_next(const struct ouro__map_node *after)
{
    struct ouro__map_node *node = after->next;
    while (node && node->key != after->key)
        node = node->next;
    return node;
}

uint64_t ouro__map_hash(uint64_t secret, const char *text)
{
    uint64_t hash = secret ^ 0xcbf29ce484222325u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}
