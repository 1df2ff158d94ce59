/* SPDX-License-Identifier: MIT */
#include "ouro/base.h"

/* SplitMix64: spreads a seed of few bits, 0 included, over the whole state. */
static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void ouro_rng_seed(struct ouro_rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        rng->s[i] = splitmix(&seed);
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t ouro_rng_next(struct ouro_rng *rng)
{
    uint64_t *s = rng->s, result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint32_t ouro_rng_below(struct ouro_rng *rng, uint32_t bound)
{
    ouro_assert(bound > 0);
    uint64_t product = (ouro_rng_next(rng) >> 32) * bound;
    /* The low half tells whether this draw is one of the few that would favour a value. */
    if ((uint32_t)product < bound) {
        uint32_t uneven = -bound % bound;
        while ((uint32_t)product < uneven)
            product = (ouro_rng_next(rng) >> 32) * bound;
    }
    return (uint32_t)(product >> 32);
}

bool ouro_rng_chance(struct ouro_rng *rng, uint32_t ppm)
{
    return ouro_rng_below(rng, 1000000) < ppm;
}
