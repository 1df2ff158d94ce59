/* SPDX-License-Identifier: MIT */
/* The config: settings that are kept, and what is loaded by them, now and at each reload. */
#include "net/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALPN_NAME_BYTES_MAX 255

/* --- settings --------------------------------------------------------------------------------- */

static int fault(char *ret_fault, const char *text)
{
    if (ret_fault)
        snprintf(ret_fault, OURO_TLS_FAULT_BYTES, "%s", text);
    return -OURO_ECONFIG;
}

static int out_of_memory(char *ret_fault)
{
    fault(ret_fault, "out of memory");
    return -ENOMEM;
}

static int copy_certificates(struct ouro__tls_settings *settings,
                             const struct ouro_tls_options *options, char *ret_fault)
{
    size_t count = options->certificate_count;
    settings->certificates = calloc(count + 1, sizeof *settings->certificates);
    if (!settings->certificates)
        return out_of_memory(ret_fault);
    for (size_t i = 0; i < count; i++) {
        const struct ouro_tls_certificate *from = &options->certificates[i];
        struct ouro_tls_certificate *to = &settings->certificates[i];
        if (!from->chain_file || !from->key_file)
            return fault(ret_fault, "a certificate needs the names of two files: chain and key");
        settings->certificate_count++;
        to->chain_file = strdup(from->chain_file);
        to->key_file = strdup(from->key_file);
        if (!to->chain_file || !to->key_file)
            return out_of_memory(ret_fault);
    }
    return 0;
}

static int copy_alpn(struct ouro__tls_settings *settings, const char *const *names, char *ret_fault)
{
    for (; names && *names; names++) {
        size_t len = strlen(*names);
        if (len == 0 || len > ALPN_NAME_BYTES_MAX || settings->alpn_count == OURO_TLS_ALPN_MAX)
            return fault(ret_fault, "ALPN takes up to 16 names of 1 to 255 bytes");
        ouro_buf_putc(&settings->alpn_wire, (char)len);
        ouro_buf_append(&settings->alpn_wire, *names, len);
        char *copy = strdup(*names);
        if (!copy || ouro_buf_failed(&settings->alpn_wire)) {
            free(copy);
            return out_of_memory(ret_fault);
        }
        settings->alpn[settings->alpn_count++] = copy;
    }
    return 0;
}

int ouro__tls_settings_init(struct ouro__tls_settings *settings,
                            const struct ouro_tls_options *options, bool server, char *ret_fault)
{
    *settings = (struct ouro__tls_settings){
        .server = server,
        .version_min = options->version_min,
        .handshakes_max =
            options->handshakes_max ? options->handshakes_max : OURO_TLS_HANDSHAKES_MAX,
    };
    if (server && options->certificate_count == 0)
        return fault(ret_fault, "a TLS server needs a certificate");
    if (!server && options->certificate_count > 0)
        return fault(ret_fault, "a TLS client has no certificate");
    if (options->certificate_count > OURO_TLS_CERTIFICATES_MAX)
        return fault(ret_fault, "more certificates than a TLS server may have");
    int rc = copy_certificates(settings, options, ret_fault);
    if (rc == 0 && options->ca_file && !(settings->ca_file = strdup(options->ca_file)))
        rc = out_of_memory(ret_fault);
    return rc < 0 ? rc : copy_alpn(settings, options->alpn, ret_fault);
}

void ouro__tls_settings_done(struct ouro__tls_settings *settings)
{
    for (size_t i = 0; i < settings->certificate_count; i++) {
        free((char *)(uintptr_t)settings->certificates[i].chain_file);
        free((char *)(uintptr_t)settings->certificates[i].key_file);
    }
    for (size_t i = 0; i < settings->alpn_count; i++)
        free(settings->alpn[i]);
    free(settings->certificates);
    free(settings->ca_file);
    ouro_buf_done(&settings->alpn_wire);
}

/* --- the config ------------------------------------------------------------------------------- */

static int config_new(const struct ouro_tls_options *options, bool server, char *ret_fault,
                      struct ouro_tls_config **ret_config)
{
    struct ouro_tls_config *config = calloc(1, sizeof *config);
    if (!config)
        return out_of_memory(ret_fault);
    atomic_init(&config->refs, 1);
    pthread_mutex_init(&config->swap, NULL);
    int rc = ouro__tls_settings_init(&config->settings, options, server, ret_fault);
    ouro_semaphore_init(&config->handshakes, config->settings.handshakes_max);
    ouro_semaphore_init(&config->steps, OURO_TLS_STEPS_MAX);
    if (rc == 0)
        rc = ouro__tls_material_new(&config->settings, ret_fault, &config->material);
    if (rc < 0)
        ouro_tls_config_unref(config);
    else
        *ret_config = config;
    return rc;
}

int ouro_tls_server_new(const struct ouro_tls_options *options,
                        char ret_fault[OURO_TLS_FAULT_BYTES], struct ouro_tls_config **ret_config)
{
    return config_new(options, true, ret_fault, ret_config);
}

int ouro_tls_client_new(const struct ouro_tls_options *options,
                        char ret_fault[OURO_TLS_FAULT_BYTES], struct ouro_tls_config **ret_config)
{
    static const struct ouro_tls_options defaults;
    return config_new(options ? options : &defaults, false, ret_fault, ret_config);
}

struct ouro_tls_config *ouro_tls_config_ref(struct ouro_tls_config *config)
{
    atomic_fetch_add(&config->refs, 1);
    return config;
}

struct ouro_tls_config *ouro_tls_config_unref(struct ouro_tls_config *config)
{
    if (!config || atomic_fetch_sub(&config->refs, 1) > 1)
        return NULL;
    ouro__tls_material_unref(config->material);
    ouro__tls_settings_done(&config->settings);
    ouro_semaphore_done(&config->handshakes);
    ouro_semaphore_done(&config->steps);
    pthread_mutex_destroy(&config->swap);
    free(config);
    return NULL;
}

int ouro_tls_reload(struct ouro_tls_config *config, char ret_fault[OURO_TLS_FAULT_BYTES])
{
    struct ouro__tls_material *loaded, *old;
    int rc = ouro__tls_material_new(&config->settings, ret_fault, &loaded);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&config->swap);
    old = config->material;
    config->material = loaded;
    pthread_mutex_unlock(&config->swap);
    ouro__tls_material_unref(old);
    return 0;
}

struct ouro__tls_material *ouro__tls_material_of(struct ouro_tls_config *config)
{
    pthread_mutex_lock(&config->swap);
    struct ouro__tls_material *material = config->material;
    atomic_fetch_add(&material->refs, 1);
    pthread_mutex_unlock(&config->swap);
    return material;
}

struct ouro_tls_stats ouro_tls_stats(const struct ouro_tls_config *config)
{
    return config->stats;
}
