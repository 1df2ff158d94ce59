/* SPDX-License-Identifier: MIT */
#include "demo/self_signed.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALID_SECONDS (10L * 24 * 60 * 60)
#define NAMES         "DNS:localhost,IP:127.0.0.1,IP:::1"

static int add_names(X509 *certificate)
{
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, NAMES);
    int ok = names && X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    return ok;
}

/* A browser that has seen another of the same name and number refuses this one. */
static int number_at_random(X509 *certificate)
{
    unsigned char bytes[8];
    uint64_t number;
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return 0;
    memcpy(&number, bytes, sizeof number);
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number >> 1);
}

static int fill(X509 *certificate, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_set_version(certificate, X509_VERSION_3) && number_at_random(certificate) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), 0) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_SECONDS) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost",
                                      -1, -1, 0) &&
           X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
           add_names(certificate) && X509_sign(certificate, key, EVP_sha256()) > 0;
}

static int write_files(const struct self_signed *to, X509 *certificate, EVP_PKEY *key)
{
    FILE *chain = fopen(to->chain_file, "we"), *secret = fopen(to->key_file, "we");
    int ok = chain && secret && PEM_write_X509(chain, certificate) &&
             PEM_write_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL);
    if (chain)
        ok &= fclose(chain) == 0;
    if (secret)
        ok &= fclose(secret) == 0;
    return ok;
}

int self_signed_make(struct self_signed *ret)
{
    strcpy(ret->folder, "/tmp/ouro_tls.XXXXXX");
    if (!mkdtemp(ret->folder))
        return -errno;
    snprintf(ret->chain_file, sizeof ret->chain_file, "%s/chain.pem", ret->folder);
    snprintf(ret->key_file, sizeof ret->key_file, "%s/key.pem", ret->folder);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    int ok = key && certificate && fill(certificate, key) && write_files(ret, certificate, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (!ok)
        self_signed_remove(ret);
    return ok ? 0 : -EIO;
}

void self_signed_remove(const struct self_signed *self_signed)
{
    unlink(self_signed->chain_file);
    unlink(self_signed->key_file);
    rmdir(self_signed->folder);
}
