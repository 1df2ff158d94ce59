/* SPDX-License-Identifier: MIT */
/* What all that has counters appends them with. */
#ifndef OURO_SERVER_METRICS_H
#define OURO_SERVER_METRICS_H

#include "ouro/server.h"

/* A row for each value: what it is called, what it is, what it says now. */
struct ouro__metric {
    const char *name, *type, *help;
    double value;
};

void ouro__metrics_put_all(struct ouro_buf *out, const struct ouro__metric *metrics, size_t count);

#define OURO__METRICS_PUT(out, metrics) \
    ouro__metrics_put_all((out), (metrics), sizeof(metrics) / sizeof *(metrics))

#endif
