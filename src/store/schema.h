/* SPDX-License-Identifier: MIT */
/* The versions of the database: what lies in it, and how an older one becomes the newest. */
#ifndef OURO_STORE_SCHEMA_H
#define OURO_STORE_SCHEMA_H

#include "store/db.h"

/* Refuse a database of a newer version, without touching it. */
int ouro__schema_check(struct ouro__db *db);
/* Step by step to the newest version, each step in a transaction of its own. */
int ouro__schema_migrate(struct ouro__db *db);

#endif
