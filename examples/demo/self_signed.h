/* SPDX-License-Identifier: MIT */
/* A certificate that nobody else has signed, for trying out what speaks TLS. */
#ifndef DEMO_SELF_SIGNED_H
#define DEMO_SELF_SIGNED_H

struct self_signed {
    char folder[32], chain_file[48], key_file[48];
};

/* For localhost, 127.0.0.1 and ::1, valid for ten days, in files of a new folder that only we may
 * read. 0; -EIO: OpenSSL or the disk would not. */
int self_signed_make(struct self_signed *ret);
/* Remove files and folder. */
void self_signed_remove(const struct self_signed *self_signed);

#endif
