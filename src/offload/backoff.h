/* SPDX-License-Identifier: MIT */
/* The pause before something that has failed is started again: doubled each time, up to a limit. */
#ifndef OURO_OFFLOAD_BACKOFF_H
#define OURO_OFFLOAD_BACKOFF_H

#include "ouro/offload.h"

struct ouro__backoff {
    int64_t min, max, next;
};

/* 0 means the default. */
static inline void ouro__backoff_init(struct ouro__backoff *backoff, int64_t ns_min, int64_t ns_max)
{
    backoff->min = ns_min ? ns_min : OURO_BACKOFF_NS_MIN;
    backoff->max = ns_max ? ns_max : OURO_BACKOFF_NS_MAX;
    backoff->next = backoff->min;
}

/* It has worked: the next failure is the first again. */
static inline void ouro__backoff_reset(struct ouro__backoff *backoff)
{
    backoff->next = backoff->min;
}

/* How long to pause after this failure. */
static inline int64_t ouro__backoff_take(struct ouro__backoff *backoff)
{
    int64_t pause = backoff->next < backoff->max ? backoff->next : backoff->max;
    backoff->next = pause < backoff->max / 2 ? pause * 2 : backoff->max;
    return pause;
}

#endif
