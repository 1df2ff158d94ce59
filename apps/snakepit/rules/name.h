/* SPDX-License-Identifier: MIT */
/** A player's name: what may be one. Pure. */
#ifndef SNAKEPIT_NAME_H
#define SNAKEPIT_NAME_H

#include <stddef.h>

#define NAME_CHARACTERS_MAX 15
/** The longest name in UTF-8, and a NUL. */
#define NAME_BYTES (4 * NAME_CHARACTERS_MAX + 1)

/**
 * Trim white space and check: 1 to 15 characters, valid UTF-8, no control characters, none that
 * change the direction of what follows, and none that can't be seen, but for a selector that says
 * how the character before it is drawn (U+FE00 to FE0F). 0, and the name ends with a NUL; -EINVAL,
 * and `ret_name` is untouched.
 */
int snakepit_name_clean(const char *text, size_t len, char ret_name[NAME_BYTES]);

#endif
